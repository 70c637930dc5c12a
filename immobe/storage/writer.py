"""Writes items in batches: one transaction a batch, harmless when repeated, and a bad row does not sink the others."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import structlog
from sqlalchemy import Connection, Engine, bindparam, func, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from immobe.items import DetectedListing, MappedListing, QuarantinedRecord, RemovedListing, SearchSeen
from immobe.storage import faults
from immobe.storage.deliveries import Delivery, Row, Writable, prepare, quarantine_row
from immobe.storage.models import ListingRow
from immobe.storage.searches import searches_upsert
from immobe.storage.upsert import listings_upsert, payloads_upsert, quarantine_upsert

_log = structlog.get_logger(__name__)
_ATTEMPTS = 6
_FIRST_PAUSE_SECONDS = 0.02

_LISTINGS = listings_upsert().returning(ListingRow.platform, ListingRow.platform_listing_id, ListingRow.id)
_PAYLOADS = payloads_upsert()
_QUARANTINE = quarantine_upsert()
_SEARCHES = searches_upsert()
# For the triggers that write the history, until the transaction ends.
_HISTORY = select(
    func.set_config("immobe.cause", bindparam("cause"), True), func.set_config("immobe.run", bindparam("run"), True)
)

Failures = dict[int, Exception]


class ListingWriter:
    """Synchronous; threads may share it. `immobe.storage.batching.BatchWriter` is its asyncio front.

    `run_id` tells under which run the history notes what changes; `cause`: see `EventRow`.
    """

    def __init__(self, engine: Engine, run_id: Callable[[], str | None] = lambda: None, cause: str = "market") -> None:
        self._engine, self._run_id, self._cause = engine, run_id, cause

    def write(self, items: Sequence[Writable]) -> list[Exception | None]:
        """Commits all that can be stored. Returns for each item None, or why not; it is then in quarantine.

        Raises ServiceError when PostgreSQL cannot be reached or used. Nothing was stored then, or, if the connection
        broke during the commit, perhaps all: to write the same items again is right in both cases.
        """
        try:
            failures = self._again_when_two_meet(lambda: self._commit(items))
        except SQLAlchemyError as error:
            raise faults.as_service_error(error) from error
        for position, failure in failures.items():
            item = items[position]
            _log.error(
                "A record could not be stored and went to quarantine",
                platform=_platform(item),
                kind=type(item).__name__,
                reason=faults.reason(failure),
                error=str(failure),
            )
        return [failures.get(position) for position in range(len(items))]

    def _again_when_two_meet(self, commit: Callable[[], Failures]) -> Failures:
        for attempt in range(1, _ATTEMPTS):
            try:
                return commit()
            except DBAPIError as error:
                if not faults.is_of_the_moment(error):
                    raise
                time.sleep(random.uniform(0, _FIRST_PAUSE_SECONDS * 2**attempt))  # noqa: S311 - no secret
        return commit()

    def _commit(self, items: Sequence[Writable]) -> Failures:
        deliveries, failures = _prepared(items)
        with self._engine.begin() as connection:
            connection.execute(_HISTORY, {"cause": self._cause, "run": self._run_id() or ""})
            failures |= _store_all(connection, deliveries)
            for position, error in failures.items():
                _quarantine_failed(connection, items[position], error)
        return failures


def _prepared(items: Sequence[Writable]) -> tuple[list[Delivery], Failures]:
    deliveries: list[Delivery] = []
    failures: Failures = {}
    for position, item in enumerate(items):
        try:
            deliveries.append(prepare(position, item))
        except (ValueError, TypeError) as error:
            failures[position] = error
    return deliveries, failures


def _store_all(connection: Connection, deliveries: list[Delivery]) -> Failures:
    """Stores what can be; halves the batch at an error of a row until the row is found."""
    if not deliveries:
        return {}
    try:
        with connection.begin_nested():
            _store(connection, deliveries)
    except (DBAPIError, ValueError, TypeError) as error:
        if not faults.is_of_the_row(error):
            raise
        if len(deliveries) == 1:
            original = error.orig if isinstance(error, DBAPIError) else error
            return {deliveries[0].position: original if isinstance(original, Exception) else error}
        middle = len(deliveries) // 2
        return _store_all(connection, deliveries[:middle]) | _store_all(connection, deliveries[middle:])
    return {}


def _store(connection: Connection, deliveries: list[Delivery]) -> None:
    for wave in _waves(deliveries):
        _store_wave(connection, wave)
    if records := _latest_of_each(delivery.quarantine for delivery in deliveries if delivery.quarantine):
        connection.execute(_QUARANTINE, records)
    searches = {(s["platform"], s["key"]): s for s in (delivery.search for delivery in deliveries) if s}
    if searches:
        connection.execute(_SEARCHES, [searches[key] for key in sorted(searches)])


def _latest_of_each(records: Iterable[Row]) -> list[Row]:
    """The same trouble once, as last seen, sorted like the rows: see `_waves`."""
    latest = {record["fingerprint"]: record for record in sorted(records, key=lambda record: record["seen_at"])}
    return [latest[fingerprint] for fingerprint in sorted(latest)]


def _waves(deliveries: list[Delivery]) -> list[list[Delivery]]:
    """Each key once a wave, in the order given: one statement cannot touch a row twice.

    Rows are sorted, so that two batches with the same keys wait for each other instead of locking each other out. Later
    waves only touch rows that the first has locked.
    """
    met: Counter[tuple[str, str]] = Counter()
    waves: list[list[Delivery]] = []
    for delivery in deliveries:
        if delivery.key is None:
            continue
        if met[delivery.key] == len(waves):
            waves.append([])
        waves[met[delivery.key]].append(delivery)
        met[delivery.key] += 1
    return [sorted(wave, key=lambda delivery: delivery.key or ()) for wave in waves]


def _store_wave(connection: Connection, wave: list[Delivery]) -> None:
    rows = b",".join(delivery.row_json for delivery in wave if delivery.row_json)
    stored = connection.execute(_LISTINGS, {"rows": f"[{rows.decode()}]"})
    ids = {(platform, listing): row_id for platform, listing, row_id in stored}
    payloads: list[Row] = [
        {**delivery.payload, "listing_id": ids[delivery.key]} for delivery in wave if delivery.payload and delivery.key
    ]
    if payloads:
        connection.execute(_PAYLOADS, payloads)


def _quarantine_failed(connection: Connection, item: Writable, error: Exception) -> None:
    """Under its own savepoint: a record that cannot even be quarantined is only logged."""
    try:
        with connection.begin_nested():
            connection.execute(_QUARANTINE, [quarantine_row(_refused(item, faults.reason(error)))])
    except (DBAPIError, ValueError, TypeError) as trouble:
        if not faults.is_of_the_row(trouble):
            raise
        _log.error("A record could not be put into quarantine", platform=_platform(item), error=faults.reason(trouble))


def _refused(item: Writable, reason: str) -> QuarantinedRecord:
    match item:
        case QuarantinedRecord():
            return replace(item, reasons=(*item.reasons, reason))
        case MappedListing(source=source):
            return QuarantinedRecord(
                source.platform, source.url, (reason,), source.payload, source.fetched_at, source.correlation_id,
                source.platform_listing_id,
            )  # fmt: skip
        case SearchSeen():
            return QuarantinedRecord(item.platform, "", (reason,), {"search": item.key}, item.seen_at, "")
        case DetectedListing() | RemovedListing():
            seen = item.card if isinstance(item, DetectedListing) else {"evidence": item.evidence}
            return QuarantinedRecord(
                item.platform, item.url, (reason,), seen, item.seen_at, item.correlation_id, item.platform_listing_id
            )


def _platform(item: Writable) -> str:
    return item.listing.platform if isinstance(item, MappedListing) else item.platform

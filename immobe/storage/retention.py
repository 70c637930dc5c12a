"""What is kept, and for how long.

Stored objects (`listing_payloads`, one a listing) serve mapping again; an advert that has long been gone is not mapped
again, and its object may go. Its columns and its history stay. The history is kept whole unless somebody archives the
events of adverts that have long been gone: they are written to a file first. Of what was only of use for a while
(`NOTES`), what is old goes.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, case, delete, func, select, text

from immobe.items import Stage
from immobe.storage.access_models import AuditRow
from immobe.storage.alert_models import AlertDeliveryRow, AlertMessageRow
from immobe.storage.exporting import json_value
from immobe.storage.faults import connected
from immobe.storage.history_models import EventRow
from immobe.storage.models import ListingRow, PayloadRow, QuarantineRow
from immobe.storage.monitor_models import AlertRow, MeasureRow

_BATCH = 2000
_FIELDS = ("field", "old", "new", "seen_at", "recorded_at", "cause", "run_id")
_out = AlertDeliveryRow
# The last delivery's end; none while one of them waits, is dead, or was dropped.
_SENT_AT = (
    select(case((func.bool_and(_out.state == "sent"), func.max(_out.finished_at))))
    .where(_out.message_id == AlertMessageRow.id)
    .scalar_subquery()
)

NOTES: dict[str, tuple[Any, Any]] = {
    "quarantine": (QuarantineRow, QuarantineRow.seen_at),
    "run_measures": (MeasureRow, MeasureRow.updated_at),
    "alerts": (AlertRow, AlertRow.closed_at),  # one that is open stays
    "alert_messages": (AlertMessageRow, _SENT_AT),  # with its deliveries; one that is not sent stays
    "audit_log": (AuditRow, AuditRow.at),
}
"""{table: (its rows, the time that says how old one is)}; a row without that time stays."""


@dataclass(frozen=True, slots=True)
class Old:
    """Stored objects that may go: how many, and how many bytes they take."""

    payloads: int
    payload_bytes: int


def old_payloads(engine: Engine, before: datetime) -> Old:
    """The objects of listings that have been gone since before then. Raises ServiceError."""
    size = func.coalesce(func.sum(func.octet_length(PayloadRow.payload)), 0)
    query = select(func.count(), size).select_from(PayloadRow).where(PayloadRow.listing_id.in_(_gone(before)))
    with connected(engine) as connection:
        return Old(*connection.execute(query).one())


def drop_payloads(engine: Engine, before: datetime) -> int:
    """Deletes them, some at a time, so that no crawl waits; returns how many. May be broken off and repeated."""
    dropped = 0
    while True:
        some = select(PayloadRow.listing_id).where(PayloadRow.listing_id.in_(_gone(before))).limit(_BATCH)
        with connected(engine, writes=True) as connection:
            count = connection.execute(delete(PayloadRow).where(PayloadRow.listing_id.in_(some))).rowcount
        if not count:
            return dropped
        dropped += count


def old_notes(engine: Engine, table: str, before: datetime) -> int:
    """How many rows of one of `NOTES` are older. Raises ServiceError."""
    row, at = NOTES[table]
    with connected(engine) as connection:
        return connection.execute(select(func.count()).select_from(row).where(at < before)).scalar_one()


def drop_notes(engine: Engine, table: str, before: datetime) -> int:
    """Deletes them, some at a time; returns how many. May be broken off and repeated. Raises ServiceError."""
    row, at = NOTES[table]
    dropped = 0
    while True:
        some = select(row.id).where(at < before).limit(_BATCH)
        with connected(engine, writes=True) as connection:
            count = connection.execute(delete(row).where(row.id.in_(some))).rowcount
        if not count:
            return dropped
        dropped += count


def archive_events(engine: Engine, before: datetime, target: Path) -> int:
    """Moves the events of listings that have been gone since before then to a gzip file, a JSON object a line.

    They are deleted only when the file, which must not exist, is whole and on the disk. Raises ServiceError,
    FileExistsError and other OSErrors; nothing is deleted then.
    """
    with connected(engine, writes=True) as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))  # what is written is what goes
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        with _new_file(target) as file:
            _write(file, _events(connection, before))
        return connection.execute(delete(EventRow).where(EventRow.listing_id.in_(_gone(before)))).rowcount


@contextmanager
def _new_file(target: Path) -> Iterator[IO[bytes]]:
    """A file that is on the disk at the end, or not there when something goes wrong."""
    with target.open("xb") as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            target.unlink()
            raise


def _write(file: IO[bytes], events: Iterator[dict[str, Any]]) -> None:
    with gzip.GzipFile(fileobj=file, mode="wb") as lines:
        for event in events:
            lines.write(json.dumps(event, ensure_ascii=False, default=json_value).encode() + b"\n")


def _events(connection: Connection, before: datetime) -> Iterator[dict[str, Any]]:
    query = (
        select(ListingRow.platform, ListingRow.platform_listing_id, *(getattr(EventRow, name) for name in _FIELDS))
        .join(ListingRow, ListingRow.id == EventRow.listing_id)
        .where(_long_gone(before))
        .order_by(EventRow.id)
    )
    for row in connection.execute(query, execution_options={"yield_per": _BATCH}).mappings():
        yield dict(row)


def _gone(before: datetime) -> Any:
    return select(ListingRow.id).where(_long_gone(before))


def _long_gone(before: datetime) -> ColumnElement[bool]:
    return and_(ListingRow.stage == Stage.GONE, ListingRow.gone_at < before)

"""What could not be used, and another try with the present mapper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, delete, func, select

from immobe.items import RawListing
from immobe.mapping.mapper import map_listing
from immobe.mapping.validation import validate
from immobe.platforms import get_platform
from immobe.storage.faults import connected
from immobe.storage.models import QuarantineRow
from immobe.storage.payloads import decode, decompress
from immobe.storage.writer import ListingWriter

_row = QuarantineRow


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record in quarantine; `payload` is the platform's object, or the first part of a page."""

    id: int
    platform: str
    platform_listing_id: str | None
    url: str
    reasons: list[str]
    payload: dict[str, Any] | str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Retried:
    """How another try ended: `stored` now, `to_fetch` when only the page itself can tell, else still refused."""

    record: Quarantined
    outcome: str
    reasons: tuple[str, ...] = ()


def quarantined(
    engine: Engine,
    *,
    ids: Sequence[int] = (),
    platform: str | None = None,
    reason: str | None = None,
    limit: int | None = None,
) -> list[Quarantined]:
    """Records, the latest first: those with these numbers, of a platform, with a reason that begins so.

    Raises ServiceError.
    """
    query: Select[Any] = select(_row).order_by(_row.seen_at.desc(), _row.id).limit(limit)
    if ids:
        query = query.where(_row.id.in_(ids))
    if platform is not None:
        query = query.where(_row.platform == platform)
    if reason is not None:
        begins = func.starts_with(func.unnest(_row.reasons).column_valued("reason"), reason)
        query = query.where(select(begins).where(begins).exists())
    with connected(engine) as connection:
        return [_record(row) for row in connection.execute(query)]


def _record(row: Any) -> Quarantined:
    payload = decode(row.payload_kind, decompress(row.payload))
    return Quarantined(row.id, row.platform, row.platform_listing_id, row.url, row.reasons, payload, row.seen_at)


def retry(engine: Engine, records: Sequence[Quarantined]) -> list[Retried]:
    """Maps their objects again; what can be used now is stored, as of the day it was fetched, and leaves quarantine.

    Raises ServiceError.
    """
    results = [_try(engine, record) for record in records]
    done = [result.record.id for result in results if result.outcome == "stored"]
    if done:
        with connected(engine, writes=True) as connection:
            connection.execute(delete(_row).where(_row.id.in_(done)))
    return results


def _try(engine: Engine, record: Quarantined) -> Retried:
    platform = get_platform(record.platform)
    if isinstance(record.payload, str) or record.platform_listing_id is None:
        return Retried(record, "to_fetch" if platform.listing_id(record.url) else "refused")
    if platform.payload_id(record.payload) != record.platform_listing_id:
        return Retried(record, "refused", ("another_listing",))
    payload = platform.without_private_data(record.payload)
    source = RawListing(record.platform, record.platform_listing_id, record.url, payload, record.seen_at, "quarantine")
    mapped, reasons = validate(map_listing(platform.mapping, source))
    if reasons:
        return Retried(record, "refused", reasons)
    [error] = ListingWriter(engine).write([mapped])
    return Retried(record, "stored") if error is None else Retried(record, "refused", (str(error),))

"""Stored objects, mapped again with the present mapper: what is read better now is a correction, no market change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, Select, select

from immobe.items import Listing, MappedListing, RawListing
from immobe.mapping.mapper import map_listing
from immobe.mapping.validation import validate
from immobe.market.monitors.guard import still_doubted
from immobe.platforms import get_platform
from immobe.storage.deliveries import doubted_fields
from immobe.storage.engine import without_time_limits
from immobe.storage.faults import connected
from immobe.storage.models import ListingRow, PayloadRow
from immobe.storage.payloads import decode, decompress
from immobe.storage.writer import ListingWriter

_ROWS = 200
# Where a record comes from, or how it was read: no facts of the advert.
_NO_FACTS = frozenset({"platform", "platform_listing_id", "url", "missing", "raw", "mapper_version", "fetched_at"})
FACTS = tuple(name for name in Listing.model_fields if name not in _NO_FACTS)
_stored = ListingRow.__table__.columns


@dataclass(slots=True)
class Remapped:
    """What mapping again brought. Numbers of listings."""

    read: int = 0
    changed: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    """{field: listings in which it takes another value}."""
    examples: dict[str, tuple[str, Any, Any]] = field(default_factory=dict)
    """{field: (platform and id of one of them, stored value, new value)}."""
    refused: Counter[str] = field(default_factory=Counter)
    """{reason}: these would be refused today, and stay as they are."""


def remap(
    engine: Engine, *, platform: str | None = None, since: datetime | None = None, dry_run: bool = False
) -> Remapped:
    """Maps every stored object (of one platform; fetched since a moment) again, and stores what differs.

    Changes are events with the cause `correction`. With `dry_run` nothing is written. Raises ServiceError.
    """
    done, writer = Remapped(), ListingWriter(engine, cause="correction")
    for rows in _portions(engine, _query(platform, since)):
        better = [mapped for row in rows if (mapped := _mapped_anew(row, done)) is not None]
        if better and not dry_run:
            writer.write(better)
    return done


def _query(platform: str | None, since: datetime | None) -> Select[Any]:
    names = ("platform", "platform_listing_id", "url", "project_id", "correlation_id", "fetched_at")
    query = select(
        *(_stored[name] for name in dict.fromkeys((*names, *FACTS, "doubted"))),
        PayloadRow.payload,
        PayloadRow.mapper_version.label("read_by"),
        PayloadRow.fetched_at.label("read_at"),
    ).join(PayloadRow, PayloadRow.listing_id == ListingRow.id)
    if platform is not None:
        query = query.where(ListingRow.platform == platform)
    if since is not None:
        query = query.where(PayloadRow.fetched_at >= since)
    return query.order_by(ListingRow.platform, ListingRow.platform_listing_id)


def _portions(engine: Engine, query: Select[Any]) -> Iterator[list[Row[Any]]]:
    with connected(engine) as connection:
        without_time_limits(connection)
        result = connection.execution_options(yield_per=_ROWS).execute(query)
        for rows in result.partitions(_ROWS):
            yield list(rows)


def _mapped_anew(row: Row[Any], done: Remapped) -> MappedListing | None:
    """The record when it differs from the stored one."""
    platform = get_platform(row.platform)
    payload = decode("json", decompress(row.payload))
    assert isinstance(payload, dict)  # noqa: S101 - a listing's payload is an object
    source = RawListing(
        row.platform,
        row.platform_listing_id,
        row.url,
        platform.without_private_data(payload),
        row.read_at,
        row.correlation_id or "",
        row.project_id,
    )
    done.read += 1
    mapped, refused = validate(map_listing(platform.mapping, source))
    if refused:
        done.refused.update(refused)
        return None
    mapped = still_doubted(mapped, row.doubted, same_mapper=row.read_by == mapped.listing.mapper_version)
    kept = doubted_fields(mapped.listing.model_dump(mode="json"), mapped.suspicious)
    changes = {
        name: (getattr(row, name), getattr(mapped.listing, name))
        for name in FACTS
        if name not in kept and getattr(row, name) != getattr(mapped.listing, name)
    }
    if "status" in changes and row.status == "withdrawn":
        del changes["status"]  # evidence that came after the page
    for name, (old, new) in changes.items():
        done.fields[name] += 1
        done.examples.setdefault(name, (f"{row.platform} {row.platform_listing_id}", old, new))
    done.changed += bool(changes)
    return mapped if changes else None

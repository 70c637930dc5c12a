"""What a list tells of its listings beside their own fields: that the price fell, and other portals' adverts.

Raises ServiceError when PostgreSQL cannot be reached or is not migrated.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from immobe.items import Stage
from immobe.storage.faults import connected
from immobe.storage.history_models import EventRow
from immobe.storage.models import ListingRow
from immobe.storage.property_models import PropertyListingRow

Key = tuple[str, str]
"""Platform, and the listing's id there."""


class Drop(NamedTuple):
    """The last change of a price, when it fell. `share` is negative: -0.05 is five per cent less."""

    old_eur: Decimal
    share: float
    seen_at: datetime


def with_card_facts(engine: Engine, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of `immobe.storage.search.page`, each with `drop` (a `Drop` or None) and `other_platforms` (sorted)."""
    if not rows:
        return []
    keys = [(row["platform"], row["platform_listing_id"]) for row in rows]
    with connected(engine) as connection:
        drops, others = _drops(connection, keys), _others(connection, keys)
    return [
        {**row, "drop": drops.get(key), "other_platforms": sorted(others.get(key, ()))}
        for key, row in zip(keys, rows, strict=True)
    ]


def _drops(connection: Connection, keys: Sequence[Key]) -> dict[Key, Drop]:
    """Of those whose price, when it last changed on the market, fell."""
    query = (
        select(ListingRow.platform, ListingRow.platform_listing_id, EventRow.old, EventRow.new, EventRow.seen_at)
        .join(EventRow, EventRow.listing_id == ListingRow.id)
        .where(_is_one_of(keys), EventRow.field == "price_eur", EventRow.cause == "market")
        .order_by(EventRow.listing_id, EventRow.seen_at.desc(), EventRow.id.desc())
        .ext(distinct_on(EventRow.listing_id))
    )
    found = {}
    for platform, number, old, new, seen_at in connection.execute(query):
        if old is not None and new is not None and Decimal(str(new)) < Decimal(str(old)):
            found[platform, number] = Drop(Decimal(str(old)), float(new) / float(old) - 1, seen_at)
    return found


def _others(connection: Connection, keys: Sequence[Key]) -> dict[Key, set[str]]:
    """Other platforms that show the same property now."""
    mine, theirs, other = aliased(PropertyListingRow), aliased(PropertyListingRow), aliased(ListingRow)
    query = (
        select(ListingRow.platform, ListingRow.platform_listing_id, other.platform)
        .join(mine, mine.listing_id == ListingRow.id)
        .join(theirs, theirs.property_id == mine.property_id)
        .join(other, other.id == theirs.listing_id)
        .where(_is_one_of(keys), other.platform != ListingRow.platform, other.stage == Stage.SCRAPED)
    )
    found: dict[Key, set[str]] = {}
    for platform, number, another in connection.execute(query):
        found.setdefault((platform, number), set()).add(another)
    return found


def _is_one_of(keys: Sequence[Key]) -> Any:
    return tuple_(ListingRow.platform, ListingRow.platform_listing_id).in_(keys)

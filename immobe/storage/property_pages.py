"""Properties in pages, and what one of them cost when. Raises ServiceError."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Numeric, Row, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from immobe.items import Stage
from immobe.storage.faults import connected
from immobe.storage.history_models import EventRow
from immobe.storage.models import ListingRow
from immobe.storage.properties import Property, days_on_market, property_of
from immobe.storage.property_models import PropertyListingRow, PropertyRow


class PropertyLine(NamedTuple):
    """A dwelling in a list. Prices in euro, of adverts that are on the market; None when none tells one."""

    id: int
    advert_count: int
    platforms: list[str]
    transaction_types: list[str]
    postal_code: str | None
    on_offer_count: int
    lowest_price_eur: Decimal | None
    highest_price_eur: Decimal | None
    on_market_since: datetime
    days_on_market: int


class Price(NamedTuple):
    """An advert asks this from then on; None: it no longer tells."""

    platform: str
    platform_listing_id: str
    price_eur: Decimal | None
    seen_at: datetime


def properties_page(
    engine: Engine, *, after: int = 0, limit: int = 50, least_adverts: int = 1, platforms: Sequence[str] = ()
) -> list[PropertyLine]:
    """Those with a number above `after`, in order; with so many adverts, one of them on any of `platforms`."""
    row, number = ListingRow, PropertyListingRow.property_id
    on_offer = row.stage == Stage.SCRAPED
    query = (
        select(
            number,
            func.count(),
            _sorted_set(row.platform),
            _sorted_set(row.transaction_type),
            func.min(row.postal_code),
            func.count().filter(on_offer),
            func.min(row.price_eur).filter(on_offer),
            func.max(row.price_eur).filter(on_offer),
        )
        .join(ListingRow, row.id == PropertyListingRow.listing_id)
        .where(number > after)
        .group_by(number)
        .having(func.count() >= least_adverts)
        .order_by(number)
        .limit(limit)
    )
    if platforms:
        query = query.having(func.bool_or(row.platform.in_(platforms)))
    with connected(engine) as connection:
        rows = list(connection.execute(query))
        stays = _stays(connection, [line[0] for line in rows])
    return [PropertyLine._make((*line, *stays[line[0]])) for line in rows]


def _sorted_set(column: Any) -> Any:
    """The values that there are, each once."""
    return func.array_remove(func.array_agg(aggregate_order_by(column.distinct(), column)), None)


def _stays(connection: Connection, numbers: list[int]) -> dict[int, tuple[datetime, int]]:
    if not numbers:
        return {}
    return {number: (since, days) for number, since, days in connection.execute(days_on_market(*numbers))}


def property_numbered(engine: Engine, number: int) -> Property | None:
    """The dwelling with this number, or the one that it turned out to be; None when there is none with adverts."""
    with connected(engine) as connection:
        met: set[int] = set()
        now: int | None = number
        while now is not None and now not in met:
            met.add(number := now)
            now = connection.scalar(select(PropertyRow.merged_into).where(PropertyRow.id == number))
        advert = connection.scalar(
            select(PropertyListingRow.listing_id).where(PropertyListingRow.property_id == number).limit(1)
        )
    return None if advert is None else property_of(engine, advert)


def number_of(engine: Engine, platform: str, platform_listing_id: str) -> int | None:
    """The property that a listing is an advert of; None before it is matched."""
    query = (
        select(PropertyListingRow.property_id)
        .join(ListingRow, ListingRow.id == PropertyListingRow.listing_id)
        .where(ListingRow.platform == platform, ListingRow.platform_listing_id == platform_listing_id)
    )
    with connected(engine) as connection:
        return connection.scalar(query)


def prices_of(engine: Engine, adverts: Sequence[Row[Any]]) -> list[Price]:
    """What each of a property's adverts asked, from when on; oldest first."""
    price = cast(EventRow.new.op("#>>")(literal_column("'{}'")), Numeric)  # a JSON number, or null
    query = (
        select(ListingRow.platform, ListingRow.platform_listing_id, price, EventRow.seen_at)
        .join(ListingRow, ListingRow.id == EventRow.listing_id)
        .where(EventRow.listing_id.in_([one.listing_id for one in adverts]), EventRow.field == "price_eur")
        .order_by(EventRow.seen_at, EventRow.id)
    )
    with connected(engine) as connection:
        return [Price(*row) for row in connection.execute(query)]

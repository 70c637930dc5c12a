"""Figures of the market as it is listed: numbers and medians, in groups. Raises ServiceError."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, func, select

from immobe.storage.faults import connected
from immobe.storage.search_conditions import DAYS_ON_MARKET, LISTINGS, PRICE_PER_M2_EUR, PROVINCE
from immobe.storage.search_terms import Search

GROUPS: dict[str, ColumnElement[Any]] = {
    "platform": LISTINGS.platform,
    "property_type": LISTINGS.property_type,
    "province": PROVINCE,
    "municipality_nis": LISTINGS.municipality_nis,
    "postal_code": LISTINGS.postal_code,
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one group and transaction. Medians with the number of listings that they are taken from; None from none."""

    group: str | None
    """None: listings that do not tell."""
    transaction_type: str | None
    listing_count: int
    price_count: int
    median_price_eur: Decimal | None
    price_per_m2_count: int
    median_price_per_m2_eur: Decimal | None
    median_days_on_market: int | None


def figures(engine: Engine, search: Search, by: str, *, limit: int = 1000) -> list[Figures]:
    """In groups of `GROUPS` and by transaction, the largest first."""
    group, price, per_m2 = GROUPS[by], LISTINGS.price_eur, PRICE_PER_M2_EUR
    listings = func.count()
    query: Select[Any] = select(
        group,
        LISTINGS.transaction_type,
        listings,
        func.count(price),
        _median(price),
        func.count(per_m2),
        _median(per_m2),
        _median(DAYS_ON_MARKET),
    )
    query = search.narrow(query).group_by(group, LISTINGS.transaction_type)
    ordered = query.order_by(listings.desc(), group, LISTINGS.transaction_type).limit(limit)
    with connected(engine) as connection:
        return [Figures(*row) for row in connection.execute(ordered)]


def _median(of: ColumnElement[Any]) -> ColumnElement[Any]:
    """One of the values, the lower of the middle two."""
    return func.percentile_disc(0.5).within_group(of)

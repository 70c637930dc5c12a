"""What is known of one property: its adverts, why they are one, and how long it has been on the market."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, Select, Subquery, and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from immobe.storage.faults import connected
from immobe.storage.history import began, ended, whole_days
from immobe.storage.models import ListingRow
from immobe.storage.property_models import PropertyLinkRow, PropertyListingRow, PropertyVerdictRow

STAYS_ON_MARKET = timedelta(days=90)
"""Between two adverts of a property, at most, for one stay on the market."""


@dataclass(frozen=True, slots=True)
class Property:
    """A dwelling. Rows are named like their columns."""

    id: int
    adverts: list[Row[Any]]
    """Oldest first: listing_id, platform, platform_listing_id, url, stage, price_eur, first_seen_at, gone_at."""
    links: list[Row[Any]]
    """Best first: a and b (as in `immoweb:20820613`), score, kind, evidence."""
    verdicts: list[Row[Any]]
    """Oldest first, also those that others have followed: a, b, is_same, note, said_by, said_at."""
    on_market_since: datetime
    """The beginning of the last stay; a new advert within 90 days after the last one went goes on with it."""
    days_on_market: int


def listing_number(engine: Engine, platform: str, platform_listing_id: str) -> int | None:
    """The number in `listings`; None when it is not known. Raises ServiceError."""
    query = select(ListingRow.id).where(
        ListingRow.platform == platform, ListingRow.platform_listing_id == platform_listing_id
    )
    with connected(engine) as connection:
        return connection.scalar(query)


def property_of(engine: Engine, listing: int) -> Property | None:
    """The property of a listing; None when it was never matched. Raises ServiceError."""
    with connected(engine) as connection:
        number = connection.scalar(
            select(PropertyListingRow.property_id).where(PropertyListingRow.listing_id == listing)
        )
        if number is None:
            return None
        adverts = list(connection.execute(_adverts(number)))
        ids = [advert.listing_id for advert in adverts]
        since, days = connection.execute(days_on_market(number)).one()[1:]
        links, verdicts = connection.execute(_links(ids)), connection.execute(_verdicts(ids))
        return Property(number, adverts, list(links), list(verdicts), since, days)


def _adverts(number: int) -> Select[*tuple[Any, ...]]:
    row = ListingRow
    names = (row.platform, row.platform_listing_id, row.url, row.stage, row.price_eur, row.first_seen_at, row.gone_at)
    return (
        select(PropertyListingRow.listing_id, *names)
        .join(ListingRow, row.id == PropertyListingRow.listing_id)
        .where(PropertyListingRow.property_id == number)
        .order_by(row.first_seen_at, row.id)
    )


_a, _b = aliased(ListingRow, name="first"), aliased(ListingRow, name="second")
_NAMES = (
    (_a.platform + ":" + _a.platform_listing_id).label("a"),
    (_b.platform + ":" + _b.platform_listing_id).label("b"),
)


def _pairs(row: type[PropertyLinkRow] | type[PropertyVerdictRow], *columns: Any) -> Select[*tuple[Any, ...]]:
    """What rows tell of two listings, with the names of both."""
    joined = select(*_NAMES, *columns).join_from(row, _a, _a.id == row.listing_a)
    return joined.join(_b, _b.id == row.listing_b)


def _links(ids: list[int]) -> Select[*tuple[Any, ...]]:
    link = PropertyLinkRow
    return (
        _pairs(link, link.score, link.kind, link.evidence)
        .where(and_(link.listing_a.in_(ids), link.listing_b.in_(ids)))
        .order_by(link.score.desc(), link.listing_a, link.listing_b)
    )


def _verdicts(ids: list[int]) -> Select[*tuple[Any, ...]]:
    said = PropertyVerdictRow
    return (
        _pairs(said, said.is_same, said.note, said.said_by, said.said_at)
        .where(or_(said.listing_a.in_(ids), said.listing_b.in_(ids)))
        .order_by(said.id)
    )


def days_on_market(*properties: int) -> Select[*tuple[Any, ...]]:
    """property_id, on_market_since, days_on_market of each property, or of these; see `Property`.

    Whole days of the last stay: to the day the last advert went, or to now.
    """
    stays = _stays(properties).c
    days = whole_days(stays.began, stays.ended)
    return (
        select(stays.property_id, stays.began.label("on_market_since"), days.label("days_on_market"))
        .order_by(stays.property_id, stays.stay.desc())
        .ext(distinct_on(stays.property_id))
    )


def _stays(properties: Collection[int]) -> Subquery:
    """Each property's stays on the market, numbered from 1: adverts that overlap or follow soon are one stay."""
    listing = PropertyListingRow
    adverts = select(listing.property_id, began().label("began"), ended().label("ended")).join(
        ListingRow, ListingRow.id == listing.listing_id
    )
    each = (adverts.where(listing.property_id.in_(properties)) if properties else adverts).subquery().c
    order = (each.began, each.ended)
    before = func.max(each.ended).over(partition_by=each.property_id, order_by=order, rows=(None, -1))
    follows = select(each.property_id, each.began, each.ended, before.label("before")).subquery().c
    begins = or_(follows.before.is_(None), follows.began - follows.before > STAYS_ON_MARKET)
    order = (follows.began, follows.ended)
    number = func.count().filter(begins).over(partition_by=follows.property_id, order_by=order, rows=(None, 0))
    numbered = select(follows.property_id, follows.began, follows.ended, number.label("stay")).subquery().c
    times = (func.min(numbered.began).label("began"), func.max(numbered.ended).label("ended"))
    return select(numbered.property_id, numbered.stay, *times).group_by(numbered.property_id, numbered.stay).subquery()

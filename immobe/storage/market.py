"""Figures of the market by place: homes that are offered now, at a price that somebody asks. Raises ServiceError.

A dwelling with several adverts counts once, as last seen. Life annuities, auctions, "from" prices, prices on request
and projects are never among them: `left_out` counts them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on

from immobe.items import ListingKind, MarketStatus, PriceKind, SaleMethod, Stage
from immobe.storage.comparables import MANY_BEDROOMS, PLAUSIBLE_AREA_M2, PLAUSIBLE_M2_EUR, asked
from immobe.storage.history import began, days_on_market
from immobe.storage.history_models import EventRow
from immobe.storage.models import ListingRow
from immobe.storage.property_models import PropertyListingRow
from immobe.storage.search_conditions import PROVINCE

_row = ListingRow.__table__.columns
_DWELLING = func.coalesce(PropertyListingRow.property_id, -_row.id)
_BELGIUM = ZoneInfo("Europe/Brussels")
NEW_DAYS, DROP_DAYS = 30, 90
PLACES: dict[str, ColumnElement[str | None]] = {
    "municipality": _row.municipality_nis,
    "province": PROVINCE,
    "region": _row.region,
}
"""What figures are grouped by; Brussels counts as a province."""
_KINDS_OF_PLOT = ("land",)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which homes. `bedrooms` None: any number; `MANY_BEDROOMS`: so many and more. `place`: one of `PLACES[level]`."""

    transaction_type: str
    property_type: str
    bedrooms: int | None = None
    level: str | None = None
    place: str | None = None

    def holds(self) -> ColumnElement[bool]:
        """A row of `listings` is of this choice, whatever its price."""
        conditions = [_row.transaction_type == self.transaction_type, _row.property_type == self.property_type]
        if self.bedrooms is not None:
            many = self.bedrooms >= MANY_BEDROOMS
            conditions.append(_row.bedroom_count >= MANY_BEDROOMS if many else _row.bedroom_count == self.bedrooms)
        if self.level is not None:
            conditions.append(PLACES[self.level] == self.place)
        return and_(*conditions)


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """Of one place (None: of all together). Euro; medians are None when nothing is told."""

    place: str | None
    stock: int
    median_price_eur: float | None
    m2_count: int
    median_m2_eur: float | None
    median_days: float | None
    new_count: int
    """Came within the last `NEW_DAYS`."""
    dropped_count: int
    """Whose price fell within the last `DROP_DAYS`."""


def on_offer() -> ColumnElement[bool]:
    """On the market: read, still there, and not said to be sold, let or withdrawn."""
    open_status = or_(_row.status.is_(None), _row.status.in_((MarketStatus.AVAILABLE, MarketStatus.UNDER_OPTION)))
    return and_(_row.stage == Stage.SCRAPED, open_status)


def by_place(connection: Connection, choice: Choice, level: str) -> tuple[PlaceFigures, list[PlaceFigures]]:
    """Of all homes of the choice, and of each place of a level that has some. Those without a place count in all."""
    homes = _homes(choice, PLACES[level]).c
    query = (
        select(homes.place, func.grouping(homes.place), *_figures(homes))
        .group_by(func.rollup(homes.place))
        .order_by(homes.place)
    )
    whole = PlaceFigures(None, 0, None, 0, None, None, 0, 0)
    places = []
    for place, is_whole, *figures in connection.execute(query):
        if is_whole:
            whole = PlaceFigures(None, *figures)
        elif place is not None:
            places.append(PlaceFigures(place, *figures))
    return whole, places


def by_bedrooms(connection: Connection, choice: Choice) -> list[PlaceFigures]:
    """Of one place, by number of bedrooms: `place` is the number as text, None when the advert does not tell it."""
    rooms = cast(func.least(_row.bedroom_count, MANY_BEDROOMS), Text)
    homes = _homes(choice, rooms).c
    query = select(homes.place, *_figures(homes)).group_by(homes.place).order_by(homes.place)
    return [PlaceFigures(*row) for row in connection.execute(query)]


def _figures(homes: Any) -> tuple[ColumnElement[Any], ...]:
    return (
        func.count(),
        _median(homes.price_eur),
        func.count(homes.m2_eur),
        _median(homes.m2_eur),
        _median(homes.days),
        func.count().filter(homes.is_new),
        func.count(homes.dropped_id),
    )


def _homes(choice: Choice, place: ColumnElement[Any]) -> Subquery:
    """Each dwelling once: place, price_eur, m2_eur, days, is_new, dropped_id (null: its price did not fall)."""
    dropped = _dropped().subquery()
    query = (
        select(
            place.label("place"),
            cast(_row.price_eur, Double).label("price_eur"),
            _m2_eur(choice).label("m2_eur"),
            days_on_market().label("days"),
            (began() >= func.now() - func.make_interval(0, 0, 0, NEW_DAYS)).label("is_new"),
            dropped.c.listing_id.label("dropped_id"),
        )
        .outerjoin(PropertyListingRow, PropertyListingRow.listing_id == _row.id)
        .outerjoin(dropped, dropped.c.listing_id == _row.id)
        .where(choice.holds(), on_offer(), _is_asked())
    )
    return query.ext(distinct_on(_DWELLING)).order_by(_DWELLING, _row.last_seen_at.desc(), _row.id).subquery()


def _is_asked() -> ColumnElement[bool]:
    return and_(asked(), _row.price_eur.is_not(None), _row.listing_kind != ListingKind.PROJECT)


def _dropped() -> Select[int]:
    """Listings whose price the market made fall within the last `DROP_DAYS`."""
    since = func.now() - func.make_interval(0, 0, 0, DROP_DAYS)
    of_price = (EventRow.field == "price_eur", EventRow.cause == "market", EventRow.seen_at >= since)
    return select(EventRow.listing_id).where(*of_price, EventRow.new < EventRow.old).distinct()


def _m2_eur(choice: Choice) -> ColumnElement[Any]:
    """Euro per m² of living area, of land of the plot; null for what has neither, and where a figure was misread."""
    if choice.property_type in _KINDS_OF_PLOT:
        return cast(_row.price_eur, Double) / func.nullif(cast(_row.land_area_m2, Double), 0)
    if choice.property_type not in PLAUSIBLE_AREA_M2:
        return cast(null(), Double)
    area, price = _row.living_area_m2, _row.price_eur
    low, high = PLAUSIBLE_M2_EUR[choice.transaction_type]
    plausible = and_(area.between(*PLAUSIBLE_AREA_M2[choice.property_type]), price.between(low * area, high * area))
    return case((plausible, cast(price, Double) / cast(area, Double)))


def _median(of: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.percentile_cont(0.5).within_group(cast(of, Double))


def left_out(connection: Connection, choice: Choice) -> dict[str, int]:
    """{why: adverts on offer that figures do not take}, most frequent first. The words are those of `comparables`."""
    why = case(
        (_row.listing_kind == ListingKind.PROJECT, "a project, which has a range of prices"),
        (_row.sale_method == SaleMethod.LIFE_ANNUITY, "a life annuity"),
        (_row.sale_method == SaleMethod.PUBLIC_AUCTION, "an auction"),
        (_row.price_kind == PriceKind.FROM, 'a "from" price'),
        (_row.price_eur.is_(None), "no price"),
        (func.coalesce(~asked(), True), "another kind of price"),
        else_=None,
    ).label("why")
    query = select(why, func.count()).where(choice.holds(), on_offer()).group_by(why).order_by(func.count().desc(), why)
    return {str(reason): count for reason, count in connection.execute(query) if reason is not None}


def prices(connection: Connection, choice: Choice) -> list[float]:
    """Euro, of each home of the choice, in order."""
    homes = _homes(choice, cast(null(), Text)).c
    return sorted(connection.scalars(select(homes.price_eur)))


def epc_labels(connection: Connection, choice: Choice) -> dict[str | None, int]:
    """{EPC label, None when it is not told: homes}."""
    homes = _homes(choice, _row.epc_label).c
    rows = connection.execute(select(homes.place, func.count()).group_by(homes.place))
    return {label: count for label, count in rows}  # noqa: C416 - rows are no pairs


@dataclass(frozen=True, slots=True)
class Month:
    """Adverts that came on the market in a month, gone or not: how many, and the middle of what they asked at first."""

    begins: date
    count: int
    m2_count: int
    median_price_eur: float | None
    median_m2_eur: float | None


def by_month(connection: Connection, choice: Choice, months: int) -> list[Month]:
    """The last so many months, the current one last; what came before we looked is dated by the portal."""
    month = func.date_trunc("month", began(), "Europe/Brussels")
    this_month = func.date_trunc("month", func.now(), "Europe/Brussels")
    first = cast(EventRow.new.op("#>>")(literal_column("'{}'")), Double)  # a JSON number, or null
    homes = (
        select(
            month.label("month"),
            func.coalesce(first, cast(_row.price_eur, Double)).label("price_eur"),
            _m2_eur(choice).label("m2_eur"),
            cast(_row.price_eur, Double).label("now_eur"),
        )
        .outerjoin(PropertyListingRow, PropertyListingRow.listing_id == _row.id)
        .outerjoin(
            EventRow,
            and_(EventRow.listing_id == _row.id, EventRow.field == "price_eur", EventRow.cause == "first"),
        )
        .where(
            choice.holds(),
            _row.scraped_at.is_not(None),
            _is_asked(),
            began() >= this_month - func.make_interval(0, months - 1),
        )
        .ext(distinct_on(_DWELLING))
        .order_by(_DWELLING, began(), _row.id)
        .subquery()
        .c
    )
    at_first = homes.m2_eur * homes.price_eur / func.nullif(homes.now_eur, 0)
    query = (
        select(homes.month, func.count(), func.count(at_first), _median(homes.price_eur), _median(at_first))
        .group_by(homes.month)
        .order_by(homes.month)
    )
    rows = connection.execute(query)
    return [Month(begins.astimezone(_BELGIUM).date(), *figures) for begins, *figures in rows]

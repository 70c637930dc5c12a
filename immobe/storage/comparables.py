"""Euro per m² of adverts that can be compared: the conditions, a listing's place among them, medians.

Compared are prices that somebody asks for one home: asking prices of sales by private treaty, and monthly rents. Never
among them: life annuities, starting bids of auctions, "from" prices, prices on request, projects (a range of prices).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Double, Subquery, and_, case, cast, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from immobe.items import ListingKind, PriceKind, SaleMethod, TransactionType
from immobe.storage.models import ListingRow
from immobe.storage.property_models import PropertyListingRow

# Lowest and highest living area in m², by type; and euro per m², by transaction. Bounds are wide: beyond them an area
# was misread (a plot, a hundredfold), or a price (one per m², one of a garage).
PLAUSIBLE_AREA_M2 = {"house": (25, 1000), "apartment": (10, 500)}
PLAUSIBLE_M2_EUR = {"sale": (200, 30_000), "rent": (2, 200)}

MANY_BEDROOMS = 5
"""So many and more are one class."""

_row = ListingRow.__table__.columns
_DWELLING = func.coalesce(PropertyListingRow.property_id, -_row.id)
_QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class Area:
    """Where: municipalities by REFNIS code, or a province, or a region when there is none (Brussels)."""

    municipalities: Collection[str] = ()
    province: str | None = None
    region: str | None = None

    def holds(self) -> ColumnElement[bool]:
        if self.municipalities:
            return _row.municipality_nis.in_(sorted(self.municipalities))
        return _row.province == self.province if self.province else _row.region == self.region


@dataclass(frozen=True, slots=True)
class Home:
    """The facts of a listing that decide what it is compared with. Euro, m²."""

    id: int
    transaction_type: str | None
    property_type: str | None
    bedroom_count: int | None
    price_eur: Decimal | None
    living_area_m2: Decimal | None
    municipality_nis: str | None
    province: str | None
    region: str | None
    dwelling: int
    """The number of its property; that of a listing without one is its own, negative."""
    why_not: str | None = None
    """Why it cannot be compared with others; None when it can."""


@dataclass(frozen=True, slots=True)
class Spread:
    """n adverts; euro per m² at their first quarter, middle and third quarter (None for none)."""

    n: int
    low_m2_eur: float | None
    median_m2_eur: float | None
    high_m2_eur: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A home among n others: how many are cheaper per m², how many cost exactly as much."""

    spread: Spread
    cheaper: int
    equal: int

    @property
    def percentile(self) -> float:
        """The share of the others that are cheaper, in per cent; those that cost as much count half."""
        return 100 * (self.cheaper + self.equal / 2) / self.spread.n


@dataclass(frozen=True, slots=True)
class Median:
    """One kind of home in an area; `bedroom_count` is None when all are taken together."""

    transaction_type: str
    property_type: str
    bedroom_count: int | None
    spread: Spread
    median_price_eur: float


def home_of(connection: Connection, platform: str, platform_listing_id: str) -> Home | None:
    """The listing's facts; None when it is not known."""
    names = [name for name in Home.__dataclass_fields__ if name not in ("dwelling", "why_not")]
    query = (
        select(*(_row[name] for name in names), _DWELLING.label("dwelling"), why_not().label("why_not"))
        .outerjoin(PropertyListingRow, PropertyListingRow.listing_id == _row.id)
        .where(_row.platform == platform, _row.platform_listing_id == platform_listing_id)
    )
    found = connection.execute(query).mappings().one_or_none()
    return None if found is None else Home(**found)


def why_not() -> ColumnElement[str | None]:
    """In words, why a row cannot be compared with others; null when it can."""
    return case(
        (_row.scraped_at.is_(None), "its page was not read"),
        (func.coalesce(_row.property_type, "").not_in(list(PLAUSIBLE_AREA_M2)), "neither a house nor a flat"),
        (_row.listing_kind == ListingKind.PROJECT, "a project, which has a range of prices"),
        (_row.sale_method == SaleMethod.LIFE_ANNUITY, "a life annuity"),
        (_row.sale_method == SaleMethod.PUBLIC_AUCTION, "an auction"),
        (_row.price_kind == PriceKind.FROM, 'a "from" price'),
        (or_(_row.price_eur.is_(None), _row.price_kind == PriceKind.ON_REQUEST), "no price"),
        (_row.living_area_m2.is_(None), "no living area"),
        (~_plausible_area(), "an implausible living area"),
        (~_plausible_price(), "an implausible price"),
        (func.coalesce(~asked(), True), "another kind of price"),
    )


def usable(since: datetime) -> ColumnElement[bool]:
    """Rows that can be compared, and were on the market since then."""
    return and_(
        _row.scraped_at.is_not(None),
        _row.property_type.in_(list(PLAUSIBLE_AREA_M2)),
        _row.listing_kind != ListingKind.PROJECT,
        asked(),
        _row.price_eur.is_not(None),
        _row.living_area_m2.is_not(None),
        _plausible_area(),
        _plausible_price(),
        _row.last_seen_at >= since,
    )


def asked() -> ColumnElement[bool]:
    """Asking prices of sales by private treaty, and monthly rents."""
    method, kind, way = _row.sale_method, _row.price_kind, _row.transaction_type
    sale = and_(way == TransactionType.SALE, kind == PriceKind.ASKING, method == SaleMethod.PRIVATE_TREATY)
    return or_(sale, and_(way == TransactionType.RENT, kind == PriceKind.MONTHLY_RENT))


def _plausible_area() -> ColumnElement[bool]:
    kinds = PLAUSIBLE_AREA_M2.items()
    return or_(*(and_(_row.property_type == kind, _row.living_area_m2.between(*bounds)) for kind, bounds in kinds))


def _plausible_price() -> ColumnElement[bool]:
    ways, area = PLAUSIBLE_M2_EUR.items(), _row.living_area_m2
    return or_(
        *(
            and_(_row.transaction_type == way, _row.price_eur.between(low * area, high * area))
            for way, (low, high) in ways
        )
    )


def standing(connection: Connection, home: Home, area: Area, bedrooms: int | None, since: datetime) -> Standing:
    """`home`, which can be compared, among the others of its kind; `bedrooms` None: with any number of them.

    A dwelling with several adverts counts once, as last seen. Prices per m² are compared by cross-multiplication, so
    that no rounding decides.
    """
    others = _others(home, area, bedrooms, since)
    price, m2 = others.c.price_eur, others.c.living_area_m2
    theirs, mine = price * home.living_area_m2, home.price_eur * m2
    query = select(*_spread(price, m2), func.count().filter(theirs < mine), func.count().filter(theirs == mine))
    n, quarters, cheaper, equal = tuple(connection.execute(query).one())
    low, middle, high = quarters or (None, None, None)
    return Standing(Spread(n, low, middle, high), cheaper, equal)


def others_m2_eur(
    connection: Connection, home: Home, area: Area, bedrooms: int | None, since: datetime, *, most: int = 2000
) -> list[float]:
    """Euro per m² of those that `standing` compares with, `most` of them, in order."""
    others = _others(home, area, bedrooms, since)
    m2_eur = cast(others.c.price_eur, Double) / cast(others.c.living_area_m2, Double)
    return sorted(connection.scalars(select(m2_eur).limit(most)))


def _others(home: Home, area: Area, bedrooms: int | None, since: datetime) -> Subquery:
    query = (
        select(_row.price_eur, _row.living_area_m2)
        .outerjoin(PropertyListingRow, PropertyListingRow.listing_id == _row.id)
        .where(
            usable(since),
            area.holds(),
            _row.transaction_type == home.transaction_type,
            _row.property_type == home.property_type,
            *([] if bedrooms is None else [_has_bedrooms(bedrooms)]),
            _DWELLING.is_distinct_from(home.dwelling),
        )
    )
    return query.ext(distinct_on(_DWELLING)).order_by(_DWELLING, _row.last_seen_at.desc(), _row.id).subquery()


def medians(connection: Connection, area: Area, since: datetime, *, by_bedrooms: bool = False) -> list[Median]:
    """A row for each transaction and type (and number of bedrooms, `MANY_BEDROOMS` and more as one), in order.

    These are of adverts: a dwelling that several portals show counts as often.
    """
    rooms = func.least(_row.bedroom_count, MANY_BEDROOMS).label("rooms")
    kinds: list[ColumnElement[Any]] = [_row.transaction_type, _row.property_type, *([rooms] if by_bedrooms else [])]
    query = (
        select(*kinds, *_spread(_row.price_eur, _row.living_area_m2), _percentile(0.5, _row.price_eur))
        .where(usable(since), area.holds())
        .group_by(*kinds)
        .order_by(*kinds)
    )
    rows = (tuple(row) for row in connection.execute(query))
    return [Median(row[0], row[1], row[2] if by_bedrooms else None, Spread(row[-3], *row[-2]), row[-1]) for row in rows]


def left_out(connection: Connection, area: Area, since: datetime) -> dict[str, int]:
    """{why: homes of the area, on the market since then, that `medians` does not take}, most frequent first."""
    why = why_not().label("why")
    query = (
        select(why, func.count())
        .where(
            area.holds(),
            _row.last_seen_at >= since,
            _row.scraped_at.is_not(None),
            _row.property_type.in_(list(PLAUSIBLE_AREA_M2)),
            why.is_not(None),
        )
        .group_by(why)
        .order_by(func.count().desc(), why)
    )
    return {str(reason): count for reason, count in connection.execute(query)}


def _has_bedrooms(count: int) -> ColumnElement[bool]:
    return _row.bedroom_count >= MANY_BEDROOMS if count >= MANY_BEDROOMS else _row.bedroom_count == count


def _spread(price: ColumnElement[Any], area: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    return func.count(), _percentile(list(_QUARTERS), cast(price, Double) / cast(area, Double))


def _percentile(share: float | list[float], of: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.percentile_cont(share).within_group(cast(of, Double))

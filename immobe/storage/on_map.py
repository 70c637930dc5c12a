"""What a map shows of a search: single adverts where there are few, clusters where there are many.

They are those of the list with the same box. Raises ServiceError.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Double, Engine, Select, cast, func, select

from immobe.storage.faults import connected
from immobe.storage.models import SAMPLE_PARTS
from immobe.storage.sampling import about, found
from immobe.storage.search import Counted
from immobe.storage.search_conditions import LISTINGS
from immobe.storage.search_terms import Search

POINTS = 400
"""More are shown as clusters."""
DEEPEST_ZOOM = 20
_CELLS_A_TILE = 4  # a tile has 256 pixels
_LATITUDE_OF_LONGITUDE = 0.63  # degrees of latitude that are as high on a map as one of longitude is wide, in Belgium
_PRICE_EUR = func.coalesce(LISTINGS.price_eur, LISTINGS.price_min_eur)


class Point(NamedTuple):
    """One advert; WGS 84, the price in euro, a project's the lowest."""

    id: int
    platform: str
    platform_listing_id: str
    latitude: Decimal
    longitude: Decimal
    price_eur: Decimal | None
    location_precision: str | None
    transaction_type: str | None
    property_type: str | None


class Cluster(NamedTuple):
    """Adverts that lie together: `size`, or about so many, and the lowest price of those that were read."""

    size: Counted
    latitude: float
    """Of their centre."""
    longitude: float
    min_price_eur: Decimal | None


@dataclass(frozen=True, slots=True)
class OnMap:
    """Points or clusters, never both; `count` is the list's."""

    count: Counted
    points: list[Point]
    clusters: list[Cluster]


def on_map(engine: Engine, search: Search, zoom: int, *, points: int = POINTS, most: int = 10_000) -> OnMap:
    """What is seen of a search with a `bbox` at a zoom level of web maps (0 to `DEEPEST_ZOOM`).

    Up to `most` are counted one by one; of more, a sample is read. Raises ValueError without a `bbox`.
    """
    if search.terms.bbox is None:
        raise ValueError("a map has a box")
    with connected(engine) as connection:
        single = _points(connection, search, points + 1)
        if len(single) <= points:
            return OnMap(Counted(len(single), is_exact=True), single, [])
        rows, n, parts = found(connection, most, partial(_clusters, search, zoom))
    is_exact = parts == SAMPLE_PARTS and n <= most
    clusters = [Cluster(about(row.n, parts), *row[1:]) for row in rows]
    return OnMap(Counted(n if is_exact else most, is_exact), [], clusters)


def _points(connection: Connection, search: Search, limit: int) -> list[Point]:
    named = {**LISTINGS, "price_eur": _PRICE_EUR}
    query = search.narrow(select(*(named[name] for name in Point._fields))).limit(limit)
    return [Point(*row) for row in connection.execute(query)]


def _clusters(search: Search, zoom: int, condition: ColumnElement[bool], limit: int | None) -> Select[Any]:
    """n, latitude, longitude, min_price_eur of each cell of a grid."""
    cell = 360 / 2 ** min(max(zoom, 0), DEEPEST_ZOOM) / _CELLS_A_TILE
    place = cast(LISTINGS.latitude, Double).label("latitude"), cast(LISTINGS.longitude, Double).label("longitude")
    inside = search.narrow(select(*place, _PRICE_EUR.label("price_eur"))).where(condition)
    each = inside.limit(limit).subquery().c
    return select(
        func.count().label("n"), func.avg(each.latitude), func.avg(each.longitude), func.min(each.price_eur)
    ).group_by(func.floor(each.longitude / cell), func.floor(each.latitude / (cell * _LATITUDE_OF_LONGITUDE)))

"""What a person looks at: one page of a sorted list, the listings on a piece of the map.

A page begins after the last row of the one before, not at a number of rows: the hundredth costs what the first does.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Double, Engine, cast, func, select, tuple_

from immobe.storage.faults import connected
from immobe.storage.models import ListingRow
from immobe.storage.queries import ListingFilter

_row = ListingRow.__table__.columns
# As in the index, which no other spelling uses.
POINT = func.point(cast(_row.longitude, Double), cast(_row.latitude, Double))

LIST_COLUMNS = (
    "id", "platform", "platform_listing_id", "url", "stage", "status", "transaction_type", "sale_method",
    "property_type", "property_subtype", "price_eur", "price_kind", "price_min_eur", "price_max_eur",
    "previous_price_eur", "bedroom_count", "living_area_m2", "land_area_m2", "epc_label", "street", "house_number",
    "postal_code", "locality", "province", "region", "first_seen_at", "last_seen_at",
)  # fmt: skip
MAP_COLUMNS = ("id", "platform", "platform_listing_id", "property_type", "transaction_type", "price_eur", "latitude",
               "longitude", "location_precision")  # fmt: skip


class Sort(StrEnum):
    """The order of a list; listings without a price are in none that goes by price."""

    NEWEST = "newest"
    CHEAPEST = "cheapest"
    DEAREST = "dearest"


_BY = {Sort.NEWEST: _row.first_seen_at, Sort.CHEAPEST: _row.price_eur, Sort.DEAREST: _row.price_eur}


@dataclass(frozen=True, slots=True)
class Box:
    """A piece of the map: WGS 84 degrees, bounds included."""

    south: Decimal
    west: Decimal
    north: Decimal
    east: Decimal


def list_page(
    engine: Engine, which: ListingFilter, sort: Sort = Sort.NEWEST, *, after: tuple[Any, int] | None = None, size: int
) -> list[dict[str, Any]]:
    """Up to `size` rows by column name, in order; `after`: the sorted column and `id` of the row before.

    Raises ServiceError.
    """
    key, place = _BY[sort], tuple_(_BY[sort], _row.id)
    query = which.narrow(select(*(_row[name] for name in LIST_COLUMNS))).where(key.is_not(None)).limit(size)
    if after is not None:
        query = query.where(place > after if sort is Sort.CHEAPEST else place < after)
    rising = sort is Sort.CHEAPEST
    query = query.order_by(*((key, _row.id) if rising else (key.desc(), _row.id.desc())))
    return _rows(engine, query)


def on_map(engine: Engine, which: ListingFilter, box: Box, *, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` listings whose coordinates lie in the box, in no order. Raises ServiceError."""
    # The index alone tells which; only those are fetched.
    ids = which.narrow(select(_row.id)).where(lies_in(box)).limit(limit)
    return _rows(engine, select(*(_row[name] for name in MAP_COLUMNS)).where(_row.id.in_(ids)))


def lies_in(box: Box) -> ColumnElement[bool]:
    """That a listing has coordinates, and they lie in the box."""
    corners = (func.point(box.west, box.south), func.point(box.east, box.north))
    return POINT.op("<@", is_comparison=True)(func.box(*corners))


def _rows(engine: Engine, query: Any) -> list[dict[str, Any]]:
    with connected(engine) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]

"""Pages of listings, in an order, within a filter and a part of the map: by keyset, the last costs as the first.

Raises ServiceError when PostgreSQL cannot be reached or is not migrated.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Select,
    any_,
    func,
    literal,
    select,
    text,
    tuple_,
)

from immobe.storage.faults import connected
from immobe.storage.history import began
from immobe.storage.queries import EXPORT_COLUMNS
from immobe.storage.search_conditions import DAYS_ON_MARKET, LISTINGS, PRICE_PER_M2_EUR
from immobe.storage.search_terms import Search

_FEW = 4_000
_BY_INDEX = text("SELECT set_config('enable_seqscan', :on, true), set_config('enable_indexscan', :on, true)")
COMPUTED: dict[str, ColumnElement[Any]] = {"price_per_m2_eur": PRICE_PER_M2_EUR, "days_on_market": DAYS_ON_MARKET}
FIELDS = (*EXPORT_COLUMNS, "gone_at", "gone_evidence", *COMPUTED)
"""What a page of listings can tell; the first are those of an export."""


class Order(NamedTuple):
    """What puts listings in order, and its type; `is_reversed` when it grows as what the order is called by falls."""

    by: ColumnElement[Any]
    kind: type[datetime] | type[Decimal] | type[str]
    is_reversed: bool = False


ORDERS = {
    "first_seen_at": Order(LISTINGS.first_seen_at, datetime),
    "last_seen_at": Order(LISTINGS.last_seen_at, datetime),
    # By the day it came, which stays when the days grow; of what is gone, too.
    "days_on_market": Order(began(), datetime, is_reversed=True),
    "price_eur": Order(LISTINGS.price_eur, Decimal),
    "price_per_m2_eur": Order(PRICE_PER_M2_EUR, Decimal),
    "living_area_m2": Order(LISTINGS.living_area_m2, Decimal),
    "land_area_m2": Order(LISTINGS.land_area_m2, Decimal),
    "bedroom_count": Order(LISTINGS.bedroom_count, Decimal),
    "epc_kwh_m2_year": Order(LISTINGS.epc_kwh_m2_year, Decimal),
    "postal_code": Order(LISTINGS.postal_code, str),
}
"""What listings can be put in order by. What a listing lacks puts it last; of equals the id decides."""


class Position(NamedTuple):
    """Where a page ends: what its last listing is ordered by, and its row's id."""

    value: datetime | Decimal | str | None
    id: int


class Page(NamedTuple):
    """Rows by field name, and where the next page begins; None after the last."""

    rows: list[dict[str, Any]]
    last: Position | None


def page(
    engine: Engine, search: Search, *, fields: tuple[str, ...] = FIELDS, limit: int = 50, after: Position | None = None
) -> Page:
    """The first `limit` listings, or those `after` a position of the same search. `fields` are of `FIELDS`."""
    by, _, is_reversed = ORDERS[search.order.removeprefix("-")]
    downwards = search.order.startswith("-") is not is_reversed
    chosen = [_field(name).label(name) for name in fields]
    asked: Select[Any] = select(*chosen, by.label("_by"), LISTINGS.id.label("_id"))
    ends = (by.desc(), LISTINGS.id.desc()) if downwards else (by.asc(), LISTINGS.id.asc())
    rows: list[dict[str, Any]] = []
    with connected(engine) as connection:
        query = _few(connection, search, asked) if search.terms.q else search.narrow(asked)
        for part in _parts(query, by, after, downwards=downwards):
            found = connection.execute(part.order_by(*ends).limit(limit + 1 - len(rows)))
            rows += [dict(row) for row in found.mappings()]
            if len(rows) > limit:
                break
    positions = [Position(row.pop("_by"), row.pop("_id")) for row in rows]
    return Page(rows[:limit], positions[limit - 1] if len(rows) > limit else None)


class Counted(NamedTuple):
    """How many there are; at least so many when it is not exact."""

    n: int
    is_exact: bool


def count(engine: Engine, search: Search, most: int = 10_000) -> Counted:
    """How many listings all pages hold. Above `most` nobody goes on counting."""
    found = search.narrow(select(LISTINGS.id)).limit(most + 1).subquery()
    with connected(engine) as connection:
        n: int = connection.execute(select(func.count()).select_from(found)).scalar_one()
    return Counted(min(n, most), n <= most)


def one(engine: Engine, platform: str, platform_listing_id: str) -> dict[str, Any] | None:
    """All fields of one listing, whatever its stage; None when it is not known."""
    query = select(*(_field(name).label(name) for name in FIELDS)).where(
        LISTINGS.platform == platform, LISTINGS.platform_listing_id == platform_listing_id
    )
    with connected(engine) as connection:
        row = connection.execute(query).mappings().one_or_none()
        return None if row is None else dict(row)


def _few(connection: Connection, search: Search, query: Select[Any]) -> Select[Any]:
    """Of listings with certain words: those alone, when they are few.

    PostgreSQL does not know how long comparing words takes: it would rather compare those of the whole table than look
    a few up in the index.
    """
    connection.execute(_BY_INDEX, {"on": "off"})
    ids = connection.scalars(search.narrow(select(LISTINGS.id)).limit(_FEW + 1)).all()
    connection.execute(_BY_INDEX, {"on": "on"})
    few = LISTINGS.id == any_(literal(ids, ARRAY(BigInteger)))
    return query.where(few) if len(ids) <= _FEW else search.narrow(query)


def _field(name: str) -> ColumnElement[Any]:
    return COMPUTED[name] if name in COMPUTED else LISTINGS[name]


def _parts(
    query: Select[Any], by: ColumnElement[Any], after: Position | None, *, downwards: bool
) -> Iterator[Select[Any]]:
    """First those that have what they are ordered by, then those that lack it, from a position on.

    In one query NULLS LAST would keep PostgreSQL from reading an index backwards.
    """
    lacking = query.where(by.is_(None))
    if after is None:
        yield query.where(by.is_not(None))
        yield lacking
    elif after.value is None:
        yield lacking.where(LISTINGS.id < after.id if downwards else LISTINGS.id > after.id)
    else:
        place, last = tuple_(by, LISTINGS.id), tuple_(after.value, after.id)
        yield query.where(place < last if downwards else place > last)
        yield lacking

"""How many listings each value of a filter would leave, beside the other filters of a search. Raises ServiceError."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, Select, Text, case, cast, func, select, tuple_

from immobe.storage.faults import connected
from immobe.storage.sampling import at_least, found
from immobe.storage.search import Counted
from immobe.storage.search_conditions import LISTINGS, PROVINCE
from immobe.storage.search_terms import Search, SearchTerms

_BEDROOMS = case((LISTINGS.bedroom_count >= 5, "5+"), else_=cast(LISTINGS.bedroom_count, Text))


class Facet(NamedTuple):
    """A value of each listing, and the filters of `SearchTerms` that choose among its values."""

    value: ColumnElement[Any]
    filters: tuple[str, ...]


FACETS = {
    **{
        name: Facet(LISTINGS[name], (name,))
        for name in ("transaction_type", "sale_method", "property_type", "platform", "epc_label", "status")
    },
    "province": Facet(PROVINCE, ("province",)),
    "bedrooms": Facet(_BEDROOMS, ("min_bedroom_count", "max_bedroom_count")),
}
"""`bedrooms` are `0` to `4`, and `5+`; Brussels is among the provinces."""


def counts(engine: Engine, search: Search, most: int = 3_000) -> dict[str, dict[str, Counted]]:
    """{facet of `FACETS`: {value: how many}}. Each is counted as if its own filters were not set; none is 0.

    Where more than `most` are left, they are counted in a sample: what is told then is the least that is likely.
    """
    bases: dict[str, list[str]] = defaultdict(list)
    for name, facet in FACETS.items():
        bases[search.terms.query_string(**dict.fromkeys(facet.filters))].append(name)
    counted: dict[str, dict[str, Counted]] = {}
    with connected(engine) as connection:
        for base, names in bases.items():
            counted.update(_counts(connection, SearchTerms.from_query_string(base), names, most))
    return {name: counted[name] for name in FACETS}


def _counts(connection: Connection, terms: SearchTerms, names: list[str], most: int) -> dict[str, dict[str, Counted]]:
    values = [FACETS[name].value.label(name) for name in names]
    asked = select(*values).where(*terms.conditions())

    def grouped(condition: ColumnElement[bool], limit: int | None) -> Select[Any]:
        """Each facet's groups by themselves; the first facet's tell how many were read."""
        each = list(asked.where(condition).limit(limit).subquery().c)
        sets = func.grouping_sets(*(tuple_(column) for column in each))
        n = case((func.grouping(each[0]) == 0, func.count()), else_=0)
        return select(*each, func.count().label("size"), n.label("n")).group_by(sets)

    rows, _, parts = found(connection, most, grouped)
    return {
        name: {row[at]: at_least(row.size, parts) for row in rows if row[at] is not None}
        for at, name in enumerate(names)
    }

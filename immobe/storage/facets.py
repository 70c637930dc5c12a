"""How many listings each value of a filter would leave, beside the other filters of a search. Raises ServiceError."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Connection, Engine, Text, case, cast, func, literal, select, union_all

from immobe.storage.faults import connected
from immobe.storage.sampling import at_least, in_parts, parts
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


def counts(engine: Engine, search: Search, most: int = 10_000) -> dict[str, dict[str, Counted]]:
    """{facet of `FACETS`: {value: how many}}. Each is counted as if its own filters were not set; none is 0.

    Where more than `most` are left, they are counted in a sample: what is told then is the least that is likely.
    """
    bases: dict[str, list[str]] = defaultdict(list)
    for name, facet in FACETS.items():
        bases[search.terms.query_string(**dict.fromkeys(facet.filters))].append(name)
    found: dict[str, dict[str, Counted]] = {}
    with connected(engine) as connection:
        for base, names in bases.items():
            found.update(_counts(connection, SearchTerms.from_query_string(base), names, most))
    return {name: found[name] for name in FACETS}


def _counts(connection: Connection, terms: SearchTerms, names: list[str], most: int) -> dict[str, dict[str, Counted]]:
    values = [FACETS[name].value.label(name) for name in names]
    asked = select(LISTINGS.id, *values).where(*terms.conditions())
    found = _grouped(connection, asked.limit(most + 1).cte("found"), names)
    if sum(found[names[0]].values()) <= most:
        return {name: {v: Counted(n, is_exact=True) for v, n in each.items() if v} for name, each in found.items()}
    wanted = parts(connection)
    found = _grouped(connection, asked.where(in_parts(wanted)).cte("found"), names)
    return {name: {v: at_least(n, wanted) for v, n in each.items() if v} for name, each in found.items()}


def _grouped(connection: Connection, found: CTE, names: list[str]) -> dict[str, dict[str | None, int]]:
    each = (select(literal(name), found.c[name], func.count()).group_by(found.c[name]) for name in names)
    grouped: dict[str, dict[str | None, int]] = {name: {} for name in names}
    for name, value, n in connection.execute(union_all(*each)):
        grouped[name][value] = n
    return grouped

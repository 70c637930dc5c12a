"""Finds adverts by what a search asks. Made on the first search of a day, from the cheap facts alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from immobe.items import ListingKind, PropertySubtype, PropertyType, Region, SaleMethod, TransactionType
from immobe.replica.advert import units_on
from immobe.replica.core import Core
from immobe.replica.places import places
from immobe.replica.prices import searchable_price
from immobe.replica.schedule import draw_fate
from immobe.replica.window import Window


class Row(NamedTuple):
    advert: int
    """The advert's index in the market."""
    core: Core
    lowest_price: int | None
    highest_price: int | None
    bedrooms: int | None

    @property
    def is_project(self) -> bool:
        return self.core.listing_kind is ListingKind.PROJECT


@dataclass(frozen=True, slots=True)
class Query:
    """What a search asks; an empty set or None asks nothing."""

    property_types: frozenset[PropertyType] = field(default_factory=frozenset)
    transaction: TransactionType | None = None
    subtypes: frozenset[PropertySubtype] = field(default_factory=frozenset)
    only_projects: bool = False
    postal_codes: frozenset[str] = field(default_factory=frozenset)
    provinces: frozenset[str] = field(default_factory=frozenset)
    """Names of provinces, and "brussels"."""
    districts: frozenset[str] = field(default_factory=frozenset)
    regions: frozenset[Region] = field(default_factory=frozenset)
    min_price: int | None = None
    max_price: int | None = None
    min_bedrooms: int | None = None
    max_bedrooms: int | None = None
    sale_methods: frozenset[SaleMethod | None] = field(default_factory=frozenset)
    is_newly_built: bool | None = None
    order: str = "newest"


class SearchIndex:
    """What a portal's search results show: all but the units of projects, which only their project lists."""

    def __init__(self, window: Window, last_page: int) -> None:
        """`last_page`: the portal shows no results behind it."""
        self.window, self.last_page = window, last_page
        self._rows: dict[tuple[PropertyType, TransactionType], list[Row]] | None = None
        self.find = lru_cache(maxsize=128)(self._find)

    def page(self, found: tuple[int, ...], number: int, size: int) -> tuple[int, ...]:
        """What page `number`, from 1 on, shows of what was found, `size` results a page."""
        return found[(number - 1) * size : number * size] if number <= self.last_page else ()

    def _buckets(self) -> dict[tuple[PropertyType, TransactionType], list[Row]]:
        if self._rows is None:
            self._rows = {}
            for index in self.window.present():
                row = self._row(index)
                if row:
                    key = row.core.kind.property_type, row.core.transaction
                    self._rows.setdefault(key, []).append(row)
        return self._rows

    def _row(self, index: int) -> Row | None:
        window, market = self.window, self.window.market
        kind = window.kind(index)
        if kind is ListingKind.UNIT:
            return None
        core = market.core_uncached(index)
        if kind is ListingKind.PROJECT:
            free = [unit for unit in units_on(window.market_day, index) if unit.price is not None]
            prices = [unit.price for unit in free if unit.price is not None]
            rooms = max(unit.core.bedroom_count or 0 for unit in free)
            return Row(index, core, min(prices), max(prices), rooms)
        fate = draw_fate(market.draws("fate", index))
        factor, _ = fate.price_factor(window.day, market.published_day(index))
        price = searchable_price(core, factor)
        if price is not None:
            price += window.price_difference(index)
        return Row(index, core, price, price, core.bedroom_count)

    def _find(self, query: Query) -> tuple[int, ...]:
        """The indexes of what is found: projects first, each part in the order asked for."""
        rows = [row for row in self._candidates(query) if _place_fits(row, query) and _home_fits(row, query)]
        rows.sort(key=_ORDERS.get(query.order, _ORDERS["newest"]))
        rows.sort(key=lambda row: not row.is_project)
        return tuple(row.advert for row in rows)

    def _candidates(self, query: Query) -> Iterable[Row]:
        for (property_type, transaction), rows in self._buckets().items():
            if query.property_types and property_type not in query.property_types:
                continue
            if query.transaction in (None, transaction):
                yield from rows


_ORDERS = {
    "newest": lambda row: -row.advert,
    "relevance": lambda row: -row.advert,
    "cheapest": lambda row: (row.lowest_price or 10**10, row.advert),
    "most_expensive": lambda row: (-(row.highest_price or 0), row.advert),
    "postal_code": lambda row: (row.core.place_number, row.advert),
}


def _place_fits(row: Row, query: Query) -> bool:
    if not (query.postal_codes or query.provinces or query.districts or query.regions):
        return True
    place = places()[row.core.place_number]
    return (
        (not query.postal_codes or place.postal_code in query.postal_codes)
        and (not query.provinces or (place.province or "brussels") in query.provinces)
        and (not query.districts or place.district in query.districts)
        and (not query.regions or place.region in query.regions)
    )


def _home_fits(row: Row, query: Query) -> bool:
    core = row.core
    return (
        (not query.only_projects or row.is_project)
        and (not query.subtypes or (core.kind.subtype in query.subtypes and not row.is_project))
        and (query.is_newly_built is None or core.is_newly_built is query.is_newly_built)
        and (not query.sale_methods or core.sale_method in query.sale_methods)
        and _bounds_fit(row, query)
    )


def _bounds_fit(row: Row, query: Query) -> bool:
    """A price on request is within no bounds; a project counts with its whole range."""
    if query.min_price is not None and (row.highest_price is None or row.highest_price < query.min_price):
        return False
    if query.max_price is not None and (row.lowest_price is None or row.lowest_price > query.max_price):
        return False
    if query.min_bedrooms is not None and (row.bedrooms is None or row.bedrooms < query.min_bedrooms):
        return False
    return query.max_bedrooms is None or (row.bedrooms is not None and row.bedrooms <= query.max_bedrooms)

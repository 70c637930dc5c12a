"""The queries that the product asks again and again, with parameters from the database itself.

`--analyze` of scripts/optimize_database.py explains them, scripts/bench/queries.py measures them. Each is a call of the
function that the product calls: none is written twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import Engine, func, select

from immobe.items import PropertyType, TransactionType
from immobe.market.comparables import compare
from immobe.storage.comparables import Area, left_out, medians
from immobe.storage.coverage import coverage
from immobe.storage.facets import counts
from immobe.storage.faults import connected
from immobe.storage.history import events_of
from immobe.storage.models import ListingRow
from immobe.storage.on_map import on_map
from immobe.storage.queries import counts_by_stage, known_listings, unscraped_listings
from immobe.storage.runs import latest_runs
from immobe.storage.search import ORDERS, Position, count, page
from immobe.storage.search_terms import SearchTerms
from immobe.storage.search_values import Box
from immobe.storage.sweeps import Swept, missed

PAGE, CARDS = 50, 30
_BOX_DEGREES = Decimal("0.05")
_BELGIUM = "2.5,49.4,6.5,51.6"
_WINDOW = timedelta(days=180)
_row = ListingRow.__table__.columns
# What a list shows of a listing.
_OF_A_LIST = (
    "platform", "platform_listing_id", "url", "stage", "status", "transaction_type", "sale_method",
    "property_type", "property_subtype", "price_eur", "price_kind", "price_min_eur", "price_max_eur",
    "previous_price_eur", "bedroom_count", "living_area_m2", "land_area_m2", "epc_label", "street", "house_number",
    "postal_code", "locality", "province", "region", "first_seen_at", "last_seen_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows that the parameters come from, so that they are as frequent as in the market."""

    rows: tuple[Any, ...]
    chance: Random

    def one(self) -> Any:
        return self.chance.choice(self.rows)


@dataclass(frozen=True, slots=True)
class CommonQuery:
    """`ask` sends it with parameters of a sample. One that is not interactive is rare: once a crawl, or seldom."""

    name: str
    ask: Callable[[Engine, Sample], object]
    is_interactive: bool = True
    reads_much: bool = False
    """All of a small table, and a bounded part of a large one."""


def sample(engine: Engine, size: int = 500, seed: int = 1) -> Sample:
    """Rows of listings on the market, spread over the table. Raises ServiceError; ValueError when there are none."""
    chance = Random(seed)  # noqa: S311 - no secret
    names = ("id", "platform", "platform_listing_id", "transaction_type", "property_type", "postal_code", "locality",
             "province", "municipality_nis", "street", "price_eur", "latitude", "longitude",
             "first_seen_at")  # fmt: skip
    with connected(engine) as connection:
        lowest, highest = connection.execute(select(func.min(_row.id), func.max(_row.id))).one()
        if highest is None:
            raise ValueError("there are no listings to ask for")
        ids = {chance.randint(lowest, highest) for _ in range(4 * size)}
        query = select(*(_row[name] for name in names)).where(_row.id.in_(ids), _row.stage == "scraped")
        rows = tuple(connection.execute(query.limit(size)))
    if not rows:
        raise ValueError("there are no scraped listings to ask for")
    return Sample(rows, chance)


def _list(engine: Engine, which: SearchTerms, order: str = "-first_seen_at", after: Position | None = None) -> object:
    return page(engine, which.search(order), fields=_OF_A_LIST, limit=PAGE, after=after)


def _newest(engine: Engine, found: Sample) -> object:
    return _list(engine, SearchTerms())


def _later_page(engine: Engine, found: Sample) -> object:
    row = found.one()
    return _list(engine, SearchTerms(), after=Position(row.first_seen_at, row.id))


def _kind(row: Any) -> SearchTerms:
    return SearchTerms(
        transaction_type=[row.transaction_type],
        property_type=[row.property_type],
        province=[row.province or "brussels"],
    )


def _by_price(engine: Engine, found: Sample) -> object:
    row = found.one()
    return _list(engine, _kind(row).changed(max_price_eur=row.price_eur), "price_eur")


def _rooms(engine: Engine, found: Sample) -> object:
    wanted = _kind(found.one()).changed(min_bedroom_count=3, epc_label=["A", "B"])
    return _list(engine, wanted)


def _rare(engine: Engine, found: Sample) -> object:
    wanted = SearchTerms(
        transaction_type=[TransactionType.RENT], property_type=[PropertyType.INDUSTRIAL], province=["luxembourg"]
    )
    return _list(engine, wanted, "-price_eur")


def _postal_code(engine: Engine, found: Sample) -> object:
    row = found.one()
    wanted = SearchTerms(postal_code=[row.postal_code], transaction_type=[row.transaction_type])
    return _list(engine, wanted)


def _count(engine: Engine, found: Sample) -> object:
    return count(engine, _kind(found.one()).search())


def _count_all(engine: Engine, found: Sample) -> object:
    return count(engine, SearchTerms().search())


def _words(engine: Engine, found: Sample) -> object:
    row = next(row for row in iter(found.one, None) if row.street and row.locality)
    return _list(engine, SearchTerms(q=f"{row.street} {row.locality}"[:100]))


def _place_words(engine: Engine, found: Sample) -> object:
    return _list(engine, SearchTerms(q=next(row for row in iter(found.one, None) if row.locality).locality))


def _any_order(engine: Engine, found: Sample) -> object:
    order = found.chance.choice(list(ORDERS))
    return _list(engine, SearchTerms(), found.chance.choice(["", "-"]) + order)


def _facets(engine: Engine, found: Sample) -> object:
    row = found.one()
    return counts(engine, _kind(row).changed(max_price_eur=row.price_eur).search())


def _all_facets(engine: Engine, found: Sample) -> object:
    return counts(engine, SearchTerms().search())


def _town_map(engine: Engine, found: Sample) -> object:
    row = next(row for row in iter(found.one, None) if row.latitude is not None)
    return on_map(engine, SearchTerms(property_type=[row.property_type], bbox=_around(row)).search(), zoom=13)


def _town_list(engine: Engine, found: Sample) -> object:
    row = next(row for row in iter(found.one, None) if row.latitude is not None)
    return _list(engine, SearchTerms(property_type=[row.property_type], bbox=_around(row)))


def _around(row: Any) -> str:
    south, west = row.latitude - _BOX_DEGREES, row.longitude - _BOX_DEGREES
    return str(Box(south, west, row.latitude + _BOX_DEGREES, row.longitude + _BOX_DEGREES))


def _country_map(engine: Engine, found: Sample) -> object:
    return on_map(engine, SearchTerms(transaction_type=[TransactionType.RENT], bbox=_BELGIUM).search(), zoom=8)


def _country_list(engine: Engine, found: Sample) -> object:
    return _list(engine, SearchTerms(transaction_type=[TransactionType.RENT], bbox=_BELGIUM))


def _history(engine: Engine, found: Sample) -> object:
    row = found.one()
    return events_of(engine, row.platform, row.platform_listing_id)


def _cards(engine: Engine, found: Sample) -> object:
    rows = [found.one() for _ in range(CARDS)]
    return known_listings(engine, rows[0].platform, [row.platform_listing_id for row in rows])


def _municipality(found: Sample) -> Area:
    row = next(row for row in iter(found.one, None) if row.municipality_nis is not None)
    return Area((row.municipality_nis,))


def _compare(engine: Engine, found: Sample) -> object:
    row = found.one()
    return compare(engine, row.platform, row.platform_listing_id, now=datetime.now(UTC), window=_WINDOW)


def _medians(engine: Engine, found: Sample) -> object:
    with connected(engine) as connection:
        return medians(connection, _municipality(found), _since())


def _province(engine: Engine, found: Sample) -> object:
    with connected(engine) as connection:
        return medians(connection, Area(province=found.one().province or "antwerp"), _since())


def _left_out(engine: Engine, found: Sample) -> object:
    with connected(engine) as connection:
        return left_out(connection, _municipality(found), _since())


def _runs(engine: Engine, found: Sample) -> object:
    return latest_runs(engine, silent_seconds=60)


def _waiting(engine: Engine, found: Sample) -> object:
    return next(unscraped_listings(engine, found.one().platform), None)


def _coverage(engine: Engine, found: Sample) -> object:
    with connected(engine) as connection:
        return coverage(connection, found.one().platform, _since())


def _missed(engine: Engine, found: Sample) -> object:
    row = found.one()
    wanted = Swept(row.platform, (row.transaction_type,), (row.property_type,))
    return missed(engine, wanted, datetime.now(UTC) - timedelta(days=30))


def _stages(engine: Engine, found: Sample) -> object:
    return counts_by_stage(engine)


def _since() -> datetime:
    return datetime.now(UTC) - _WINDOW


COMMON_QUERIES = (
    CommonQuery("list, newest first", _newest),
    CommonQuery("list, a later page", _later_page),
    CommonQuery("list, kind and province under a price, cheapest first", _by_price),
    CommonQuery("list, kind and province with three bedrooms and EPC A or B", _rooms),
    CommonQuery("list, a rare kind, dearest first", _rare),
    CommonQuery("list, postal code", _postal_code),
    CommonQuery("list, words of a street and its place", _words, reads_much=True),
    CommonQuery("list, words of a place", _place_words, reads_much=True),
    CommonQuery("list, any order", _any_order),
    CommonQuery("list within a box of a town", _town_list),
    CommonQuery("list within the box of the country", _country_list),
    CommonQuery("count of a kind up to 10,000", _count, reads_much=True),
    CommonQuery("count of everything up to 10,000", _count_all, reads_much=True),
    CommonQuery("facets of a kind and province under a price", _facets, reads_much=True),
    CommonQuery("facets of everything", _all_facets, reads_much=True),
    CommonQuery("map of a town", _town_map, reads_much=True),
    CommonQuery("map of the country", _country_map, reads_much=True),
    CommonQuery("history of a listing", _history),
    CommonQuery("rows of 30 cards (revisits)", _cards),
    CommonQuery("comparables of a home", _compare),
    CommonQuery("medians of a municipality", _medians),
    CommonQuery("what its medians leave out", _left_out),
    CommonQuery("latest runs", _runs),
    CommonQuery("listings that wait", _waiting),
    CommonQuery("medians of a province", _province, is_interactive=False),
    CommonQuery("coverage of a platform", _coverage, is_interactive=False),
    CommonQuery("what a sweep has missed", _missed, is_interactive=False),
    CommonQuery("listings by stage", _stages, is_interactive=False),
)

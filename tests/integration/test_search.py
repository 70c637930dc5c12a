"""Searching: every filter, facets and maps that agree with the list, and pages in every order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args

import pytest
from sqlalchemy import Engine, create_engine, insert, text

from immobe.embedded import ServiceUrls
from immobe.items import Listing, MappedListing, RawListing, RemovedListing, SellerType, Stage
from immobe.replica.load import Synthetic, load
from immobe.storage import sampling, search_conditions
from immobe.storage.facets import FACETS, counts
from immobe.storage.on_map import on_map
from immobe.storage.property_models import PropertyListingRow, PropertyRow
from immobe.storage.schema import migrate
from immobe.storage.search import ORDERS, Counted, Position, count, page
from immobe.storage.search_terms import SearchTerms
from immobe.storage.writer import ListingWriter
from immobe.watchtower.routes.api.listings import Order
from tests.integration.databases import fresh_database

pytestmark = pytest.mark.integration
NOW = datetime.now(UTC)
BELGIUM = "2.5,49.4,6.5,51.6"


@pytest.fixture(scope="module")
def market(services: ServiceUrls) -> Iterator[Engine]:
    with fresh_database(services.database_url) as url:
        migrate(url)
        engine = create_engine(url)
        load(engine, Synthetic(4000, 5, NOW), progress=lambda count: None)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE listings"))
        yield engine
        engine.dispose()


def mapped(number: int, days_ago: float, **values: Any) -> MappedListing:
    fetched = NOW - timedelta(days=days_ago)
    given: dict[str, Any] = {
        "platform": "immoweb",
        "platform_listing_id": f"N{number}",
        "url": f"https://example.org/{number}",
        "mapper_version": "1",
        "fetched_at": fetched,
    }
    record = Listing(**given | values)
    source = RawListing(record.platform, record.platform_listing_id, record.url, {}, fetched, "c" * 32)
    return MappedListing(record, source)


HOME: dict[str, Any] = {
    "street": "Rue de l'Église",
    "house_number": "12",
    "postal_code": "1000",
    "locality": "Bruxelles",
    "municipality_nis": "21004",
    "external_reference": "AB-77/9",
    "seller_name": "Immo Été",
    "seller_type": SellerType.AGENCY,
    "price_eur": Decimal(300_000),
    "living_area_m2": Decimal(100),
    "land_area_m2": Decimal(250),
    "bedroom_count": 3,
    "epc_kwh_m2_year": 180,
    "construction_year": 1960,
    "has_garden": True,
    "has_lift": False,
    "latitude": Decimal("50.85"),
    "longitude": Decimal("4.35"),
}


@pytest.fixture
def home(engine: Engine) -> Engine:
    """One listing that tells much, and one that tells nothing."""
    ListingWriter(engine).write([mapped(1, 10, **HOME), mapped(2, 10)])
    return engine


@pytest.mark.parametrize(
    ("fits", "does_not"),
    [
        ("q=eglise", "q=glise"),
        ("q=Église+rue+12", "q=eglise+13"),
        ("q=1000+BRUX", "q=1000+gent"),
        ("q=brussel", "q=antwerpen"),
        ("q=ab-77", "q=ab-78"),
        ("q=n1", "q=n%25"),
        ("q=immo+ete", "q=immo%25"),
        ("municipality_nis=21004", "municipality_nis=44021"),
        ("seller_type=agency&seller_type=notary", "seller_type=private"),
        ("min_land_area_m2=250&max_land_area_m2=250", "min_land_area_m2=250.1"),
        ("min_price_per_m2_eur=3000&max_price_per_m2_eur=3000", "max_price_per_m2_eur=2999"),
        ("min_bedroom_count=3&max_bedroom_count=3", "max_bedroom_count=2"),
        ("min_epc_kwh_m2_year=180&max_epc_kwh_m2_year=180", "min_epc_kwh_m2_year=181"),
        ("min_construction_year=1960&max_construction_year=1960", "max_construction_year=1959"),
        ("has_garden=true", "has_garden=false"),
        ("has_lift=false", "has_lift=true"),
        ("min_days_on_market=10&max_days_on_market=10&has_garden=true", "max_days_on_market=9"),
        ("bbox=4.35,50.85,4.35,50.85", "bbox=4.36,50.8,4.4,50.9"),
        ("polygon=4.3,50.8;4.4,50.8;4.35,50.9", "polygon=4.3,50.8;4.4,50.8;4.3,50.81"),
        ("polygon=4.35,50.85;4.4,50.8;4.4,50.9", "polygon=4.36,50.8;4.4,50.8;4.4,50.9"),
    ],
)
def test_filters(home: Engine, fits: str, does_not: str) -> None:
    found = page(home, SearchTerms.from_query_string(fits).search(), fields=("platform_listing_id",))
    assert found.rows == [{"platform_listing_id": "N1"}]
    assert count(home, SearchTerms.from_query_string(does_not).search()).n == 0


def ids(engine: Engine, **terms: Any) -> set[str]:
    found = page(engine, SearchTerms(**terms).search(), fields=("platform_listing_id",))
    return {row["platform_listing_id"] for row in found.rows}


def test_prices_that_fell_and_adverts_that_came_back(engine: Engine) -> None:
    writer = ListingWriter(engine)
    writer.write([mapped(n, 60, price_eur=Decimal(300_000)) for n in range(5)])
    writer.write([mapped(1, 5, price_eur=Decimal(290_000)), mapped(2, 40, price_eur=Decimal(290_000))])
    writer.write([mapped(3, 5, price_eur=Decimal(310_000))])
    writer.write([RemovedListing("immoweb", "N4", "https://example.org/4", "http_404", NOW - timedelta(days=20), "c")])
    writer.write([mapped(4, 3, price_eur=Decimal(300_000))])
    assert ids(engine, price_dropped=7) == {"N1"}
    assert ids(engine, price_dropped=45) == {"N1", "N2"}
    assert ids(engine, back_on_market=2) == set()
    assert ids(engine, back_on_market=4) == {"N4"}


def test_of_a_dwelling_only_the_cheapest_advert_that_fits(engine: Engine) -> None:
    prices = {1: 300_000, 2: 290_000, 3: 290_000, 4: None, 5: 100_000}
    adverts = [
        mapped(n, 10 - n, platform="zimmo" if n == 2 else "immoweb", price_eur=price and Decimal(price))
        for n, price in prices.items()
    ]
    for advert in (*adverts, mapped(6, 1)):
        ListingWriter(engine).write([advert])
    with engine.begin() as connection:
        numbers = dict(connection.execute(text("SELECT platform_listing_id, id FROM listings")).all())
        one, other = (connection.execute(insert(PropertyRow).returning(PropertyRow.id)).scalar_one() for _ in range(2))
        rows = [{"listing_id": numbers[f"N{n}"], "property_id": one if n < 5 else other} for n in prices]
        connection.execute(insert(PropertyListingRow), rows)
    assert ids(engine, one_per_property=True) == {"N2", "N5", "N6"}
    assert ids(engine, one_per_property=True, platform=["immoweb"]) == {"N3", "N5", "N6"}
    assert ids(engine, one_per_property=True, min_price_eur=295_000) == {"N1"}


def test_every_order_can_be_asked_for() -> None:
    assert {name.removeprefix("-") for name in get_args(Order)} == set(ORDERS)
    assert len(get_args(Order)) == 2 * len(ORDERS)


@pytest.mark.parametrize("shape", ["bbox={}", "polygon=3,49.4;6.5,50;4.2,51.6;3,51"])
@pytest.mark.parametrize("large", ["0", "100"])
def test_large_shapes_hold_what_small_ones_would(
    market: Engine, shape: str, large: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever way it is asked."""
    terms = SearchTerms.from_query_string(shape.format(BELGIUM))
    with market.connect() as connection:
        query = "SELECT count(*) FROM listings WHERE stage = 'scraped' AND point(longitude, latitude) <@ "
        corners = "(3,49.4),(6.5,50),(4.2,51.6),(3,51)"
        area = f"polygon '({corners})'" if terms.polygon else "box '(2.5,49.4),(6.5,51.6)'"
        expected = connection.scalar(text(query + area))
    monkeypatch.setattr(search_conditions, "_LARGE_DEGREES2", Decimal(large))
    assert count(market, terms.search()).n == expected > 500


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("direction", ["", "-"])
def test_pages_of_every_order_hold_each_listing_once(market: Engine, name: str, direction: str) -> None:
    asked = SearchTerms(postal_code=["9000", "2000", "4000"], stage=[Stage.SCRAPED, Stage.GONE]).search(
        direction + name
    )
    after: Position | None = None
    rows: list[dict[str, Any]] = []
    while True:
        found = page(market, asked, fields=("platform", "platform_listing_id", name), limit=7, after=after)
        rows += found.rows
        after = found.last
        if after is None:
            break
    assert (
        len(rows) == len({(row["platform"], row["platform_listing_id"]) for row in rows}) == count(market, asked).n > 20
    )
    values = [row[name] for row in rows if row[name] is not None]
    assert [row[name] for row in rows] == values + [None] * (len(rows) - len(values))
    if name != "days_on_market":  # of what is gone, the order is that of the day it came
        assert values == sorted(values, reverse=bool(direction))


def test_counting_ends(market: Engine) -> None:
    total = count(market, SearchTerms().search())
    assert total.is_exact
    assert count(market, SearchTerms().search(), most=total.n) == total
    assert count(market, SearchTerms().search(), most=100) == Counted(100, is_exact=False)


SEARCHES = [
    SearchTerms(),
    SearchTerms(transaction_type=["sale"], property_type=["house", "apartment"], min_bedroom_count=2),
    SearchTerms(province=["antwerp"], platform=["zimmo"], max_price_eur=Decimal(400_000), bbox=BELGIUM),
]


def narrowed(terms: SearchTerms, facet: str, value: str) -> SearchTerms:
    """The search with this value chosen, and no other of the facet."""
    if facet != "bedrooms":
        return terms.changed(**{facet: [value]})
    return terms.changed(min_bedroom_count=int(value[0]), max_bedroom_count=None if value == "5+" else int(value))


@pytest.mark.parametrize("terms", SEARCHES)
def test_a_facet_says_what_choosing_it_would_give(market: Engine, terms: SearchTerms) -> None:
    found = counts(market, terms.search())
    assert set(found) == set(FACETS)
    for facet, values in found.items():
        assert values, facet
        for value, counted in values.items():
            assert counted == count(market, narrowed(terms, facet, value).search()), (facet, value)


def test_of_many_a_sample_is_counted(market: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = counts(market, SearchTerms().search())
    monkeypatch.setattr(sampling, "SAMPLED", 800)
    sampled = counts(market, SearchTerms().search(), most=1000)
    for facet, values in exact.items():
        for value, true in values.items():
            told = sampled[facet].get(value, Counted(0, is_exact=False))
            assert not told.is_exact
            assert told.n <= true.n * 1.05, (facet, value)
            assert told.n >= true.n * 0.6 or true.n < 400, (facet, value)


def test_a_map_shows_what_the_list_has(market: Engine) -> None:
    terms = SearchTerms(transaction_type=["sale"], bbox=BELGIUM)
    listed = count(market, terms.search())
    whole = on_map(market, terms.search(), zoom=7)
    assert whole.count == listed
    assert whole.points == []
    assert sum(cluster.size.n for cluster in whole.clusters) == listed.n
    assert len(on_map(market, terms.search(), zoom=10).clusters) > len(whole.clusters) > 5
    for cluster in whole.clusters:
        assert 49.4 <= cluster.latitude <= 51.6
        assert 2.5 <= cluster.longitude <= 6.5
    cheapest = page(market, terms.search("price_eur"), fields=("price_eur",), limit=1).rows[0]["price_eur"]
    assert min(c.min_price_eur for c in whole.clusters if c.min_price_eur is not None) <= cheapest
    every = on_map(market, terms.search(), zoom=7, points=listed.n)
    assert every.clusters == []
    names = {(point.platform, point.platform_listing_id) for point in every.points}
    rows = page(market, terms.search(), fields=("platform", "platform_listing_id"), limit=listed.n).rows
    assert names == {(row["platform"], row["platform_listing_id"]) for row in rows}


def test_a_map_of_many_is_about_right(market: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    terms = SearchTerms(bbox=BELGIUM)
    true = count(market, terms.search()).n
    monkeypatch.setattr(sampling, "SAMPLED", 800)
    shown = on_map(market, terms.search(), zoom=7, most=1000)
    assert shown.count == Counted(1000, is_exact=False)
    assert not any(cluster.size.is_exact for cluster in shown.clusters)
    assert 0.85 * true < sum(cluster.size.n for cluster in shown.clusters) < 1.15 * true


def test_a_map_needs_a_box(market: Engine) -> None:
    with pytest.raises(ValueError, match="box"):
        on_map(market, SearchTerms().search(), zoom=7)

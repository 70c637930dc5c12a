from typing import Any

import pytest

from immobe.items import ListingKind, PropertySubtype, PropertyType, Region, SaleMethod, TransactionType
from immobe.replica.advert import advert_on
from immobe.replica.core import Core
from immobe.replica.market import Market, MarketDay
from immobe.replica.search_index import Query, SearchIndex
from immobe.replica.window import Assortment, Window

HOUSES = frozenset({PropertyType.HOUSE})


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    return SearchIndex(Window(MarketDay(Market(4, 3_000), 10), Assortment("immoweb", differs=False)), 333)


def cores(index: SearchIndex, found: tuple[int, ...]) -> list[Core]:
    return [index.window.market.core(number) for number in found]


def test_everything_but_units_is_found_once(index: SearchIndex) -> None:
    found = index.find(Query())
    market = index.window.market
    expected = {i for i in index.window.present() if market.kind(i) is not ListingKind.UNIT}
    assert len(found) == len(expected)
    assert set(found) == expected


def test_projects_lead_and_the_newest_come_first(index: SearchIndex) -> None:
    kinds = [core.listing_kind for core in cores(index, index.find(Query(HOUSES)))]
    projects = kinds.count(ListingKind.PROJECT)
    assert projects > 5
    assert set(kinds[:projects]) == {ListingKind.PROJECT}
    singles = index.find(Query(HOUSES))[projects:]
    assert list(singles) == sorted(singles, reverse=True)


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ({"transaction": TransactionType.RENT}, lambda c: c.transaction is TransactionType.RENT),
        ({"subtypes": frozenset({PropertySubtype.VILLA})}, lambda c: c.kind.subtype is PropertySubtype.VILLA),
        ({"only_projects": True}, lambda c: c.listing_kind is ListingKind.PROJECT),
        ({"provinces": frozenset({"namur"})}, lambda c: c.place.province == "namur"),
        ({"provinces": frozenset({"brussels"})}, lambda c: c.place.region is Region.BRUSSELS),
        ({"postal_codes": frozenset({"9000", "9040"})}, lambda c: c.place.postal_code in ("9000", "9040")),
        ({"districts": frozenset({"44"})}, lambda c: c.place.municipality_nis.startswith("44")),
        ({"regions": frozenset({Region.WALLONIA})}, lambda c: c.place.region is Region.WALLONIA),
        ({"sale_methods": frozenset({SaleMethod.LIFE_ANNUITY})}, lambda c: c.sale_method is SaleMethod.LIFE_ANNUITY),
        ({"is_newly_built": True}, lambda c: c.is_newly_built),
        ({"min_bedrooms": 4}, lambda c: (c.bedroom_count or 9) >= 4),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_filters_find_all_that_fits_and_nothing_else(index: SearchIndex, asked: dict[str, Any], holds: Any) -> None:
    found = set(index.find(Query(**asked)))
    everything = index.find(Query())
    assert found
    assert all(holds(core) for core in cores(index, tuple(found)))
    if "min_bedrooms" not in asked and "subtypes" not in asked:
        assert not [i for i in everything if i not in found and holds(index.window.market.core(i))]


def test_price_bounds_take_the_price_of_the_day_and_leave_out_what_has_none(index: SearchIndex) -> None:
    found = index.find(Query(HOUSES, TransactionType.SALE, min_price=200_000, max_price=300_000))
    assert found
    for number in found:
        price = advert_on(index.window.market_day, number).price
        low, high = price.lowest or price.main, price.highest or price.main
        if low is not None and high is not None:
            assert high >= 200_000
            assert low <= 300_000
        else:
            assert price.annuity_monthly is not None
    below, above = (index.find(Query(HOUSES, **bound)) for bound in ({"max_price": 250_000}, {"min_price": 250_001}))
    unpriced = [i for i in index.find(Query(HOUSES)) if index.window.market.core(i).is_on_request]
    assert unpriced
    assert set(below) | set(above) == set(index.find(Query(HOUSES))) - set(unpriced)


def test_orders(index: SearchIndex) -> None:
    singles: dict[str, Any] = {"property_types": frozenset({PropertyType.GARAGE}), "transaction": TransactionType.SALE}
    cheap, dear, places = (
        index.find(Query(**singles, order=order)) for order in ("cheapest", "most_expensive", "postal_code")
    )
    prices = [advert_on(index.window.market_day, number).price.main or 0 for number in cheap]
    assert prices == sorted(prices)
    assert sorted(cheap) == sorted(dear) == sorted(places)
    codes = [core.place.postal_code for core in cores(index, places)]
    assert codes == sorted(codes)

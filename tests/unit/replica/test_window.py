"""A portal's part of the market: the same homes, a share of them, nearly as the market knows them."""

import pytest

from immobe.errors import ConfigError
from immobe.items import ListingKind, SaleMethod
from immobe.replica.advert import advert_on
from immobe.replica.immoweb.portal import ImmowebPortal
from immobe.replica.market import Market, MarketDay
from immobe.replica.numbering import Numbering
from immobe.replica.server import Replica
from immobe.replica.window import Assortment, Window

MARKET = Market(5, 2_000)
DAY = MarketDay(MARKET, 3)
SOME = Window(DAY, Assortment("some", share=0.4))


def test_a_share_of_the_market_that_another_portal_draws_anew() -> None:
    taken, other = set(SOME.present()), set(Window(DAY, Assortment("other", share=0.4)).present())
    assert 0.3 < len(taken) / DAY.count < 0.5
    assert SOME.count == len(taken)
    assert taken != other
    assert taken & other


def test_a_project_is_shown_with_all_its_units_or_not_at_all() -> None:
    projects = [i for i in DAY.present() if MARKET.kind(i) is ListingKind.PROJECT]
    assert {SOME.takes(p) for p in projects} == {True, False}
    assert all(SOME.takes(unit) is SOME.takes(p) for p in projects for unit in MARKET.units_of(p))


def test_without_projects_their_units_stand_alone() -> None:
    window = Window(DAY, Assortment("plain", has_projects=False))
    adverts = [window.advert(i) for i in window.present()]
    assert {a.core.listing_kind for a in adverts} == {ListingKind.SINGLE}
    assert {a.project for a in adverts} == {None}
    assert any(MARKET.kind(a.index) is ListingKind.UNIT for a in adverts)


def test_only_what_fits() -> None:
    auctions = Assortment("auctions", fits=lambda m, i: m.core(i).sale_method is SaleMethod.PUBLIC_AUCTION)
    found = list(Window(DAY, auctions).present())
    assert found
    assert all(MARKET.core(i).sale_method is SaleMethod.PUBLIC_AUCTION for i in found)


def test_differences_are_few_and_small() -> None:
    pairs = [(SOME.advert(i), advert_on(DAY, i)) for i in SOME.present()]
    prices = [(a.price.main, b.price.main) for a, b in pairs if a.price.main and b.price.main]
    areas = [(a.building.living_area_m2, b.building.living_area_m2) for a, b in pairs if b.building.living_area_m2]
    assert 0 < sum(a != b for a, b in prices) < 0.1 * len(prices)
    assert all(0 <= a - b <= 3_000 for a, b in prices)
    assert 0 < sum(a != b for a, b in areas) < 0.2 * len(areas)
    assert all(abs((a or 0) - (b or 0)) <= 3 for a, b in areas)
    assert any(a.address.street is None and b.address.street for a, b in pairs)
    assert all(a.core.place == b.core.place and a.external_reference == b.external_reference for a, b in pairs)


@pytest.mark.parametrize("index", [0, 1, 77, 1_999])
def test_numbers_lead_back_to_their_advert(index: int) -> None:
    numbering = Numbering(40_000, 5)
    number = numbering.number(MARKET, index)
    assert numbering.index(MARKET, number) == index
    assert {numbering.index(MARKET, number + other) for other in (1, 2, 3)} <= {None, index + 1}
    assert numbering.index(MARKET, 1) is None


def test_searches_end_where_they_are_told_to() -> None:
    portal = ImmowebPortal(DAY, last_page=2)
    path = "/en/search/house/for-sale"
    assert b"classified_" in portal.reply(path, "page=2").body
    assert b"classified_" not in portal.reply(path, "page=3").body
    # It stops counting just behind its last page, and then tells a number that would still fit.
    assert b':result-count="39"' in portal.reply(path, "").body


def test_the_portals_that_are_asked_for() -> None:
    assert list(Replica(MARKET, platforms=["immoweb"]).portals) == ["immoweb"]
    with pytest.raises(ConfigError, match="no portal 'nowhere'"):
        Replica(MARKET, platforms=["nowhere"])

"""The market holds something of everything, in plausible shares."""

from collections import Counter

import pytest

from immobe.items import ListingKind, MarketStatus, PriceKind, PropertyType, SaleMethod, SellerType
from immobe.replica.advert import Advert, advert_on
from immobe.replica.kinds import KINDS
from immobe.replica.market import Market, MarketDay


@pytest.fixture(scope="module")
def adverts() -> list[Advert]:
    day = MarketDay(Market(1, 6_000), 5)
    return [advert_on(day, index) for index in day.present()]


def share(adverts: list[Advert], count: int) -> float:
    return count / len(adverts)


def test_every_kind_of_property_is_there(adverts: list[Advert]) -> None:
    assert {advert.core.kind.subtype for advert in adverts} == {kind.subtype for kind in KINDS}
    assert {advert.core.kind.property_type for advert in adverts} == set(PropertyType)


def test_every_way_of_selling_and_pricing_is_there(adverts: list[Advert]) -> None:
    assert {advert.core.sale_method for advert in adverts} == {None, *SaleMethod}
    assert {advert.price.kind for advert in adverts} == {None, *PriceKind}
    assert {advert.seller.seller_type for advert in adverts} == set(SellerType)
    assert {advert.core.listing_kind for advert in adverts} == set(ListingKind)
    assert 0.06 < share(adverts, sum(a.status is MarketStatus.UNDER_OPTION for a in adverts)) < 0.12
    assert 0.02 < share(adverts, sum(a.price.previous is not None for a in adverts)) < 0.08


def test_prices_are_those_of_their_kind(adverts: list[Advert]) -> None:
    for advert in adverts:
        price = advert.price
        if advert.core.listing_kind is ListingKind.PROJECT:
            assert price.lowest is not None
            assert price.highest is not None
            assert 20_000 < price.lowest <= price.highest
        elif price.kind is None:
            assert price.main is None
            assert price.annuity_lump_sum or price.annuity_monthly
        elif price.kind is PriceKind.ON_REQUEST:
            assert price.main is None
        else:
            assert price.main is not None
            low, high = (40, 80_000) if price.kind is PriceKind.MONTHLY_RENT else (4_000, 30_000_000)
            assert low <= price.main <= high
            assert price.previous is None or price.previous > price.main


def test_auctions_are_held_by_notaries_and_projects_sold_by_professionals(adverts: list[Advert]) -> None:
    for advert in adverts:
        if advert.core.sale_method is SaleMethod.PUBLIC_AUCTION:
            assert advert.seller.seller_type is SellerType.NOTARY
        if advert.core.listing_kind is not ListingKind.SINGLE:
            assert advert.seller.seller_type in (SellerType.AGENCY, SellerType.DEVELOPER)


def test_private_contacts_ring_nowhere_and_stand_in_some_texts(adverts: list[Advert]) -> None:
    private = [advert for advert in adverts if advert.seller.is_private]
    told = [a for a in private if any(a.seller.phone in text for text in a.descriptions.values())]
    assert 0.05 < share(adverts, len(private)) < 0.15
    assert 0.4 < len(told) / len(private) < 0.7
    for advert in private:
        digits = "".join(c for c in advert.seller.phone if c.isdigit())
        assert digits[-9:-4] == "47000"
        assert advert.seller.email.endswith("@example.invalid")


def test_texts_are_missing_or_awkward_as_often_as_in_life(adverts: list[Advert]) -> None:
    untitled = sum(advert.title is None for advert in adverts)
    undescribed = sum(not advert.descriptions for advert in adverts)
    assert 0.24 < share(adverts, untitled) < 0.32
    assert 0.05 < share(adverts, undescribed) < 0.11
    everything = "".join(text for advert in adverts for text in advert.descriptions.values())
    for awkward in ("};", "</script>", '"', "\\", "✨", "<br>", "<br />", "\t"):
        assert awkward in everything
    languages = Counter(language for advert in adverts for language in advert.descriptions)
    assert set(languages) == {"fr", "nl", "en"}


def test_units_share_the_address_and_the_seller_of_their_project(adverts: list[Advert]) -> None:
    by_index = {advert.index: advert for advert in adverts}
    units = [advert for advert in adverts if advert.project is not None]
    for unit in units:
        project = by_index[unit.project or 0]
        assert unit.address.street == project.address.street
        assert unit.address.latitude == project.address.latitude
        assert unit.seller == project.seller
        assert unit.core.kind.property_type is project.core.kind.property_type
        listed = {entry.index: entry for entry in project.units}[unit.index]
        assert (listed.price, listed.is_available, listed.floor) == (unit.price.main, True, unit.building.floor)
    assert len(units) > 200

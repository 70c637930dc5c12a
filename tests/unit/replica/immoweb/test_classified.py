"""The object of a listing page tells the truth in Immoweb's words."""

import json
from typing import Any

import pytest

from immobe.items import ListingKind, MarketStatus, PriceKind, PropertyType, SaleMethod, SellerType
from immobe.replica.advert import Advert, advert_on
from immobe.replica.immoweb.addresses import index_of, listing_id
from immobe.replica.immoweb.card import card
from immobe.replica.immoweb.classified import classified
from immobe.replica.market import Market, MarketDay

DAY = MarketDay(Market(21, 2_500), 4)
TOP_KEYS = (
    "id cluster customers premiumProjectPage flags media property publication transaction priceType price "
    "externalReference cloudId isBookmarked hasSectionsArray unitGroupings displayFlags statistics"
)


@pytest.fixture(scope="module")
def objects() -> list[tuple[Advert, dict[str, Any]]]:
    adverts = [advert_on(DAY, index) for index in DAY.present()]
    return [(advert, classified(DAY.market, advert, "en")) for advert in adverts]


def keys_of(value: Any, at: str = "") -> set[str]:
    if isinstance(value, dict):
        return {f"{at}.{key}" for key in value}.union(*(keys_of(v, f"{at}.{k}") for k, v in value.items()))
    return set().union(*(keys_of(v, at) for v in value)) if isinstance(value, list) else set()


def test_every_object_has_every_top_key_and_every_property_key(objects: list[tuple[Advert, dict[str, Any]]]) -> None:
    properties = set(objects[-1][1]["property"])
    assert len(properties) == 70
    for _, whole in objects:
        assert list(whole) == TOP_KEYS.split()
        assert set(whole["property"]) == properties


def test_the_newest_keys_are_there(objects: list[tuple[Advert, dict[str, Any]]]) -> None:
    keys = set().union(*(keys_of(whole) for _, whole in objects))
    for key in (
        ".property.salesPitch.isAiGeneratedOrModified",
        ".property.building.hasSyndicator",
        ".property.constructionPermit.hasFirstRefusalRight",
        ".publication.detailedPageVisibility",
        ".transaction.hidePrice",
        ".price.hidePrice",
        ".transaction.sale.newBuildsVATPercentage",
        ".transaction.investor.rentalIncomeDate",
        ".transaction.certificates.renovationObligation",
        ".property.propertyCertificates.primaryEnergyConsumptionLevel",
        ".property.specificities.office.surface",
    ):
        assert key in keys


def test_ids_lead_back_to_their_adverts(objects: list[tuple[Advert, dict[str, Any]]]) -> None:
    for advert, whole in objects:
        assert index_of(DAY.market, whole["id"]) == advert.index
    ids = [whole["id"] for _, whole in objects]
    assert ids == sorted(set(ids))
    assert index_of(DAY.market, 5) is None


def test_prices(objects: list[tuple[Advert, dict[str, Any]]]) -> None:
    seen = set()
    for advert, whole in objects:
        price, kind, deal = whole["price"], whole["price"]["type"], whole["transaction"]
        seen.add(kind)
        if advert.price.kind is PriceKind.ON_REQUEST:
            assert price["hidePrice"] is deal["hidePrice"]
            assert price["hidePrice"] or price["mainValue"] is None
            assert price["mainDisplayPrice"] == ""
        elif kind == "residential_sale":
            assert price["mainValue"] == deal["sale"]["price"] == advert.price.main
            assert price["oldValue"] == deal["sale"]["oldPrice"] == advert.price.previous
            assert whole["flags"]["isNewPrice"] is (advert.price.previous is not None)
        elif kind == "residential_monthly_rent":
            assert deal["sale"] is None
            assert price["mainValue"] == deal["rental"]["monthlyRentalPrice"]
            assert price["additionalValue"] == deal["rental"]["monthlyRentalCosts"]
        elif kind.startswith("annuity"):
            assert deal["sale"]["price"] is None
            assert deal["sale"]["lifeAnnuity"]["lumpSum"] == advert.price.annuity_lump_sum
            assert whole["flags"]["isLifeAnnuitySale"]
    assert seen >= {
        "residential_sale",
        "residential_monthly_rent",
        "group_sale",
        "annuity_monthly_amount",
        "annuity_lump_sum",
        "annuity_without_lump_sum",
    }


def test_projects_list_every_unit_and_sold_ones_have_no_page(objects: list[tuple[Advert, dict[str, Any]]]) -> None:
    sold = 0
    for advert, whole in objects:
        if advert.core.listing_kind is not ListingKind.PROJECT:
            assert whole["cluster"] is None
            continue
        assert whole["property"]["type"] in ("HOUSE_GROUP", "APARTMENT_GROUP")
        assert whole["price"]["mainValue"] is None
        [group] = whole["cluster"]["units"]
        for item in group["items"]:
            index = index_of(DAY.market, item["id"])
            available = item["saleStatus"] == "AVAILABLE"
            assert available == (index is not None and DAY.is_present(index))
            assert available == (item["price"] is not None)
            sold += not available
        assert group["soldCount"] == sum(item["saleStatus"] == "SOLD" for item in group["items"])
        assert whole["cluster"]["minPrice"] <= whole["cluster"]["maxPrice"]
    assert sold > 50


def test_auctions_and_options_and_sellers(objects: list[tuple[Advert, dict[str, Any]]]) -> None:
    for advert, whole in objects:
        is_auction = advert.core.sale_method is SaleMethod.PUBLIC_AUCTION
        assert whole["flags"]["isPublicSale"] is is_auction
        if is_auction:
            assert whole["transaction"]["sale"]["publicSale"]["endDate"].endswith("Z")
            assert "biddit_sale" in whole["displayFlags"]["secondary"]
        under_option = advert.status is MarketStatus.UNDER_OPTION
        assert whole["flags"]["isUnderOption"] is under_option
        assert (whole["displayFlags"]["main"] == "under_option") is under_option
        [customer] = whole["customers"]
        if advert.seller.seller_type is SellerType.PRIVATE:
            assert customer["type"] == "PRIVATE"
            assert customer["mobileNumber"]
            assert customer["ipiNo"] is None


def test_language_changes_the_words_and_not_the_facts() -> None:
    for index in range(40, 80):
        advert = advert_on(DAY, index) if DAY.is_present(index) else None
        if advert is None or advert.core.kind.property_type is PropertyType.LAND:
            continue
        english, french = (classified(DAY.market, advert, language) for language in ("en", "fr"))
        assert english["property"]["location"]["country"] == "Belgium"
        assert french["property"]["location"]["country"] == "Belgique"
        for path in ("flags", "media", "publication", "statistics", "transaction"):
            assert english[path] == french[path]


def test_cards_agree_with_their_pages(objects: list[tuple[Advert, dict[str, Any]]]) -> None:
    for advert, whole in objects[:300]:
        result = card(DAY.market, advert, "en")
        assert result["id"] == whole["id"] == listing_id(DAY.market, advert.index)
        assert result["price"] == whole["price"]
        assert result["flags"] == whole["displayFlags"]
        assert result["property"]["type"] == whole["property"]["type"]
        assert result["property"]["location"]["postalCode"] == whole["property"]["location"]["postalCode"]
        if whole["transaction"]["sale"]:
            assert result["transaction"]["sale"]["price"] == whole["transaction"]["sale"]["price"]


def test_objects_are_plain_json(objects: list[tuple[Advert, dict[str, Any]]]) -> None:
    for _, whole in objects[:200]:
        assert json.loads(json.dumps(whole)) == whole

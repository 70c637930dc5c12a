"""Immovlan's addresses, scopes and payloads."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from immobe.crawling.scopes import parse_scope
from immobe.errors import NotAListing, UnreadablePage
from immobe.geo import postal_codes_of_province
from immobe.parsing import parse_payload
from immobe.platforms import SearchScope, get_platform, platform_of
from immobe.platforms.immovlan import scripts, search

IMMOVLAN = get_platform("immovlan")
PAYLOAD: dict[str, Any] = {
    "id": "vzz00001",
    "layout": "classic",
    "language": "en",
    "header": {"title": "Residence for sale", "price": "250 000 €", "city": "9000 Gent"},
    "data_layer": {
        "property_sub_type": "house",
        "transaction_type": "sale",
        "seller_type": "estateAgents",
        "seller_id": "1",
    },
    "seller": {"name": "Immo Voorbeeld"},
}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://immovlan.be/en/detail/penthouse/for-sale/8400/oostende/RAQ40163", "raq40163"),
        ("https://www.immovlan.be/fr/detail/maison/a-vendre/8480/ichtegem/rbt70221/?utm_source=x#top", "rbt70221"),
        ("https://immovlan.be/fr/detail/vbe34871", "vbe34871"),
        ("https://immovlan.be/nl/projectdetail/1951886-7574316", "1951886-7574316"),
        ("https://immovlan.be/en/real-estate/house/for-sale/schaarbeek", None),
        ("https://immovlan.be/en/directory/detail/immo-voorbeeld/39279", None),
        ("https://example.org/en/detail/vbe34871", None),
    ],
)
def test_listing_ids(url: str, expected: str | None) -> None:
    assert IMMOVLAN.listing_id(url) == expected


def test_addresses_are_canonical_and_the_portal_is_found_by_them() -> None:
    url = "https://www.immovlan.be/en/detail/villa/for-sale/1410/waterloo/VZZ00002/?utm_source=mail#x"
    assert IMMOVLAN.canonical_url(url) == "https://immovlan.be/en/detail/villa/for-sale/1410/waterloo/vzz00002"
    assert platform_of(url) is IMMOVLAN
    assert IMMOVLAN.is_home("https://immovlan.be/fr")


def asked(scope: SearchScope) -> dict[str, str]:
    parts = urlsplit(IMMOVLAN.search_url(scope))
    assert (parts.hostname, parts.path) == ("immovlan.be", "/en/real-estate")
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def test_a_search_for_everything_of_a_type() -> None:
    assert asked(SearchScope("sale", "house")) == {
        "transactiontypes": "for-sale,in-public-sale",
        "propertytypes": "house",
        "noindex": "1",
    }


def test_a_search_for_a_kind_of_business_in_postal_codes_within_a_band() -> None:
    scope = SearchScope("rent", "commercial-building,business-surface", ("1030", "9000"), 500, 2000)
    assert asked(scope) == {
        "transactiontypes": "for-rent,to-share",
        "propertytypes": "business",
        "propertysubtypes": "commercial-building,business-surface",
        "towns": "1030,9000",
        "minprice": "500",
        "maxprice": "2000",
        "noindex": "1",
    }


@pytest.mark.parametrize(("province", "word"), [("west_flanders", "west-flanders"), ("brussels", "brussels")])
def test_a_whole_province_is_asked_by_its_name(province: str, word: str) -> None:
    found = asked(SearchScope("sale", "land", postal_codes_of_province(province)))
    assert (found["provinces"], "towns" in found) == (word, False)


def test_every_scope_has_a_search_that_keeps_its_key() -> None:
    for scope in parse_scope("").searches(IMMOVLAN):
        assert SearchScope.from_key(scope.key) == scope
        assert IMMOVLAN.search_url(scope)


def test_the_object_of_the_advert_is_found_among_others_whatever_it_lacks() -> None:
    visitor = "<script>dataLayer.push({'event': 'gtm.js', 'member_id': null});</script>"
    advert = "<script>dataLayer.push({\n 'vlan_code' : 'vzz00001', 'price': '1'} || {});</script>"
    assert scripts.data_layer(visitor + advert) == {"vlan_code": "vzz00001", "price": "1"}
    assert scripts.data_layer(visitor) == {}
    assert scripts.data_layer(results(1, 1, 2, vlan_codes=["vzz00001"], search_bounding_box={})) == {}
    assert scripts.details("localStore.setItem(STORAGE_KEY_PROPERTY_DETAILS, JSON.stringify({broken") == {}


def results(articles: int, number: int, last_link: int, **layer: Any) -> str:
    cards = "".join(
        f'<article class="v3-search-card" data-url="https://immovlan.be/en/detail/vzz{n:05d}"></article>'
        for n in range(articles)
    )
    links = "".join(
        f'<a class="v3-pagination-btn {"active" if n == number else ""}" href="/en/real-estate?page={n}">{n}</a>'
        for n in (number, last_link)
    )
    found = {"search_page_offset": number, **layer, "page_type": "searchResult"}
    told = f"<script>dataLayer.push({json.dumps(found)} || {{}});</script>" if layer else ""
    return f"<html><body>{cards}{links}{told}</body></html>"


def test_without_a_count_the_links_tell_whether_there_is_more() -> None:
    url = "https://immovlan.be/en/real-estate?propertytypes=house"
    assert IMMOVLAN.read_search(results(20, 1, 3), url).next_page == f"{url}&page=2"
    last = IMMOVLAN.read_search(results(4, 3, 2), f"{url}&page=3")
    assert (last.next_page, last.total, last.is_capped) == (None, None, False)


def test_a_link_to_the_last_page_that_is_shown_means_that_there_may_be_more() -> None:
    url = "https://immovlan.be/en/real-estate?propertytypes=house"
    assert IMMOVLAN.read_search(results(20, 1, 50), url).is_capped
    assert IMMOVLAN.read_search(results(20, 50, 50), f"{url}&page=50").next_page is None


def test_without_an_address_the_page_s_own_link_is_followed() -> None:
    found = IMMOVLAN.read_search(results(20, 1, 2), None)
    assert found.next_page == "https://immovlan.be/en/real-estate?page=2"


@pytest.mark.parametrize("parameter", ["towns=9999-nowhere", "provinces=atlantis"])
def test_a_place_that_is_ignored_is_refused(parameter: str) -> None:
    name, told = parameter.partition("=")[0], {"search_zip_code": None, "search_province": None}
    assert name in ("towns", "provinces")
    with pytest.raises(UnreadablePage, match=f"ignored {name}"):
        search.must_be_the_place(f"https://immovlan.be/en/real-estate?{parameter}", told)
    search.must_be_the_place("https://immovlan.be/en/real-estate?propertytypes=house", told)
    search.must_be_the_place(
        f"https://immovlan.be/en/real-estate?{parameter}", {"search_zip_code": ["9000"], "search_province": ["x"]}
    )


def test_a_page_that_is_no_search_page_names_what_it_lacks() -> None:
    with pytest.raises(NotAListing, match="v3-search-card"):
        IMMOVLAN.read_search("<html><body></body></html>", None)


def test_results_without_a_known_card_are_no_empty_page() -> None:
    page = "<html><body><div class='v3-search-result-count'>45 results (21 - 40)</div></body></html>"
    with pytest.raises(UnreadablePage) as error:
        IMMOVLAN.read_search(page, "https://immovlan.be/en/real-estate?page=2")
    assert error.value.reason == "results_without_cards"


def test_a_bare_object_is_read_and_keeps_or_makes_its_address() -> None:
    assert IMMOVLAN.read_listing(json.dumps(PAYLOAD)) == PAYLOAD
    assert IMMOVLAN.listing_url(PAYLOAD) == "https://immovlan.be/en/detail/vzz00001"
    assert IMMOVLAN.listing_url(
        {**PAYLOAD, "url": "https://immovlan.be/en/detail/villa/for-sale/1410/waterloo/vzz00009"}
    )
    assert IMMOVLAN.listing_url({"id": "1951886-7574316"}) == "https://immovlan.be/en/projectdetail/1951886-7574316"
    for wrong in ({}, {"id": 5, "data_layer": {}}, {"id": "vzz00001"}):
        with pytest.raises(NotAListing):
            IMMOVLAN.read_listing(json.dumps(wrong))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"price": "From 250 000 €"}, ("from", 250000)),
        ({"price": ""}, ("on_request", None)),
        ({"price": "Prix sur demande"}, ("on_request", None)),
        ({"price": "12 000 € / an"}, (None, None)),
        ({}, (None, 260000)),
    ],
)
def test_what_the_header_says_of_the_price(header: dict[str, str], expected: tuple[str | None, int | None]) -> None:
    layer = {**PAYLOAD["data_layer"], "price": "260000.00", "zip_code": "9000"}
    listing = parse_payload("immovlan", {**PAYLOAD, "header": header, "data_layer": layer}).listing
    assert listing is not None
    assert (listing.price_kind, listing.price_eur) == expected


@pytest.mark.parametrize(
    ("badge", "status"),
    [("Option", "under_option"), ("Sold", "sold"), ("Rented", "rented"), ("Offline", "withdrawn"), (None, "available")],
)
def test_badges(badge: str | None, status: str) -> None:
    header = {**PAYLOAD["header"], **({"status": badge} if badge else {})}
    listing = parse_payload("immovlan", {**PAYLOAD, "header": header}).listing
    assert listing is not None
    assert listing.status == status


def test_a_badge_that_nobody_knows_and_a_page_that_was_only_reported_leave_the_status_open() -> None:
    unknown = parse_payload("immovlan", {**PAYLOAD, "header": {**PAYLOAD["header"], "status": "Paused"}}).listing
    reported = parse_payload("immovlan", {**PAYLOAD, "layout": "v3"}).listing
    assert unknown is not None
    assert reported is not None
    assert (unknown.status, unknown.missing["status"], unknown.raw["status"]) == (None, "not_parsed", "Paused")
    assert reported.status is None


@pytest.mark.parametrize("seller_type", ["private", None, "estateAgents,private", "somebodyElse"])
def test_of_a_seller_who_is_not_known_to_be_a_professional_nothing_is_kept(seller_type: str | None) -> None:
    payload = {
        **PAYLOAD,
        "reference": "Particulier Test",
        "seller": {"name": "Particulier Test", "id": "77"},
        "linked": {"agent": "Particulier Test", "locality": "Gent"},
        "description": "Bel Particulier Test, 0470 00 00 01 of p@example.invalid",
        "data_layer": {**PAYLOAD["data_layer"], "seller_type": seller_type, "seller_id": "77"},
    }
    kept = json.dumps(IMMOVLAN.without_private_data(payload))
    assert [secret for secret in ("Particulier", "0470", "p@example", "77") if secret in kept] == []
    assert "Gent" in kept
    assert payload["seller"] == {"name": "Particulier Test", "id": "77"}, "the original is untouched"


def test_a_professional_is_kept() -> None:
    assert IMMOVLAN.without_private_data(PAYLOAD) == PAYLOAD
    listing = parse_payload("immovlan", PAYLOAD).listing
    assert listing is not None
    assert (listing.seller_type, listing.seller_name, listing.seller_id) == ("agency", "Immo Voorbeeld", "1")

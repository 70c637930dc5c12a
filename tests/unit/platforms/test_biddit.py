"""Biddit: where a lot may lie in a page, what a lot of several properties is, sitemaps, and what a search is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from immobe.crawling.scopes import parse_scope
from immobe.errors import NotAListing, PageError, UnreadablePage
from immobe.parsing import Parsed, parse_page, parse_payload
from immobe.platforms import SearchScope, get_platform
from tests.captures.damage import bounded, check, damaged

BIDDIT = get_platform("biddit")
URL = "https://www.biddit.be/fr/catalog/detail/300001"
CASES = Path(__file__).parents[2] / "platforms" / "biddit"
HOUSE = {"propertyType": "HOUSE", "address": {"postalCode": "9000"}}
AT_FIRST = {"startingPrice": None, "initialStartingPrice": 90000}
LOT = {"referenceCode": "300001", "handlingMethod": "ONLINE_PUBLIC_SALE", "startingPrice": 1000, "properties": [HOUSE]}


def page(script: str) -> str:
    return f"<!DOCTYPE html><html><body><app-root></app-root>{script}</body></html>"


def record(**lot: Any) -> dict[str, Any]:
    listing = parse_payload("biddit", {**LOT, **lot}).listing
    assert listing is not None
    return listing.model_dump(mode="json")


@pytest.mark.parametrize(
    "script",
    [
        f'<script id="ng-state" type="application/json">{json.dumps({"a": [{"body": LOT}]})}</script>',
        f'<script id="serverApp-state" type="application/json">{json.dumps(LOT).replace(chr(34), "&q;")}</script>',
        f'<script id="__NEXT_DATA__" type="application/json">{json.dumps({"props": {"pageProps": LOT}})}</script>',
        f'<script type="application/json">{{"x</script><script type="application/json">{json.dumps(LOT)}</script>',
        f"<script>window.__INITIAL_STATE__ = {json.dumps({'lot': LOT})};</script>",
        f"<script>window.__PRELOADED_STATE__={json.dumps({'lot': LOT})};</script>",
    ],
)
def test_the_forms_that_are_read(script: str) -> None:
    assert BIDDIT.read_listing(page(script), URL) == LOT
    assert parse_page("biddit", page(script), url=URL).valid


def test_a_page_without_a_lot_names_what_it_lacks() -> None:
    for body in ("", '<script type="application/ld+json">{"@type": "Thing"}</script>', "<script>var a = 1</script>"):
        with pytest.raises(NotAListing, match="script#ng-state") as caught:
            BIDDIT.read_listing(page(body), URL)
        assert caught.value.reason == "element_missing"


def test_of_several_lots_the_one_of_the_address_is_taken() -> None:
    others = [{**LOT, "referenceCode": number} for number in ("300002", "300001", "300003")]
    found = page(f'<script id="ng-state" type="application/json">{json.dumps(others)}</script>')
    assert BIDDIT.read_listing(found, URL)["referenceCode"] == "300001"
    with pytest.raises(NotAListing) as caught:
        BIDDIT.read_listing(found, URL.replace("300001", "300009"))
    assert caught.value.reason == "another_lot"
    with pytest.raises(NotAListing):
        BIDDIT.read_listing(found)


@pytest.mark.parametrize("prefix", ["/fr", "/nl", "/en", "/de", ""])
def test_every_language_has_one_canonical_address(prefix: str) -> None:
    assert BIDDIT.canonical_url(f"https://www.biddit.be{prefix}/catalog/detail/300001/?a=b") == URL
    assert BIDDIT.listing_id(f"https://www.biddit.be{prefix}/catalog/detail/300001") == "300001"
    assert BIDDIT.listing_id("https://www.biddit.be/fr/search") is None


def test_every_search_is_the_sitemap_and_nothing_is_let() -> None:
    searches = list(parse_scope("type=house,apartment province=namur price=1-2").searches(BIDDIT))
    assert searches == [SearchScope("sale", "all")]
    assert BIDDIT.search_url(searches[0]) == "https://www.biddit.be/stg/eco/fr_sitemap_1.xml"
    assert not list(parse_scope("transaction=rent").searches(BIDDIT))


def sitemap(*locations: str) -> str:
    urls = "".join(f"<url><loc>{location}</loc></url>" for location in locations)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


def test_sitemaps_follow_one_another_while_they_hold_lots() -> None:
    first = BIDDIT.read_search(
        sitemap(URL, URL, "https://www.biddit.be/fr/faq"), f"{URL[:21]}/stg/eco/fr_sitemap_1.xml"
    )
    assert [card["platform_listing_id"] for card in first.cards] == ["300001"]
    assert (first.next_page, first.total) == ("https://www.biddit.be/stg/eco/fr_sitemap_2.xml", 1)
    second = BIDDIT.read_search(sitemap(URL), first.next_page)
    assert (second.next_page, second.total) == ("https://www.biddit.be/stg/eco/fr_sitemap_3.xml", None)
    assert BIDDIT.read_search(sitemap(), second.next_page).next_page is None
    with pytest.raises(UnreadablePage, match="cut off"):
        BIDDIT.read_search(sitemap(URL)[:-12], None)
    with pytest.raises(NotAListing, match="urlset"):
        BIDDIT.read_search("<html><body>maintenance</body></html>", None)


@pytest.mark.parametrize(
    ("method", "amounts", "expected"),
    [
        ("ONLINE_PUBLIC_SALE", {"startingPrice": 1.0}, ("public_auction", None, None)),
        ("ONLINE_PUBLIC_SALE", AT_FIRST, ("public_auction", 90000, "starting_bid")),
        ("ONLINE_PRIVATE_SALE", {"startingPrice": None, "sellingPrice": 240000.0}, ("private_treaty", 240000, "from")),
        ("MUTUAL_AGREEMENT", {"startingPrice": None, "sellingPrice": 250000.0}, ("private_treaty", 250000, "asking")),
        ("MUTUAL_AGREEMENT", {"startingPrice": None, "sellingPrice": 1}, ("private_treaty", None, "on_request")),
        ("VIAGER", {"startingPrice": 70000}, ("life_annuity", None, None)),
        ("SOMETHING_NEW", {}, (None, None, None)),
        (None, {"publicSaleStatus": "CURRENT"}, ("public_auction", 1000, "starting_bid")),
    ],
)  # fmt: skip
def test_how_it_is_sold_decides_what_a_price_is(
    method: str | None, amounts: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    got = record(handlingMethod=method, **amounts)
    assert (got["sale_method"], got["price_eur"], got["price_kind"]) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"publicSaleStatus": "CURRENT"}, "available"),
        ({"publicSaleStatus": "CURRENT", "withdrawn": True}, "withdrawn"),
        ({"soldTimestamp": "2026-11-01T00:00:00Z"}, "sold"),
        ({"publicSaleStatus": "SOMETHING_NEW"}, None),
        ({}, None),
    ],
)
def test_status(state: dict[str, Any], expected: str | None) -> None:
    assert record(**state)["status"] == expected


@pytest.mark.parametrize(
    ("code", "key", "value", "label"),
    [
        ("1000", "energeticClassRBC", "CLASS_D_M", "D"),
        ("1000", "energeticClassRBC", "CLASS_A_PLUS", "A"),
        ("4000", "energeticClassRW", "CLASS_A_PLUS", "A+"),
        ("9000", "energeticClassRF", "CLASS_F", "F"),
        ("9000", "energeticClassRf", "CLASS_C", "C"),
        ("9000", "energeticClassRW", "CLASS_G", None),  # another region's scale
        ("4000", "energeticClassRW", "NO_CLASS", None),
    ],
)
def test_the_energy_class_is_that_of_the_lot_s_own_region(code: str, key: str, value: str, label: str | None) -> None:
    home = {**HOUSE, "address": {"postalCode": code}}
    assert record(properties=[{**home, "utilities": {key: value}}])["epc_label"] == label
    assert record(properties=[{**home, key: value}])["epc_label"] == label


def test_a_house_with_land_and_a_garage_is_a_house() -> None:
    land = {**HOUSE, "propertyType": "LAND", "terrainSurface": 500}
    garage = {**HOUSE, "propertyType": "GARAGE", "livingSurfaceArea": 15}
    house = {**HOUSE, "livingSurfaceArea": 150, "numberOfBedrooms": 3, "terrainSurface": 300}
    got = record(properties=[garage, land, house])
    assert (got["property_type"], got["living_area_m2"], got["bedroom_count"]) == ("house", 150, 3)
    assert (got["land_area_m2"], got["has_garage"]) == (800, True)


def test_what_one_of_two_homes_does_not_state_is_unknown() -> None:
    flats = [{**HOUSE, "propertyType": "APARTMENT", "livingSurfaceArea": 70, "constructionYear": 1960}]
    flats.append({**HOUSE, "propertyType": "APARTMENT", "numberOfBedrooms": 2, "constructionYear": 1990})
    got = record(properties=flats)
    assert (got["living_area_m2"], got["bedroom_count"], got["construction_year"]) == (None, None, None)
    assert got["missing"]["construction_year"] == "not_parsed"
    assert got["raw"]["construction_year"] == "1960, 1990"


def test_a_point_at_zero_is_none() -> None:
    assert record(properties=[{**HOUSE, "geoLocation": {"lat": 0, "lng": 0.0}}])["latitude"] is None
    got = record(properties=[{**HOUSE, "geoLocation": {"lat": 51.05, "lng": 3.72}}])
    assert (got["latitude"], got["longitude"]) == (51.05, 3.72)
    got = record(properties=[{**HOUSE, "geoLocation": {"lat": "51.054", "lng": "3,725"}}])
    assert (got["latitude"], got["longitude"]) == (51.054, 3.725)


def lots() -> list[Any]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(CASES.glob("*/page.html"))]
    found = []
    for text in texts:
        try:
            found.append(BIDDIT.read_listing(text))
        except PageError:
            continue
    return found


@bounded
@given(damaged(lots()))
def test_damaged_lots_give_a_record_or_reasons(payload: Any) -> None:
    check(parse_payload("biddit", payload))


@bounded
@given(damaged(lots()))
def test_damaged_lots_in_pages_give_a_record_or_reasons(payload: Any) -> None:
    text = json.dumps(payload, default=str).encode("utf-8", "replace").decode()
    result: Parsed = parse_page("biddit", page(f'<script id="ng-state" type="application/json">{text}</script>'))
    check(result)

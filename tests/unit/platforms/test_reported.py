"""Realo, 2dehands/2ememain, Trevi and sites like it: addresses, searches, and pages that differ from the reports."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from immobe.crawling.scopes import parse_scope
from immobe.errors import NotAListing, PageError, UnreadablePage
from immobe.parsing import parse_page, parse_payload
from immobe.platforms import Platform, SearchScope, get_platform
from immobe.platforms.base import Evidence
from immobe.platforms.whise import WhiseSite
from spiders.realo import RealoSpider

REALO, TREVI, TWEDEHANDS = (get_platform(name) for name in ("realo", "trevi", "twedehands"))
CASES = Path(__file__).parents[2] / "platforms"
NAMES = ("realo", "trevi", "twedehands")


def case(platform: str, name: str) -> tuple[str, str]:
    """Page and address of a golden case."""
    folder = CASES / platform / name
    return (folder / "page.html").read_text("utf-8"), json.loads((folder / "page.meta.json").read_text())["url"]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_confirms_these_platforms_yet(name: str) -> None:
    assert get_platform(name).evidence is Evidence.REPORTED


@pytest.mark.parametrize(
    ("url", "listing_id"),
    [
        ("https://www.realo.be/en/veldstraat-1-9000-gent/123456?l=480038643", "480038643"),
        ("https://www.realo.be/fr/7090-braine-le-comte/5207953?utm=x&l=1626355765#top", "1626355765"),
        ("https://www.realo.be/en/veldstraat-1-9000-gent/123456", None),
        ("https://www.realo.be/en/veldstraat-1-9000-gent/123456?l=abc", None),
        ("https://www.realo.be/en/search/for-sale?l=480038643", None),
        ("https://www.realo.be.evil.example/en/veldstraat-1-9000-gent/123456?l=480038643", None),
        ("https://www.trevi.be/fr/bien/7222927/41/maison/La%20Hulpe", "7222927"),
        ("https://www.trevi.be/fr/bien/7222927", "7222927"),
        ("https://www.trevi.be/fr/acheter-bien-immobilier/maisons?purpose=0", None),
        ("https://www.2dehands.be/v/immo/huizen-en-appartementen-te-koop/m2100000101-huis", "2100000101"),
        ("https://www.2ememain.be/v/immo/maisons/m2100000101-maison?x=1", "2100000101"),
        ("https://www.2dehands.be/v/immo/buitenland/m2100000101-villa", None),
        ("https://www.2ememain.be/v/immo/etranger/m2100000101-villa", None),
        ("https://www.2dehands.be/v/tuin-en-terras/hekken/m2100000101-poort", None),
    ],
)
def test_a_listing_is_known_by_its_address(url: str, listing_id: str | None) -> None:
    assert next((p.listing_id(url) for p in (REALO, TREVI, TWEDEHANDS) if p.owns(url)), None) == listing_id


def test_a_home_of_realo_has_one_address_whatever_its_language() -> None:
    url = "https://www.realo.be/nl/veldstraat-1-9000-gent/123456/?utm=x&l=480038643"
    assert REALO.canonical_url(url) == "https://www.realo.be/en/veldstraat-1-9000-gent/123456?l=480038643"


def test_a_telephone_number_in_an_address_is_left_out() -> None:
    root = "https://www.2dehands.be/v/immo/huizen-en-appartementen-te-koop"
    assert TWEDEHANDS.canonical_url(f"{root}/m2100000102-huis-bel-0470-00-00-52?x=1") == f"{root}/m2100000102"
    assert TWEDEHANDS.canonical_url(f"{root}/m2100000102-huis-9000-gent") == f"{root}/m2100000102-huis-9000-gent"


@pytest.mark.parametrize(
    ("name", "scope", "urls"),
    [
        (
            "realo",
            "type=house transaction=sale postal_code=4000,9000 price=-300000",
            [
                "https://www.realo.be/en/search/house/for-sale/liege-4000?priceMax=300000&page=1",
                "https://www.realo.be/en/search/house/for-sale/gent-9000?priceMax=300000&page=1",
            ],
        ),
        ("realo", "type=land", []),
        (
            "trevi",
            "type=apartment transaction=rent postal_code=1050 price=500-",
            [
                "https://www.trevi.be/fr/louer-bien-immobilier/appartements"
                "?purpose=1&estatecategory=2&zips[]=1050_Bruxelles&minprice=500"
            ],
        ),
        ("twedehands", "province=namur", ["https://www.2dehands.be/l/immo/huizen-en-appartementen-te-koop/"]),
        ("twedehands", "transaction=rent", []),
    ],
)
def test_a_scope_is_asked_as_the_portal_can_be(name: str, scope: str, urls: list[str]) -> None:
    platform = get_platform(name)
    assert [platform.search_url(search) for search in parse_scope(scope).searches(platform)] == urls


def test_parts_of_a_search_that_is_not_shown_whole_name_one_place_each() -> None:
    spider = RealoSpider(scope="type=house transaction=sale postal_code=9000,9040")
    key = "sale house - -"
    url = REALO.search_url(SearchScope.from_key(key))
    page, _ = case("realo", "search_with_a_next_page")
    crowded = page.replace("2.039", "9.999.999")
    response = HtmlResponse(url, body=crowded.encode(), request=Request(url, meta={"correlation_id": "c"}))
    asked = [r.url for r in spider.parse_search(response, key) if isinstance(r, Request) and "/search/" in r.url]
    assert len(asked) == len(set(asked)) > 1000
    assert all(re.search(r"/[a-z-]+-\d{4}\?", address) for address in asked)


@pytest.mark.parametrize("forbidden", ["/lrp/api", "/lp/api", "suggest.json"])
def test_no_service_is_ever_asked(forbidden: str) -> None:
    for name in NAMES:
        platform = get_platform(name)
        urls = [platform.search_url(search) for search in parse_scope("").searches(platform)]
        page, url = case(name, "search_with_a_next_page")
        found = platform.read_search(page, url)
        assert urls
        assert not [u for u in (*urls, str(found.next_page), *(c["url"] for c in found.cards)) if forbidden in u]


@pytest.mark.parametrize(
    ("name", "listing", "element", "told"),
    [
        ("realo", "house_for_sale_english", 'class="address"', "h1.address"),
        ("realo", "house_for_sale_english", 'class="type"', "div.type"),
        ("realo", "house_for_sale_english", 'class="name"', "td.name"),
        ("trevi", "house_for_sale", "bien--details", "div.bien--details"),
        ("trevi", "house_for_sale", "<td>Prix</td>", "the price or the rent"),
        ("twedehands", "house_for_sale", "window.__CONFIG__", "window.__CONFIG__"),
        ("twedehands", "house_for_sale", '"listing"', "__CONFIG__.listing"),
        ("twedehands", "house_for_sale", '"priceInfo"', "priceInfo"),
        ("twedehands", "house_for_sale", '"title"', "__CONFIG__.listing.title"),
    ],
)
def test_a_page_that_differs_is_refused_and_the_element_named(name: str, listing: str, element: str, told: str) -> None:
    page, url = case(name, listing)
    assert element in page
    with pytest.raises(NotAListing) as refused:
        get_platform(name).read_listing(page.replace(element, "gone"), url)
    assert refused.value.reason == "element_missing"
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("name", "element", "told"),
    [
        ("realo", "totalResultsContainer", "totalResultsContainer"),
        ("realo", "componentEstate", "componentEstateGridItem"),
        ("realo", "?l=", "?l="),
        ("trevi", "/fr/bien/", "liste_biens"),
        ("twedehands", "hz-Listing", ".hz-Listing"),
        ("twedehands", "/v/", "/v/"),
    ],
)
def test_a_search_page_that_differs_is_refused(name: str, element: str, told: str) -> None:
    page, url = case(name, "search_with_a_next_page")
    changed = page.replace(element, "gone").replace("liste_biens", "gone")
    with pytest.raises((NotAListing, UnreadablePage), match=re.escape(told)):
        get_platform(name).read_search(changed, url)


def read_id(platform: Platform, page: str, url: str) -> str | None:
    """The id of the listing that the page holds, or the reason why it holds none."""
    try:
        return platform.payload_id(platform.read_listing(page, url))
    except PageError as error:
        return error.reason


@pytest.mark.parametrize(
    ("name", "listing", "now", "then"),
    [
        ("realo", "house_for_sale_english", "/7000101?l=480000101", "/7000102?l=480000199"),
        ("trevi", "house_for_sale", "/fr/bien/7200101", "/fr/bien/7200109"),
        ("twedehands", "house_for_sale", "m2100000101", "m2100000109"),
    ],
)
def test_another_listings_page_is_not_taken_for_this_one(name: str, listing: str, now: str, then: str) -> None:
    platform = get_platform(name)
    page, url = case(name, listing)
    damaged = page.replace(now, then)
    assert damaged != page
    assert read_id(platform, damaged, url) != platform.listing_id(url)


def test_a_page_of_2dehands_that_cannot_be_read_leaves_no_words() -> None:
    page, _ = case("twedehands", "page_without_its_object")
    kept = TWEDEHANDS.scrub_page(page)
    assert "p" in kept.split()
    assert [word for word in ("Particulier", "0470", "advertentie") if word in kept] == []
    assert "li.hz-Listing" in TWEDEHANDS.scrub_page(case("twedehands", "search_last_page")[0])
    assert TWEDEHANDS.scrub_page("") == ""


@pytest.mark.parametrize("kind", ["NEW_KIND", None, 7, ["FIXED"]])
def test_a_price_of_an_unknown_kind_is_not_believed(kind: Any) -> None:
    page, url = case("twedehands", "house_for_sale")
    payload = TWEDEHANDS.read_listing(page, url)
    payload["priceInfo"]["priceType"] = kind
    listing = parse_page("twedehands", json.dumps(payload)).listing
    assert listing is not None
    assert listing.price_eur is None


def test_the_object_of_a_page_gives_the_same_record_again() -> None:
    for name, listing in (
        ("realo", "flat_to_rent_french"),
        ("trevi", "flat_to_rent"),
        ("twedehands", "house_for_sale"),
    ):
        page, url = case(name, listing)
        platform = get_platform(name)
        stored = json.dumps(platform.without_private_data(platform.read_listing(page, url)))
        first, again = (parse_page(name, text).listing for text in (page, stored))
        assert first is not None
        assert again is not None
        assert again.model_dump(exclude={"fetched_at"}) == first.model_dump(exclude={"fetched_at"})


@pytest.mark.parametrize("name", NAMES)
def test_no_damage_to_a_page_is_a_crash(name: str) -> None:
    """Pieces cut out, doubled or swapped anywhere: a record, or an error with a reason."""
    draws = random.Random(name)
    pages = [case(name, folder.name) for folder in sorted((CASES / name).iterdir())]
    for _ in range(300):
        page, url = draws.choice(pages)
        start, length = draws.randrange(max(1, len(page))), draws.randrange(1, 200)
        piece = draws.choice(("", page[start : start + length] * 2, '"', "<td>", "\x00", "{", "9" * 40, "\\ud800"))
        damaged = page[:start] + piece + page[start + length :]
        parsed = parse_page(name, damaged, url=url)
        assert parsed.listing is not None or parsed.reasons
        with suppress(PageError):
            get_platform(name).read_search(damaged, url)


JUNK = (None, True, 0, -1, 1e300, "", "x" * 9000, "\x00\ud800", [], [None], [["a"]], {}, {"a": {"b": []}}, 10**400)


@pytest.mark.parametrize("name", NAMES)
def test_no_object_however_odd_is_a_crash(name: str) -> None:
    platform, draws = get_platform(name), random.Random(f"{name} objects")
    pages = [case(name, folder.name) for folder in sorted((CASES / name).iterdir())]
    objects = [made for page, url in pages if isinstance(made := read_object(platform, page, url), dict)]
    assert len(objects) > 3
    for _ in range(600):
        payload = json.loads(json.dumps(draws.choice(objects)))
        node, key = draws.choice([*places_in(payload)])
        node[key] = draws.choice(JUNK)
        parsed = parse_payload(name, payload)
        assert parsed.listing is not None or parsed.reasons
        assert parsed.listing is None or parsed.listing.model_dump_json()


def test_a_point_with_three_decimals_is_no_thousands() -> None:
    page, url = case("realo", "house_for_sale_english")
    listing = parse_page("realo", page.replace("[50.9241, 3.9213]", "[50.924, 3.921]"), url=url).listing
    assert listing is not None
    assert (str(listing.latitude), str(listing.longitude)) == ("50.924", "3.921")


def read_object(platform: Platform, page: str, url: str) -> dict[str, Any] | None:
    with suppress(PageError):
        return platform.read_listing(page, url)
    return None


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a JSON value with every key or index of it."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places_in(value[key])


class Example(WhiseSite):
    """A second site on the same software: what is particular to it, and no more."""

    name = "example"
    hosts = ("www.agency.example",)
    seller_name = "Agency Example"


def test_a_second_site_is_a_few_lines() -> None:
    site = Example()
    page, url = (text.replace("www.trevi.be", "www.agency.example") for text in case("trevi", "house_for_sale"))
    payload = site.read_listing(page, url)
    assert payload["seller"]["name"] == "Agency Example"
    assert site.listing_url(payload) == "https://www.agency.example/fr/bien/7200101/41/maison/La%20Hulpe"
    search, address = (text.replace("www.trevi.be", "www.agency.example") for text in case("trevi", "search_last_page"))
    [card] = site.read_search(search, address).cards
    assert card["url"] == "https://www.agency.example/fr/bien/7200102/12/appartement/Ixelles"
    assert site.search_url(SearchScope("sale", "maisons")).startswith("https://www.agency.example/fr/acheter-")
    assert TREVI.listing_id(url) is None

"""Addresses, pages and search results of the Immoweb portal, without a server."""

import html
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from immobe.items import ListingKind
from immobe.replica.advert import advert_on
from immobe.replica.immoweb.addresses import ROOT, listing_id, listing_path, listing_url, sold_unit_id
from immobe.replica.immoweb.classified import classified
from immobe.replica.immoweb.portal import ImmowebPortal
from immobe.replica.immoweb.query import PAGE_SIZE
from immobe.replica.immoweb.words import SEARCH_TYPES
from immobe.replica.market import Market, MarketDay
from immobe.replica.reply import JSON

MARKET = Market(13, 700)
PORTAL = ImmowebPortal(MarketDay(MARKET))
LATER = ImmowebPortal(MarketDay(MARKET, 60))


class Attributes(HTMLParser):
    """The attributes of every tag of a name."""

    def __init__(self, page: str, tag: str) -> None:
        super().__init__()
        self.wanted, self.found = tag, list[dict[str, str | None]]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == self.wanted:
            self.found.append(dict(attrs))


def object_in(page: bytes) -> dict[str, Any]:
    text = page.decode()
    start = text.index("{", text.index("window.classified = "))
    found: dict[str, Any] = json.JSONDecoder().raw_decode(text, start)[0]
    return found


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_a_page_holds_the_object_whatever_its_texts_contain(language: str) -> None:
    for index in range(0, 700, 3):
        page = PORTAL.reply(listing_path(MARKET, index, language), "").body
        assert object_in(page) == classified(MARKET, advert_on(PORTAL.day, index), language)
        assert page.count(b"</script>") == len(re.findall(rb"<script\b.*?</script>", page, re.DOTALL))


def test_pages_weigh_what_real_ones_weigh() -> None:
    for index in range(300):
        page = PORTAL.reply(listing_path(MARKET, index, "en"), "").body
        assert 305_000 < len(page) < 345_000
        assert 75_000 < page.index(b"window.classified = {") < 85_000


def test_the_head_names_the_page_in_every_language() -> None:
    page = PORTAL.reply(listing_path(MARKET, 30, "fr"), "").body.decode()
    links = Attributes(page, "link").found
    assert [link["href"] for link in links if link.get("rel") == "canonical"] == [listing_url(MARKET, 30, "fr")]
    alternates = {link["hreflang"]: link["href"] for link in links if link.get("rel") == "alternate"}
    assert alternates == {
        "en": listing_url(MARKET, 30, "en"),
        "x-default": listing_url(MARKET, 30, "en"),
        "fr": listing_url(MARKET, 30, "fr"),
        "nl": listing_url(MARKET, 30, "nl"),
    }
    assert {"property": "og:url", "content": listing_url(MARKET, 30, "fr")} in Attributes(page, "meta").found


def test_short_and_wrong_addresses_lead_to_the_full_one() -> None:
    number, full = listing_id(MARKET, 40), listing_url(MARKET, 40, "en")
    for path in (f"/en/classified/{number}", f"/en/classified/castle/for-rent/nowhere/9999/{number}"):
        reply = PORTAL.reply(path, "")
        assert (reply.status, reply.location) == (301, full.encode())
    french = PORTAL.reply(f"/fr/annonce/{number}", "")
    assert french.location == listing_url(MARKET, 40, "fr").encode()


@pytest.mark.parametrize(
    "path",
    [
        "/en/classified/12345678",
        "/en/classified/abc",
        "/en/classified/²",
        "/en/classified/99999999999999999999",
        "/en/classified",
        "/en/annonce/20000003",
        "/de/anzeige/20000003",
        "/en/search/igloo/for-sale",
        "/en/elsewhere",
        "/elsewhere",
        "//",
    ],
)
def test_what_does_not_exist_is_404(path: str) -> None:
    assert PORTAL.reply(path, "").status == 404


def test_sold_units_have_no_page() -> None:
    projects = [i for i in PORTAL.day.present() if MARKET.kind(i) is ListingKind.PROJECT]
    gone = [
        sold_unit_id(MARKET, project, unit.number)
        for project in projects
        for unit in advert_on(PORTAL.day, project).units
        if unit.index is None
    ]
    assert len(gone) > 5
    assert all(PORTAL.reply(f"/en/classified/{number}", "").status == 404 for number in gone)


def test_removed_adverts_are_404_or_lead_home() -> None:
    gone = [i for i in range(700) if LATER.day.was_removed(i)]
    replies = [LATER.reply(listing_path(MARKET, index, "nl"), "") for index in gone]
    statuses = [reply.status for reply in replies]
    assert set(statuses) == {302, 404}
    assert statuses.count(302) < statuses.count(404) / 2
    assert {reply.location for reply in replies if reply.status == 302} == {f"{ROOT}/nl".encode()}


def test_robots_allow_what_is_crawled() -> None:
    robots = PORTAL.reply("/robots.txt", "")
    assert b"Disallow: /en/account" in robots.body
    assert b"search" not in robots.body


def elements(portal: ImmowebPortal, path: str, query: str = "") -> dict[str, Any]:
    """The attributes of `iw-search`, decoded where they are JSON."""
    page = portal.reply(path, query).body.decode()
    [attributes] = Attributes(page, "iw-search").found
    return {name: json.loads(value) if name[0] == ":" and value else value for name, value in attributes.items()}


def results(portal: ImmowebPortal, path: str, query: str = "") -> Iterator[dict[str, Any]]:
    """Every result of every page."""
    number = 1
    while True:
        page = json.loads(portal.reply(path.replace("/search/", "/search-results/"), f"{query}&page={number}").body)
        yield from page["results"]
        if number * PAGE_SIZE >= page["totalItems"]:
            return
        number += 1


@pytest.mark.parametrize("portal", [PORTAL, LATER], ids=["day 0", "day 60"])
def test_search_pages_and_projects_together_show_the_whole_market(portal: ImmowebPortal) -> None:
    found: set[int] = set()
    projects: list[int] = []
    for kind in ("house", "apartment", "land", "garage", "office", "business", "industry", "other"):
        for transaction in ("for-sale", "for-rent"):
            listed = list(results(portal, f"/en/search/{kind}/{transaction}"))
            ids = [item["id"] for item in listed]
            assert len(ids) == len(set(ids))
            assert not found & set(ids)
            found |= set(ids)
            projects += [item["id"] for item in listed if item["property"]["type"].endswith("_GROUP")]
    for project in projects:
        full = portal.reply(f"/en/classified/{project}", "").location or b""
        [group] = object_in(portal.reply(full.decode().removeprefix(ROOT), "").body)["cluster"]["units"]
        found |= {item["id"] for item in group["items"] if item["saleStatus"] == "AVAILABLE"}
    assert found == {int(record["platform_listing_id"]) for record in portal.truth()}
    assert len(found) == portal.count()


def test_the_search_element_tells_what_the_page_shows() -> None:
    element = elements(PORTAL, "/en/search/house/for-sale", "countries=BE&page=2&orderBy=newest&minPrice=200000")
    twin = json.loads(PORTAL.reply("/en/search-results/house/for-sale", "page=2&minPrice=200000").body)
    assert element[":results"] == twin["results"]
    assert len(element[":results"]) == PAGE_SIZE
    assert element[":page"] == twin["currentPage"] == 2
    assert element[":result-count"] == element[":marketing-count"] == element[":geo-point-count"] == twin["totalItems"]
    assert element[":criteria"]["minPrice"] == "200000"
    assert element["sort"] == "newest"
    stored = element[":results-storage"]
    assert [item["id"] for item in stored] == [item["id"] for item in element[":results"]]


def test_every_result_has_a_card_with_the_same_object_and_a_link() -> None:
    page = PORTAL.reply("/nl/zoeken/appartement/te-koop", "").body.decode()
    cards = [json.loads(card[":classified"] or "") for card in Attributes(page, "iw-search-card-rendered").found]
    assert cards == elements(PORTAL, "/nl/zoeken/appartement/te-koop")[":results"]
    links = re.findall(r'card__title-link" href="([^"]+)"', page)
    assert all(PORTAL.reply(html.unescape(link).removeprefix(ROOT), "").status == 200 for link in links)
    assert len(links) == PAGE_SIZE


def test_full_search_pages_weigh_about_a_megabyte() -> None:
    assert 600_000 < len(PORTAL.reply("/en/search/house/for-sale", "").body) < 1_200_000


def test_projects_lead_on_the_pages_of_their_kind() -> None:
    listed = list(results(PORTAL, "/en/search/apartment/for-sale"))
    groups = [item["property"]["type"] == "APARTMENT_GROUP" for item in listed]
    assert any(groups)
    assert groups == sorted(groups, reverse=True)
    only = list(results(PORTAL, "/en/search/new-real-estate-project-apartments/for-sale"))
    assert [item["id"] for item in only] == [item["id"] for item, group in zip(listed, groups, strict=True) if group]


def test_pages_past_the_end_are_empty() -> None:
    for number in (300, 334, 9999):
        element = elements(PORTAL, "/en/search/house/for-sale", f"page={number}")
        assert element[":results"] == []
        assert element[":result-count"] > 0


def test_a_crowded_search_stops_counting_and_shows_333_pages() -> None:
    crowded = ImmowebPortal(MarketDay(Market(1, 16_000)))
    element = elements(crowded, "/en/search/for-sale", "page=333")
    assert len(element[":results"]) == PAGE_SIZE
    assert (element[":result-count"], element[":marketing-count"]) == (9_969, 10_000)
    assert element[":geo-point-count"] > 10_000
    assert elements(crowded, "/en/search/for-sale", "page=334")[":results"] == []


def test_the_json_twin_says_so() -> None:
    reply = PORTAL.reply("/fr/recherche-results/maison/a-vendre", "")
    assert reply.content_type == JSON
    assert set(json.loads(reply.body)) >= {"criteria", "sort", "currentPage", "totalItems", "range", "results"}


def test_every_search_type_finds_something_in_a_market_of_some_size() -> None:
    for kind in SEARCH_TYPES:
        assert elements(PORTAL, f"/en/search/{kind}/for-sale")[":result-count"] > 0

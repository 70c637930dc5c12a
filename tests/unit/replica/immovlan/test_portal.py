"""The Immovlan portal without a server: the crawler's own reading of its pages, against what the market knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from immobe.crawling.scopes import parse_scope
from immobe.errors import UnreadablePage
from immobe.items import Listing
from immobe.parsing import parse_page
from immobe.platforms import SearchPage, get_platform
from immobe.replica.immovlan.addresses import index_of, listing_path, reference
from immobe.replica.immovlan.portal import ImmovlanPortal
from immobe.replica.market import Market, MarketDay

MARKET = Market(11, 900)
PORTAL = ImmovlanPortal(MarketDay(MARKET))
LATER = ImmovlanPortal(MarketDay(MARKET, 60))
PLATFORM = get_platform("immovlan")
TRUTH = {record["platform_listing_id"]: record for record in PORTAL.truth()}


def fetch(url: str, portal: ImmovlanPortal = PORTAL) -> tuple[str, str]:
    """(page, its address) behind redirects."""
    for _ in range(3):
        parts = urlsplit(url)
        assert parts.hostname in portal.hosts
        reply = portal.reply(parts.path, parts.query)
        if reply.location is None:
            break
        url = reply.location.decode()
    assert reply.status == 200, url
    return reply.body.decode(), url


def pages(scope: str = "") -> Iterator[SearchPage]:
    for search in parse_scope(scope).searches(PLATFORM):
        url: str | None = PLATFORM.search_url(search)
        while url:
            page = PLATFORM.read_search(*fetch(url))
            yield page
            url = page.next_page


def record_of(url: str) -> dict[str, Any]:
    page, address = fetch(url)
    parsed = parse_page("immovlan", page, url=address)
    assert parsed.valid, (url, parsed.reasons)
    assert isinstance(parsed.listing, Listing)
    found: dict[str, Any] = json.loads(parsed.listing.model_dump_json())
    return found


def test_searches_and_projects_lead_to_exactly_what_must_be_stored() -> None:
    found = {card["platform_listing_id"]: card for page in pages() for card in page.cards}
    projects = {number for number, card in found.items() if card.get("listing_kind") == "project"}
    units = [u for p in projects for u in PLATFORM.units(PLATFORM.read_listing(fetch(found[p]["url"])[0]))]
    assert set(found) | {unit.platform_listing_id for unit in units} == set(TRUTH)
    assert len(TRUTH) == PORTAL.count() > 400
    for number, card in found.items():
        stated = ("url", "price_eur", "postal_code", "property_type", "transaction_type", "status", "sale_method")
        got = {name: float(v) if isinstance(v := card.get(name), Decimal) else v for name in stated}
        assert got == {name: TRUTH[number][name] for name in stated}


def test_every_page_gives_the_record_of_the_truth() -> None:
    kinds = set()
    for number, record in TRUTH.items():
        got = record_of(record["url"])
        wrong = {k: (v, got[k]) for k, v in record.items() if got[k] != v and not k.endswith("_at")}
        wrong |= {
            k: (v, got[k]) for k, v in record.items() if k.endswith("_at") and (v or "")[:19] != (got[k] or "")[:19]
        }
        assert wrong == {}, number
        kinds.add((record["listing_kind"], record["transaction_type"], record["sale_method"], record.get("price_kind")))
    assert {method for _, _, method, _ in kinds} == {"private_treaty", "public_auction", None}
    assert {kind for *_, kind in kinds} == {"asking", "from", "starting_bid", "monthly_rent", "on_request", None}


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_every_language_tells_the_same(language: str) -> None:
    of_the_page = {"url", "language", "locality"}
    for number, record in list(TRUTH.items())[::3]:
        index = index_of(MARKET, number)
        assert index is not None
        got = record_of(f"https://immovlan.be{listing_path(MARKET, index, language)}")
        wrong = {
            k: (v, got[k]) for k, v in record.items() if got[k] != v and k not in of_the_page and not k.endswith("_at")
        }
        assert (wrong, got["language"]) == ({}, language), number


def test_the_total_is_told_and_twenty_results_a_page() -> None:
    found = list(pages("transaction=sale type=house"))
    firsts = [page for page in found if page.total and len(page.cards) == 20]
    assert firsts
    assert sum(len(page.cards) for page in found) == sum({page.total or 0 for page in found})


def test_places_and_prices_limit_a_search() -> None:
    codes = sorted({record["postal_code"] for record in TRUTH.values()})[:40]
    scope = f"transaction=sale type=house,apartment postal_code={','.join(codes)} price=150000-400000"
    found = {card["platform_listing_id"] for page in pages(scope) for card in page.cards}
    wanted = {
        number
        for number, record in TRUTH.items()
        if record["postal_code"] in codes
        and record["property_type"] in ("house", "apartment")
        and record["listing_kind"] != "unit"
        and (record.get("price_max_eur") or record["price_eur"] or 0) >= 150_000
        and (record.get("price_min_eur") or record["price_eur"] or 10**9) <= 400_000
        and record["transaction_type"] == "sale"
    }
    assert found == wanted != set()


def test_a_province_is_asked_by_its_name() -> None:
    found = {
        card["platform_listing_id"] for page in pages("province=namur,brussels type=apartment") for card in page.cards
    }
    wanted = {
        number
        for number, record in TRUTH.items()
        if (record["province"] or record["region"]) in ("namur", "brussels")
        and record["property_type"] == "apartment"
        and record["listing_kind"] != "unit"
    }
    assert found == wanted != set()


def test_a_place_that_the_portal_ignores_is_noticed() -> None:
    url = "https://immovlan.be/en/real-estate?transactiontypes=for-sale&propertytypes=house&towns=0000-nowhere"
    with pytest.raises(UnreadablePage, match="ignored"):
        PLATFORM.read_search(*fetch(url))


def test_bare_postal_codes_lead_to_their_names() -> None:
    reply = PORTAL.reply("/en/real-estate", "transactiontypes=for-sale&propertytypes=house&towns=9000,5000&page=2")
    assert reply.status == 302
    assert reply.location is not None
    asked = parse_qs(urlsplit(reply.location.decode()).query)
    assert (asked["towns"], asked["page"]) == (["9000-gent,5000-namur"], ["2"])


def test_short_addresses_lead_to_the_full_one_and_what_is_not_there_is_404() -> None:
    number, record = next((n, r) for n, r in TRUTH.items() if "-" not in n)
    reply = PORTAL.reply(f"/en/detail/{number.upper()}", "")
    assert (reply.status, reply.location) == (301, record["url"].encode())
    for path in (
        "/",
        "/de/detail/vbd00001",
        "/en/detail/vbz99999",
        "/en/nowhere",
        "/en/projectdetail/1-2",
        "/en/detail/",
    ):
        assert PORTAL.reply(path, "").status == 404
    assert PORTAL.reply("/en/real-estate", "page=x").status == 404
    assert all(PORTAL.reply(*door.partition("?")[::2]).status == 200 for door in PORTAL.doors)


def test_removed_adverts_are_404() -> None:
    left = {record["platform_listing_id"] for record in LATER.truth()}
    gone = [record["url"] for number, record in TRUTH.items() if number not in left]
    assert len(gone) > 50
    assert {LATER.reply(urlsplit(url).path, "").status for url in gone} == {404}


def test_nothing_of_a_private_seller_is_left() -> None:
    private = [record for record in TRUTH.values() if record["seller_type"] == "private"]
    assert private
    told = 0
    for record in private:
        page, _ = fetch(record["url"])
        shown = json.dumps(record_of(record["url"])) + json.dumps(
            PLATFORM.without_private_data(PLATFORM.read_listing(page))
        )
        told += "@example.invalid" in page
        for secret in ("Replica 1000", "Réplique 1000", "R\\u00e9plique 1000", "@example.invalid", "0470 00", "47000"):
            assert secret not in shown
        assert not re.search(r'"seller_id": "1000\d{4}"', shown)
    assert told


def test_references_are_known_again() -> None:
    for index in range(900):
        assert index_of(MARKET, reference(MARKET, index).upper()) == index
    assert index_of(MARKET, "vbd99999") is None

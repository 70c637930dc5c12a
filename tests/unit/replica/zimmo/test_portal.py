"""Zimmo's replica without a server: the crawler's own reading of its pages against its truth."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from immobe.crawling.scopes import parse_scope
from immobe.errors import NotAListing
from immobe.parsing import Parsed, parse_page
from immobe.platforms import get_platform
from immobe.replica.market import Market, MarketDay
from immobe.replica.zimmo import words
from immobe.replica.zimmo.portal import HOST, ZimmoPortal
from tests.unit.replica.reading import cards, plain, text

ZIMMO = get_platform("zimmo")
MARKET = Market(11, 900)


def portal(day: int = 0, last_page: int | None = None) -> ZimmoPortal:
    return ZimmoPortal(MarketDay(MARKET, day), last_page)


def truth(replica: ZimmoPortal) -> dict[str, dict[str, Any]]:
    return {record["platform_listing_id"]: record for record in replica.truth()}


def read(replica: ZimmoPortal, url: str) -> Parsed:
    return parse_page("zimmo", text(replica, url), url=url)


@pytest.mark.parametrize("day", [0, 40])
def test_searches_and_projects_lead_to_exactly_what_must_be_stored(day: int) -> None:
    replica = portal(day)
    wanted, found = truth(replica), {card["platform_listing_id"]: card for card in cards(ZIMMO, replica)}
    for code, card in list(found.items()):
        if card.get("listing_kind") == "project":
            payload = ZIMMO.read_listing(text(replica, card["url"]), card["url"])
            units = {u.platform_listing_id: {"url": u.url, "project_id": u.project_id} for u in ZIMMO.units(payload)}
            assert all(wanted[unit]["project_id"] == code for unit in units)
            found |= units
    assert set(found) == set(wanted)
    assert len(wanted) == replica.count() > 300
    for code, card in found.items():
        for name, value in card.items():
            if name in wanted[code] and value is not None and name not in ("property_type", "location_precision"):
                assert (name, plain(value)) == (name, wanted[code][name]), card["url"]


def test_every_page_gives_the_record_of_the_truth() -> None:
    replica, compared = portal(), 0
    for record in replica.truth():
        parsed = read(replica, record["url"])
        assert parsed.valid, (record["url"], parsed.reasons)
        assert parsed.listing is not None
        got = json.loads(parsed.listing.model_dump_json())
        # A unit's page does not name its project: the crawl knows it from the page that led there.
        from_the_crawl = {"project_id", "listing_kind"} if record["project_id"] else set()
        wrong = {k: (v, got[k]) for k, v in record.items() if got[k] != v and k not in from_the_crawl}
        assert wrong == {}, record["url"]
        compared += len(record)
    assert compared > 20 * replica.count()


def test_a_page_gives_the_same_record_in_both_languages() -> None:
    replica, compared = portal(), 0
    for record in replica.truth():
        dutch = record["url"]
        path = urlsplit(dutch).path.split("/")
        french = f"https://{HOST}/fr/{path[2]}/{_french(path[3])}/{_french(path[4])}/{path[5]}"
        pair = [parse_page("zimmo", text(replica, url), url=url).listing for url in (dutch, french)]
        assert None not in pair
        left, right = (
            listing.model_dump(exclude={"url", "language", "description", "title", "raw", "fetched_at"})
            for listing in pair
            if listing
        )
        assert left == right, french
        compared += 1
    assert compared == replica.count()


def _french(word: str) -> str:
    pairs = [*words.TRANSACTIONS.values(), *(slugs for slugs, _ in words.TYPES.values()), words.PROJECT, words.ROOM]
    return next(french for dutch, french in pairs if dutch == word)


def test_a_place_and_a_price_limit_the_search() -> None:
    replica = portal()
    wanted = {
        code
        for code, r in truth(replica).items()
        if r["transaction_type"] == "sale"
        and r["province"] == "antwerp"
        and r["listing_kind"] == "single"
        and 200_000 <= (r["price_eur"] or 0) <= 600_000
    }
    found = {
        card["platform_listing_id"]
        for card in cards(ZIMMO, replica, "transaction=sale province=antwerp price=200000-600000")
        if card.get("listing_kind") != "project"
    }
    assert found == wanted
    assert wanted


def test_a_search_that_is_not_shown_to_the_end_says_so() -> None:
    replica = portal(last_page=2)
    (search,) = parse_scope("transaction=sale type=house").searches(ZIMMO)
    url = ZIMMO.search_url(search)
    first = ZIMMO.read_search(text(replica, url), url)
    assert first.is_capped
    assert len(first.cards) == 21
    (small,) = parse_scope("transaction=sale type=house postal_code=2000").searches(ZIMMO)
    url = ZIMMO.search_url(small)
    assert not ZIMMO.read_search(text(replica, url), url).is_capped


def test_a_removed_advert_is_gone_or_leads_home() -> None:
    before, after = truth(portal()), portal(60)
    left = set(truth(after))
    gone = [record["url"] for code, record in before.items() if code not in left]
    statuses = [after.reply(urlsplit(url).path, "").status for url in gone]
    assert len(gone) > 100
    assert set(statuses) == {404, 302}
    led = next(url for url, status in zip(gone, statuses, strict=True) if status == 302)
    home = after.reply(urlsplit(led).path, "").location
    assert home is not None
    assert ZIMMO.is_home(home.decode())
    with pytest.raises(NotAListing):
        ZIMMO.read_listing(text(after, home.decode()), home.decode())


def test_other_addresses_of_a_listing_lead_to_its_own() -> None:
    replica = portal()
    record = next(replica.truth())
    path = urlsplit(record["url"]).path.split("/")
    reply = replica.reply("/".join([*path[:2], "elders-1000", *path[3:]]), "")
    assert (reply.status, reply.location) == (301, record["url"].encode())
    assert replica.reply("/nl/gent-9000/te-koop/huis/LZZZZ", "").status == 404


def test_no_contact_data_of_a_private_seller_is_left() -> None:
    replica = portal()
    for record in replica.truth():
        parsed = read(replica, record["url"])
        assert parsed.listing is not None
        shown = parsed.listing.model_dump_json()
        assert [word for word in ("0470 00", "+3247000", "@example.invalid") if word in shown] == []

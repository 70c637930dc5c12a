"""The portals in reported formats, without a server: the crawler's own reading of their pages against their truth."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest

from immobe.errors import PageError
from immobe.parsing import parse_page
from immobe.platforms import PLATFORMS
from immobe.replica.market import Market, MarketDay
from immobe.replica.portals import PORTALS
from immobe.replica.reply import Portal
from tests.unit.replica.reading import cards, text

NAMES = ("realo", "trevi", "twedehands", "immoscoop", "biddit")
MARKET = Market(11, 900)


def portal(name: str, day: int = 0) -> Portal:
    return PORTALS[name](MarketDay(MARKET, day), None)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("day", [0, 40])
def test_searches_show_exactly_what_must_be_stored(name: str, day: int) -> None:
    replica = portal(name, day)
    truth = {record["platform_listing_id"]: record for record in replica.truth()}
    found = {card["platform_listing_id"]: card for card in cards(PLATFORMS[name], replica)}
    assert set(found) == set(truth)
    assert len(truth) == replica.count() > 25
    for number, card in found.items():
        assert card["url"] == truth[number]["url"]
        stated = {field for field in ("price_eur", "postal_code", "property_type") if card.get(field) is not None}
        assert {field: card[field] for field in stated} == {field: truth[number][field] for field in stated}


@pytest.mark.parametrize("name", NAMES)
def test_every_page_gives_the_record_of_the_truth(name: str) -> None:
    replica, compared = portal(name), 0
    for record in replica.truth():
        parsed = parse_page(name, text(replica, record["url"]), url=record["url"])
        assert parsed.valid, (record["url"], parsed.reasons)
        assert parsed.listing is not None
        got = json.loads(parsed.listing.model_dump_json())
        wrong = {k: (v, got[k]) for k, v in record.items() if got[k] != v and not k.endswith("_at")}
        assert wrong == {}, record["url"]
        compared += len(record)
    assert compared > 15 * replica.count()


@pytest.mark.parametrize("name", NAMES)
def test_a_place_and_a_price_limit_the_search_where_the_portal_can(name: str) -> None:
    replica, platform = portal(name), PLATFORMS[name]
    truth = {record["platform_listing_id"]: record for record in replica.truth()}
    priced = {n: r for n, r in truth.items() if 100_000 <= (r["price_eur"] or 0) <= 900_000}
    for_sale = {n: r["postal_code"] for n, r in priced.items() if r["transaction_type"] == "sale"}
    place = next(iter(for_sale.values()))
    scope = f"transaction=sale postal_code={place} price=100000-900000"
    found = {card["platform_listing_id"] for card in cards(platform, replica, scope)}
    wanted = {number for number, code in for_sale.items() if code == place}
    assert found >= wanted
    assert name in ("twedehands", "biddit") or found == wanted


@pytest.mark.parametrize("name", NAMES)
def test_a_removed_advert_is_gone_by_its_status_or_its_words(name: str) -> None:
    before, after, platform = portal(name), portal(name, 60), PLATFORMS[name]
    left = {record["platform_listing_id"] for record in after.truth()}
    gone = [record["url"] for record in before.truth() if record["platform_listing_id"] not in left]
    assert len(gone) > 10
    for url in gone:
        reply = after.reply(urlsplit(url).path, urlsplit(url).query)
        if reply.status == 200:
            page = reply.body.decode()
            with pytest.raises(PageError):
                platform.read_listing(page, url)
            assert platform.gone(page) == "removed_page"
        else:
            assert reply.status == 404


def test_nothing_of_a_private_seller_is_left() -> None:
    for name in ("realo", "twedehands"):
        replica = portal(name)
        for record in replica.truth():
            page = text(replica, record["url"])
            parsed = parse_page(name, page, url=record["url"])
            assert parsed.listing is not None
            if parsed.listing.seller_type != "agency":
                shown = parsed.listing.model_dump_json()
                assert [word for word in ("Eigenaar Replica", "0470 00", "@example.invalid") if word in shown] == []


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_realo_tells_the_same_in_every_language(language: str) -> None:
    replica = portal("realo")
    for record in list(replica.truth())[:60]:
        url = record["url"].replace("/en/", f"/{language}/")
        found = parse_page("realo", text(replica, url), url=url).listing
        assert found is not None
        got = json.loads(found.model_dump_json())
        assert {k: (v, got[k]) for k, v in record.items() if got[k] != v} == {}


@pytest.mark.parametrize("name", NAMES)
def test_robots_allow_what_is_crawled_and_wrong_addresses_are_404(name: str) -> None:
    replica = portal(name)
    assert b"Disallow: /" in replica.reply("/robots.txt", "").body
    assert b"Disallow: /\n" not in replica.reply("/robots.txt", "").body
    for path in ("/", "/en/nowhere", "/fr/bien/1/41/maison/x", "/v/immo/huizen-en-appartementen-te-koop/m1-x"):
        assert replica.reply(path, "").status == 404
    assert all(replica.reply(*door.partition("?")[::2]).status == 200 for door in replica.doors)

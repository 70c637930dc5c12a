"""Immoscoop in the replica: a place that it does not understand gives the whole country, and the crawler notices."""

from __future__ import annotations

import json

import pytest

from immobe.platforms import get_platform
from immobe.replica.immoscoop.portal import ImmoscoopPortal
from immobe.replica.market import Market, MarketDay

PORTAL = ImmoscoopPortal(MarketDay(Market(11, 900)))
IMMOSCOOP = get_platform("immoscoop")


def search(path: str) -> str:
    return PORTAL.reply(path, "page=1").body.decode()


@pytest.mark.parametrize("place", ["9040-sint-amandsberg", "nergens", "gent,nergens", "9999-gent"])
def test_a_place_that_is_not_understood_stops_the_walk(place: str) -> None:
    path = f"/zoeken/te-koop/{place}/woonhuis"
    assert search(path) == search("/zoeken/te-koop/woonhuis")
    found = IMMOSCOOP.read_search(search(path), f"https://www.immoscoop.be{path}?page=1")
    assert len(found.cards) == 24
    assert found.stopped is not None
    assert found.next_page is None
    assert len(found.outside) > 12
    everywhere = IMMOSCOOP.read_search(search(path), "https://www.immoscoop.be/zoeken/te-koop/woonhuis?page=1")
    assert (everywhere.stopped, everywhere.outside) == (None, frozenset())
    assert everywhere.next_page == "https://www.immoscoop.be/zoeken/te-koop/woonhuis?page=2"


def test_both_markups_and_both_pages_are_there_and_no_agent_is_kept() -> None:
    cards = search("/zoeken/te-koop/woonhuis")
    assert "property-card_card" in cards
    assert "property-card:address" in cards
    states = 0
    for record in PORTAL.truth():
        page = PORTAL.reply(record["url"].removeprefix("https://www.immoscoop.be"), "").body.decode()
        states += "__NEXT_DATA__" in page
        kept = json.dumps(IMMOSCOOP.without_private_data(IMMOSCOOP.read_listing(page, record["url"])))
        assert "Makelaar" not in kept
        assert "makelaar@" not in kept
    assert 0 < states < PORTAL.count()


def test_one_address_in_nine_has_no_postal_code() -> None:
    towns = [record["url"].split("/")[4] for record in PORTAL.truth()]
    without = [town for town in towns if not town[:4].isdigit()]
    assert 0 < len(without) < len(towns) / 4

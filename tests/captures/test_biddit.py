"""Biddit's objects, in the shapes that others took from its services, against the facts in them (see README.md)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from immobe.items import Listing
from immobe.parsing import Parsed, parse_file, parse_payload, parse_search_file
from immobe.platforms import get_platform
from tests.captures.facts import captures_of, differences, facts_of

CAPTURES = captures_of("biddit")
FACTS = facts_of("biddit")
SEEN = datetime(2026, 7, 20, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason=f"no captures in {CAPTURES}")


def parsed(fact: dict[str, Any]) -> Parsed:
    (result,) = parse_file("biddit", CAPTURES / fact["file"], fetched_at=SEEN)
    return result


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["id"])
def test_record_holds_the_facts_of_the_lot(fact: dict[str, Any]) -> None:
    result = parsed(fact)
    assert result.valid, result.reasons
    assert result.listing is not None
    assert result.listing.platform_listing_id == fact["id"]
    assert result.listing.url == f"https://www.biddit.be/fr/catalog/detail/{fact['id']}"
    assert not list(differences(fact, result.listing))
    assert Listing.model_validate_json(result.listing.model_dump_json()) == result.listing


def test_every_lot_has_facts() -> None:
    files = {path.name for path in CAPTURES.glob("*.json") if not path.name.startswith("search-")}
    assert files == {fact["file"] for fact in FACTS}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["id"])
def test_what_is_kept_of_a_lot_maps_to_the_same_record(fact: dict[str, Any]) -> None:
    biddit = get_platform("biddit")
    kept = biddit.without_private_data(json.loads((CAPTURES / fact["file"]).read_text(encoding="utf-8")))
    again = parse_payload("biddit", kept, fetched_at=SEEN).listing
    assert again == parsed(fact).listing


def test_search_answer() -> None:
    (path,) = CAPTURES.glob("search-page-shape-*.json")
    page = parse_search_file("biddit", path, url="https://www.biddit.be/api/eco/search-service/lot/_search?page=0")
    assert (page.total, page.next_page) == (1, None)
    (card,) = page.cards
    wanted = {
        "platform_listing_id": "297841",
        "url": "https://www.biddit.be/fr/catalog/detail/297841",
        "transaction_type": "sale",
        "sale_method": "public_auction",
        "status": "available",
        "price_eur": 200000,
        "price_kind": "starting_bid",
        "property_type": "house",
        "postal_code": "9320",
        "locality": "Aalst",
        "house_number": "19",
    }
    assert {name: card.get(name) for name in wanted} == wanted
    (result,) = parse_file("biddit", path)
    assert result.reasons[0].startswith("search_page")

"""Zimmo's real fragments and objects against the facts that were read from them independently (see README.md)."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from immobe.errors import PageError
from immobe.items import Listing
from immobe.parsing import parse_file, parse_payload, parse_search_file
from immobe.platforms import get_platform
from tests.captures.damage import bounded, check, damaged
from tests.captures.facts import captures_of, differences, facts_of

CAPTURES = captures_of("zimmo")
FACTS = facts_of("zimmo")
SEARCHES = json.loads((Path(__file__).parent / "zimmo" / "search.json").read_text())
ZIMMO = get_platform("zimmo")

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason=f"no captures in {CAPTURES}")


def record(fact: dict[str, Any]) -> Listing:
    (result,) = parse_file("zimmo", CAPTURES / fact["file"], url=fact.get("from"))
    assert result.listing is not None, result.reasons
    assert result.valid, result.reasons
    return result.listing


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["id"])
def test_record_holds_the_facts_of_the_page(fact: dict[str, Any]) -> None:
    listing = record(fact)
    assert listing.platform_listing_id == fact["id"]
    wrong = list(differences(fact, listing))
    assert not wrong, "\n  " + "\n  ".join(wrong)


def test_every_capture_has_facts() -> None:
    read = {fact["file"] for fact in FACTS} | {search["file"] for search in SEARCHES}
    assert {path.name for path in CAPTURES.iterdir() if path.suffix in {".html", ".json"}} == read


@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: search["file"])
def test_cards_hold_the_facts_of_the_page(search: dict[str, Any]) -> None:
    cards = parse_search_file("zimmo", CAPTURES / search["file"]).cards
    assert [card["platform_listing_id"] for card in cards] == [c["platform_listing_id"] for c in search["cards"]]
    wrong = [
        f"{expected['platform_listing_id']}.{field}: expected {value!r}, got {card.get(field)!r}"
        for card, expected in zip(cards, search["cards"], strict=True)
        for field, value in expected.items()
        if not (card.get(field) == value or (isinstance(value, float) and abs(float(card[field]) - value) < 1e-9))
    ]
    assert not wrong, "\n".join(wrong)


def test_a_fragment_without_a_url_keeps_its_facts_but_not_the_transaction() -> None:
    """Nothing in it says whether the home is for sale or to let."""
    (fact,) = (fact for fact in FACTS if "from" in fact)
    (result,) = parse_file("zimmo", CAPTURES / fact["file"])
    assert result.reasons == ("transaction_type: not_in_advert",)
    assert result.listing is not None
    assert (result.listing.platform_listing_id, result.listing.price_eur) == (fact["id"], fact["price_eur"])
    assert result.listing.price_kind is None


def test_a_url_gives_a_saved_object_its_code() -> None:
    (path,) = CAPTURES.glob("api-listing-*-villa-*.json")
    url = "https://www.zimmo.be/fr/lanaken-3620/a-vendre/maison/laisz?search=x"
    (result,) = parse_file("zimmo", path, url=url)
    assert result.listing is not None
    assert result.listing.platform_listing_id == "LAISZ"
    assert result.listing.url == "https://www.zimmo.be/fr/lanaken-3620/a-vendre/maison/LAISZ"


def test_a_private_seller_leaves_no_trace_but_the_kind() -> None:
    (path,) = CAPTURES.glob("api-listing-*-private.json")
    dealer = json.loads(path.read_text())["dealer"]
    kept = ZIMMO.without_private_data(json.loads(path.read_text()))
    assert kept["dealer"] == {"category": "private"}
    text = json.dumps({key: value for key, value in kept.items() if key != "files"})
    assert [secret for secret in (dealer["mobilePhoneNumber"], dealer["customerSlug"]) if secret in text] == []


def test_every_captured_listing_url_is_recognised() -> None:
    with (CAPTURES / "urls-by-province-2026-06.csv").open(encoding="utf-8", newline="") as file:
        urls = [row["url"] for row in csv.DictReader(file, delimiter=";")]
    assert len(urls) > 3000
    assert [url for url in urls if ZIMMO.listing_id(url) != url.rstrip("/").rsplit("/", 1)[-1]] == []
    assert [url for url in urls if ZIMMO.canonical_url(url) != url.rstrip("/")] == []


def test_every_captured_code_and_postal_code_is_one_that_we_take() -> None:
    with (CAPTURES / "properties-2026-06.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    page = "<section id='main-features'><p class='zimmo-code'>Code Zimmo: {}</p><ul class='main-features'><li>"
    page += (
        "<strong class='feature-label'>Adresse</strong><span class='feature-value'>{}, {} {}</span></li></ul></section>"
    )
    for row in rows[:300]:
        payload = ZIMMO.read_listing(
            page.format(row["property_id"], row["address"], row["postal_code"], row["city_name"]), None
        )
        listing = parse_payload("zimmo", payload).listing
        assert listing is not None
        assert (listing.platform_listing_id, listing.postal_code) == (row["property_id"], row["postal_code"])
        assert listing.locality == row["city_name"]


def bases() -> list[Any]:
    """A saved object of each kind, an object of a search page, and what we make of a listing page."""
    if not CAPTURES.is_dir():
        return [{}]
    objects = [json.loads(path.read_text()) for path in sorted(CAPTURES.glob("*.json"))]
    script = (CAPTURES / "search-page-script-2026-08-legacy.html").read_text()
    (fact,) = (fact for fact in FACTS if "from" in fact)
    page = (CAPTURES / fact["file"]).read_text()
    first = json.JSONDecoder().raw_decode(script, script.index("[{", script.index("properties")))[0][0]
    return [*objects, first, ZIMMO.read_listing(page, fact["from"])]


@bounded
@given(damaged(bases()))
def test_damaged_objects_give_a_record_or_reasons(payload: Any) -> None:
    check(parse_payload("zimmo", payload))


def cards_or_reason(page: str) -> list[dict[str, Any]] | str:
    try:
        return ZIMMO.read_search(page, None).cards
    except PageError as error:
        return error.reason


@settings(bounded, max_examples=200)
@given(damaged(bases()))
def test_damaged_results_give_cards_or_an_error_with_a_reason(payload: Any) -> None:
    found = cards_or_reason(json.dumps(payload))
    assert found
    for card in found if isinstance(found, list) else ():
        assert card["platform_listing_id"]
        assert card["url"].startswith("https://www.zimmo.be/")


@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: search["file"])
def test_a_page_cut_anywhere_gives_cards_or_an_error_with_a_reason(search: dict[str, Any]) -> None:
    page = (CAPTURES / search["file"]).read_text(encoding="utf-8")
    known = {card["platform_listing_id"] for card in search["cards"]}
    for end in range(0, len(page), 97):
        found = cards_or_reason(page[:end])
        assert found
        assert isinstance(found, str) or {card["platform_listing_id"] for card in found} <= known

"""Damaged pages and objects of Immovlan: the outcome is a record that keeps the schema, or reasons; never a crash."""

from __future__ import annotations

import copy
import json
import time
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immobe.errors import PageError
from immobe.items import Listing
from immobe.parsing import parse_page, parse_payload
from immobe.platforms import get_platform
from tests.captures.damage import ODD_TEXTS, bounded, branches, check, damaged, follow, junk
from tests.captures.facts import captures_of

CAPTURES = captures_of("immovlan")
# One of each kind: minified, without an address, unit with a badge, project; and a search page.
PAGES = (
    "detail-2025-06-fr-rbt70221-house-ichtegem.html",
    "detail-2026-03-en-vbd89703-industrial.html",
    "detail-2026-06-en-rah80542.html",
    "project-2026-03-en-1951886-7574316.html",
)
SEARCH = "search-2026-03-en-house-schaerbeek.html"
IMMOVLAN = get_platform("immovlan")
# A page is decoded from bytes: no lone surrogate is in it.
FILLINGS = ["</div>", "{", *(text for text in ODD_TEXTS if text.isprintable() and len(text) < 1000)]

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason=f"no captures in {CAPTURES}")


@cache
def page(file: str) -> str:
    return (CAPTURES / file).read_text(encoding="utf-8")


@cache
def payload(file: str) -> dict[str, Any]:
    return IMMOVLAN.read_listing(page(file))


@bounded
@given(damaged([payload(file) for file in PAGES] if CAPTURES.is_dir() else [{}]))
def test_damaged_objects_give_a_record_or_reasons(damaged_payload: Any) -> None:
    check(parse_payload("immovlan", damaged_payload))


@settings(bounded, max_examples=200)
@given(st.dictionaries(st.sampled_from(["id", "data_layer", "labels", "header", "linked", "units", "url"]), junk))
def test_anything_at_all_gives_a_record_or_reasons(value: dict[str, Any]) -> None:
    check(parse_payload("immovlan", {"id": "vzz00001", "data_layer": {}, **value}))
    check(parse_payload("immovlan", value))


@pytest.mark.parametrize("value", [[], {}, 10**400, "\ud800"], ids=["list", "dict", "huge", "surrogate"])
def test_each_value_may_be_of_any_shape(value: Any) -> None:
    for file in PAGES:
        for way in branches(payload(file), ()):
            broken = copy.deepcopy(payload(file))
            follow(broken, way[:-1])[way[-1]] = copy.deepcopy(value)
            check(parse_payload("immovlan", broken))


@settings(bounded, max_examples=60)
@given(st.sampled_from(PAGES), st.floats(0, 1), st.floats(0, 0.3), st.sampled_from(FILLINGS))
def test_a_page_with_a_hole_gives_a_record_or_reasons(file: str, start: float, share: float, filling: str) -> None:
    text = page(file)
    first = int(start * len(text))
    check(parse_page("immovlan", f"{text[:first]}{filling}{text[first + int(share * len(text)) :]}"))


@pytest.mark.parametrize("file", PAGES)
def test_a_page_that_is_cut_anywhere_is_no_listing_or_the_same_one(file: str) -> None:
    """What comes behind the last script is nothing that a record needs."""
    text, whole = page(file), parse_page("immovlan", page(file)).listing
    for end in range(0, len(text), len(text) // 25):
        result = parse_page("immovlan", text[:end])
        check(result)
        assert result.listing is None or same(result.listing, whole), end


def same(one: Listing, other: Listing | None) -> bool:
    return other is not None and one.model_dump(exclude={"fetched_at"}) == other.model_dump(exclude={"fetched_at"})


@settings(bounded, max_examples=40)
@given(st.floats(0, 1), st.floats(0, 0.2))
def test_a_search_page_with_a_hole_gives_results_or_a_reason(start: float, share: float) -> None:
    text = page(SEARCH)
    first = int(start * len(text))
    try:
        found = IMMOVLAN.read_search(text[:first] + text[first + int(share * len(text)) :], None)
    except PageError:
        return
    assert all(IMMOVLAN.listing_id(card["url"]) == card["platform_listing_id"] for card in found.cards)


@pytest.mark.parametrize("repeated", ["x", "a.", "12.", "@", "+32 ", "<p>", "https://a.be/b/c/d/e/f "])
def test_a_long_text_takes_no_long_time(repeated: str) -> None:
    broken = copy.deepcopy(payload(PAGES[0]))
    text = repeated * (20_000 // len(repeated))
    broken["data_layer"]["seller_type"] = "private"
    for key in ("description", "url"):
        broken[key] = text
    broken["header"] |= {"price": text, "title": text, "city": text, "street": text}
    broken["linked"] |= {"street": text, "price": text}
    start = time.perf_counter()
    check(parse_payload("immovlan", broken))
    assert time.perf_counter() - start < 5


def test_the_input_is_left_as_it_was() -> None:
    for file in PAGES:
        before = json.dumps(payload(file))
        IMMOVLAN.without_private_data(payload(file))
        parse_payload("immovlan", payload(file))
        assert json.dumps(payload(file)) == before

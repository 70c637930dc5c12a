"""Damaged copies of real objects: whatever a page holds, the outcome is a record that keeps the schema, or reasons."""

from __future__ import annotations

import copy
import json
import time
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immobe.parsing import parse_payload
from tests.captures.damage import ODD_TEXTS, Way, bounded, branches, check, damaged, follow, junk
from tests.captures.facts import captures_of

CAPTURES = captures_of("immoweb")
# One of each kind: sale, rent, notary, private, project, annuity card, sparse batch object.
BASES = (
    "classified-2023-fr-10681792-house-agency.json",
    "classified-2023-fr-10687815-house-notary.json",
    "classified-2023-fr-10701989-apartment-private.json",
    "classified-2024-12-en-subtype-mixed_use_building-20399788.json",
    "classified-2025-09-en-21036106-penthouse-rent.json",
    "page-2025-06-en-20773047-apartment-sale-private.classified.json",
    "page-2025-06-en-20820613-house-group-project.classified.json",
    "search-result-2023-04-nl-10514908-life-annuity.json",
)

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason=f"no captures in {CAPTURES}")


@cache
def base(file: str) -> Any:
    return json.loads((CAPTURES / file).read_text(encoding="utf-8"))


@cache
def paths(file: str) -> list[Way]:
    return list(branches(base(file), ()))


@bounded
@given(damaged([base(file) for file in BASES] if CAPTURES.is_dir() else [{}]))
def test_damaged_objects_give_a_record_or_reasons(payload: Any) -> None:
    check(parse_payload("immoweb", payload))


@settings(bounded, max_examples=200)
@given(
    st.one_of(
        junk, st.lists(junk, max_size=3), st.dictionaries(st.sampled_from(["id", "property", "price", "x"]), junk)
    )
)
def test_anything_at_all_gives_a_record_or_reasons(payload: object) -> None:
    check(parse_payload("immoweb", payload))


@settings(bounded, max_examples=200)
@given(st.sampled_from(BASES), st.one_of(st.sampled_from(ODD_TEXTS), st.text(st.characters(), max_size=40)))
def test_any_url_gives_the_listing_s_own(file: str, url: str) -> None:
    result = parse_payload("immoweb", base(file), url=url)
    check(result)
    assert result.listing is not None
    assert result.listing.url.startswith("https://www.immoweb.be/")
    assert result.listing.url.endswith(f"/{base(file)['id']}")


@pytest.mark.parametrize("file", BASES)
def test_each_branch_may_be_absent_or_null(file: str) -> None:
    """Every branch of the first two levels in turn: a page that lacks one still gives what it has."""
    for way in [way for way in paths(file) if len(way) <= 2 and way != ("id",)]:
        for damage in ("absent", "null"):
            payload = copy.deepcopy(base(file))
            parent = follow(payload, way[:-1])
            if damage == "null":
                parent[way[-1]] = None
            else:
                del parent[way[-1]]
            result = parse_payload("immoweb", payload)
            check(result)
            assert result.listing is not None, (way, damage)
            assert result.listing.platform_listing_id == str(payload["id"]), (way, damage)


@pytest.mark.parametrize("value", [[], {}, 10**400, "\ud800"], ids=["list", "dict", "huge", "surrogate"])
def test_each_value_may_be_of_any_shape(value: Any) -> None:
    """Every value of one object in turn, the first item of each list standing for all."""
    file = "classified-2023-fr-10701989-apartment-private.json"
    raised = []
    for way in [way for way in paths(file) if all(step == 0 for step in way if isinstance(step, int))]:
        payload = copy.deepcopy(base(file))
        follow(payload, way[:-1])[way[-1]] = copy.deepcopy(value)
        try:
            result = parse_payload("immoweb", payload)
        except Exception as error:
            raised.append((way, repr(error)))
        else:
            check(result)
    assert not raised


@pytest.mark.parametrize("repeated", ["x", "a.", "12.", "@", "+32 "])
def test_a_long_text_takes_no_long_time(repeated: str) -> None:
    """A private seller's text is searched for contacts in time that grows with its length, not with its square."""
    payload = copy.deepcopy(base("classified-2023-fr-10701989-apartment-private.json"))
    payload["property"]["description"] = repeated * (20_000 // len(repeated))
    start = time.perf_counter()
    check(parse_payload("immoweb", payload))
    assert time.perf_counter() - start < 1


def test_the_input_is_left_as_it_was() -> None:
    for file in BASES:
        payload = copy.deepcopy(base(file))
        parse_payload("immoweb", payload)
        assert payload == base(file)

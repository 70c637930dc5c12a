"""Damaged copies of real objects: whatever a page holds, the outcome is a record that keeps the schema, or reasons."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from immobe.items import Listing
from immobe.parsing import Parsed, parse_payload

CAPTURES = Path(__file__).parents[2].parent / "shared" / "captures" / "immoweb"
SCHEMA = Draft202012Validator(Listing.model_json_schema(mode="serialization"))
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

Way = tuple[str | int, ...]


@cache
def base(file: str) -> Any:
    return json.loads((CAPTURES / file).read_text(encoding="utf-8"))


@cache
def paths(file: str) -> list[Way]:
    return list(branches(base(file), ()))


def branches(value: Any, at: Way) -> Iterator[Way]:
    """The way to every value inside, leaves and branches."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*at, key)
        yield from branches(child, (*at, key))


def nested(depth: int, leaf: Any, wrap: Any) -> Any:
    for _ in range(depth):
        leaf = wrap(leaf)
    return leaf


ODD_TEXTS = [
    "", " ", "-", "0", "-1", "1", "NaN", "Infinity", "-Infinity", "1e400", "9" * 400, "٣٤", "12,5", "1.250.000 €",
    "\ud800", "a\udfffb", "\x00", "\u202e", "null", "true", "2024-13-45T99:99:99.000Z", "0001-01-01", "9999-12-31",
    "9999-12-31T23:59:59.999-1200", "0001-01-01T00:00:00.000+1400", "G_C", "A+++", "1000", "0999", "https://[::1",
    "javascript:alert(1)", "http://\ud83d.example", "<script>" * 50, "0470 12 34 56", "Particulier Test", "x" * 100_000,
]  # fmt: skip
ODD_NUMBERS = [
    0,
    -1,
    1,
    10**9,
    2**31,
    2**63,
    10**30,
    10**400,
    -(10**400),
    0.1,
    -0.0,
    1e308,
    1e-320,
    float("nan"),
    float("inf"),
]
ODD_SHAPES = [
    None,
    True,
    False,
    [],
    {},
    [[]],
    [None],
    [{}],
    {"": None},
    [[1], {"a": [2]}],
    {"fr": 1, "nl": [], "xx": "y"},
]
junk = st.one_of(
    st.sampled_from([*ODD_TEXTS, *ODD_NUMBERS, *ODD_SHAPES]),
    st.builds(
        nested, st.sampled_from([3, 50, 400]), st.integers(), st.sampled_from([lambda v: [v], lambda v: {"a": v}])
    ),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=20),
)


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A real object with one to six of its values deleted, swapped for another of its values, or replaced by junk."""
    file = draw(st.sampled_from(BASES))
    payload = copy.deepcopy(base(file))
    for _ in range(draw(st.integers(1, 6))):
        *way, last = draw(st.sampled_from(paths(file)))
        kind = draw(st.sampled_from(["delete", "junk", "junk", "swap"]))
        try:
            parent = follow(payload, way)
            if kind == "delete":
                del parent[last]
            elif kind == "swap":
                parent[last] = copy.deepcopy(follow(base(file), draw(st.sampled_from(paths(file)))))
            else:
                parent[last] = copy.deepcopy(draw(junk))
        except (KeyError, IndexError, TypeError):
            continue  # an earlier damage took this branch away
    return payload


def follow(value: Any, way: Sequence[str | int]) -> Any:
    for key in way:
        value = value[key]
    return value


def check(result: Parsed) -> None:
    """A record keeps the schema, in Python and as UTF-8 JSON; what is not valid says why."""
    assert result.valid or result.reasons
    if result.listing is None:
        assert not result.valid
        return
    text = result.listing.model_dump_json().encode("utf-8")
    output = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in the output"))
    assert not [f"{error.json_path}: {error.message[:200]}" for error in SCHEMA.iter_errors(output)]
    assert Listing.model_validate_json(text) == result.listing
    assert Listing.model_validate(result.listing.model_dump()) == result.listing
    for field in ("price_eur", "living_area_m2", "land_area_m2", "epc_kwh_m2_year", "annuity_lump_sum_eur"):
        assert output[field] is None or output[field] > 0, field
    if result.listing.seller_type == "private":
        assert (result.listing.seller_name, result.listing.seller_id, result.listing.seller_licence) == (
            None,
            None,
            None,
        )


# Derandomised: the same examples in every run, so that a red build is a change of ours.
bounded = settings(
    max_examples=400, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@bounded
@given(damaged())
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

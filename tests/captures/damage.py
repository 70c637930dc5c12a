"""Damaging a portal's objects in every way that a page could be wrong, and what must hold of whatever comes out."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from immobe.items import Listing
from immobe.parsing import Parsed

SCHEMA = Draft202012Validator(Listing.model_json_schema(mode="serialization"))
Way = tuple[str | int, ...]


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
def damaged(draw: st.DrawFn, bases: Sequence[Any]) -> Any:
    """One of these objects with one to six of its values deleted, swapped for others of its own or replaced by junk."""
    original = draw(st.sampled_from(bases))
    ways = list(branches(original, ()))
    payload = copy.deepcopy(original)
    for _ in range(draw(st.integers(1, 6)) if ways else 0):
        *way, last = draw(st.sampled_from(ways))
        kind = draw(st.sampled_from(["delete", "junk", "junk", "swap"]))
        try:
            parent = follow(payload, way)
            if kind == "delete":
                del parent[last]
            elif kind == "swap":
                parent[last] = copy.deepcopy(follow(original, draw(st.sampled_from(ways))))
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

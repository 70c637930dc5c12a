"""Two adverts: one dwelling or two. Measured on the committed set, and one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from immobe.market.evidence import COMPARED, Judgement, judge
from immobe.market.homes import Home
from immobe.market.vetoes import VETOES, veto
from immobe.market.weights import ACCEPTED, WEIGHTS
from tests.market import house
from tests.market.labelled import labelled_pairs, precision_and_recall

HOUSE = replace(house.HOUSE, property_subtype="villa", region="flanders", seller_name="Vastgoed Replica 4")
FLAT = replace(
    HOUSE,
    property_type="apartment",
    property_subtype="apartment",
    land_area_m2=None,
    floor=2,
    box="201",
    price_eur=289_000,
)


def elsewhere(home: Home, **differences: Any) -> Home:
    return replace(home, **{"id": 2, "platform": "zimmo", **differences})


def test_the_labelled_set_is_as_large_and_as_hard_as_it_is_to_be() -> None:
    kinds = Counter(pair.kind for pair in labelled_pairs())
    assert kinds.total() >= 700
    assert kinds["new_build_trap"] >= 60
    assert kinds["hidden_address_trap"] >= 60
    assert sum(number for kind, number in kinds.items() if kind.startswith("captured")) >= 100


def test_precision_and_recall_on_the_labelled_set() -> None:
    outcomes = [(pair, judge(pair.a, pair.b)) for pair in labelled_pairs()]
    precision, recall = precision_and_recall((pair.is_same, found.is_same) for pair, found in outcomes)
    assert precision >= 0.98
    assert recall >= 0.80
    held = Counter(pair.kind for pair, found in outcomes if found.is_same and not pair.is_same)
    assert held["new_build_trap"] == held["hidden_address_trap"] == 0


def test_the_captured_pairs_alone_are_judged_as_well() -> None:
    pairs = [pair for pair in labelled_pairs() if pair.kind.startswith("captured")]
    precision, recall = precision_and_recall((pair.is_same, judge(pair.a, pair.b).is_same) for pair in pairs)
    assert precision >= 0.98
    assert recall >= 0.80


def test_the_order_of_two_does_not_matter() -> None:
    for pair in labelled_pairs():
        assert said(judge(pair.a, pair.b)) == said(judge(pair.b, pair.a))


def said(found: Judgement) -> tuple[Any, ...]:
    return found.parts, found.veto, found.is_same


def test_every_kind_of_evidence_has_weights() -> None:
    assert set(COMPARED) == set(WEIGHTS)


def test_the_score_is_the_sum_of_what_is_shown() -> None:
    for pair in labelled_pairs():
        found = judge(pair.a, pair.b)
        assert found.score == pytest.approx(sum(bits for _, bits in found.parts.values()))


@pytest.mark.parametrize(
    ("name", "differences"),
    [
        ("other_transaction", {"transaction_type": "rent", "price_eur": None}),
        ("other_type", {"property_type": "office"}),
        ("project_and_home", {"listing_kind": "project"}),
        ("units_of_one_project", {"platform": "immoweb", "project_id": "7"}),
        ("other_floor", {"floor": 3}),
        ("other_box", {"box": "202"}),
        ("other_house_number", {"house_number": "14"}),
        ("price_gap", {"price_eur": 200_000}),
        ("other_unit_of_new_build", {"condition": "new", "living_area_m2": 180}),
        ("other_unit_of_new_build", {"condition": "under_construction", "bedroom_count": 2}),
    ],
)
def test_vetoes(name: str, differences: dict[str, Any]) -> None:
    home = replace(FLAT, project_id="7") if name == "units_of_one_project" else FLAT
    found = judge(home, elsewhere(home, **differences))
    assert found.veto == name
    assert not found.is_same
    assert veto(elsewhere(home, **differences), home) == name


def test_every_veto_is_tested() -> None:
    [mark] = [mark for mark in test_vetoes.pytestmark if mark.name == "parametrize"]
    assert {name for name, _ in mark.args[1]} == set(VETOES)


@pytest.mark.parametrize(
    "differences",
    [
        {},
        {"street": "lindeln", "house_number": "12 "},
        {"street": None, "house_number": None},
        {"price_eur": 327_000, "seller_name": None},
        {"living_area_m2": 162},
        {"external_reference": "A-17"},
    ],
)
def test_one_house_on_another_portal(differences: dict[str, Any]) -> None:
    assert judge(HOUSE, elsewhere(HOUSE, **differences)).is_same


def test_a_starting_bid_is_not_compared_with_an_asking_price() -> None:
    auction = elsewhere(HOUSE, price_eur=160_000, price_kind="starting_bid")
    found = judge(HOUSE, auction)
    assert found.veto is None
    assert "price" not in found.parts


def test_what_a_building_shares_does_not_make_two_flats_one() -> None:
    hides = {"box": None, "floor": None, "epc_kwh_m2_year": None}
    flat = replace(FLAT, box=None, latitude=51.05, longitude=3.72, location_precision="exact", facade_count=2)
    other = elsewhere(flat, **hides, price_eur=296_000, living_area_m2=160)
    found = judge(flat, other)
    assert found.veto is None
    assert found.score < ACCEPTED
    assert found.parts["shared_in_a_building"][1] < 0


def test_points_of_hidden_addresses_say_nothing() -> None:
    middle = {"street": None, "house_number": None, "latitude": 51.0543, "longitude": 3.7174}
    a, b = replace(HOUSE, **middle), elsewhere(HOUSE, **middle)
    assert "point" not in judge(a, b).parts
    exact = {"location_precision": "exact"}
    assert judge(replace(a, **exact), replace(b, **exact)).parts["point"][0] == "same"


def test_one_seller_shows_a_home_once_on_a_platform_at_a_time() -> None:
    again = replace(HOUSE, id=2, seller_id="5")
    both = judge(replace(HOUSE, seller_id="5"), again).parts
    assert both["same_platform"][0] == "same_seller"
    went = replace(HOUSE, seller_id="5", gone_at=datetime(2026, 4, 1, tzinfo=UTC))
    assert "same_platform" not in judge(went, again).parts


def test_brussels_has_two_names_for_a_street() -> None:
    brussels = replace(HOUSE, region="brussels", street="Rue Haute")
    assert "address" not in judge(brussels, elsewhere(brussels, street="Hoogstraat")).parts
    flanders = judge(HOUSE, elsewhere(HOUSE, street="Hoogstraat"))
    assert flanders.parts["address"] == ("other_street", WEIGHTS["address"]["other_street"])

"""Immovlan's real pages, and tables that others made from such pages, against the reading of them (see README.md)."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from jsonschema import Draft202012Validator

from immobe.geo import locate, place_key
from immobe.items import Listing
from immobe.mapping import belgian, vocabulary
from immobe.mapping.vocabulary import word_to
from immobe.parsing import Parsed, parse_file, parse_payload, parse_search_file
from immobe.platforms import get_platform
from immobe.platforms.immovlan import kinds, labels
from tests.captures.facts import captures_of, differences, facts_of

CAPTURES = captures_of("immovlan")
FACTS = facts_of("immovlan")
SEARCHES = json.loads((Path(__file__).parent / "immovlan" / "search.json").read_text(encoding="utf-8"))
SCHEMA = Draft202012Validator(Listing.model_json_schema(mode="serialization"))
LABEL_TABLE, RECORDS = CAPTURES / "raw-labels-2025-11-first2500.csv", CAPTURES / "properties-2026-06.jsonl"

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason=f"no captures in {CAPTURES}")


def name(fact: dict[str, Any]) -> str:
    return str(fact.get("id") or fact["file"])


@cache
def parsed(file: str) -> Parsed:
    (result,) = parse_file("immovlan", CAPTURES / file)
    return result


@pytest.mark.parametrize("fact", FACTS, ids=name)
def test_record_holds_the_facts_of_the_page(fact: dict[str, Any]) -> None:
    result = parsed(fact["file"])
    assert result.valid, result.reasons
    assert result.listing is not None
    assert (result.listing.platform, result.listing.platform_listing_id) == ("immovlan", fact["id"])
    assert not list(differences(fact, result.listing))


@pytest.mark.parametrize("fact", FACTS, ids=name)
def test_record_keeps_the_schema_and_gives_its_reasons(fact: dict[str, Any]) -> None:
    listing = parsed(fact["file"]).listing
    assert listing is not None
    assert not list(SCHEMA.iter_errors(json.loads(listing.model_dump_json())))
    assert Listing.model_validate_json(listing.model_dump_json()) == listing
    values = listing.model_dump()
    assert not [field for field in listing.missing if values.get(field) not in (None, {}, [])]
    assert set(listing.missing.values()) <= {"not_in_advert"}, "whatever these pages state can be read"


@pytest.mark.parametrize("fact", FACTS, ids=name)
def test_a_page_gives_its_canonical_url_and_maps_again_from_its_payload(fact: dict[str, Any]) -> None:
    page = (CAPTURES / fact["file"]).read_text(encoding="utf-8")
    immovlan = get_platform("immovlan")
    payload = immovlan.without_private_data(immovlan.read_listing(page))
    again = parse_payload("immovlan", json.loads(json.dumps(payload))).listing
    first = parsed(fact["file"]).listing
    assert again is not None
    assert first is not None
    assert again.model_dump(exclude={"fetched_at"}) == first.model_dump(exclude={"fetched_at"})
    assert immovlan.listing_id(first.url) == fact["id"]
    assert f'{first.url}"' in page or f"{first.url}>" in page


def test_every_page_has_facts() -> None:
    pages = {path.name for path in CAPTURES.glob("*.html")}
    assert pages == {fact["file"] for fact in FACTS} | {search["file"] for search in SEARCHES}


def test_a_project_leads_to_its_units() -> None:
    immovlan = get_platform("immovlan")
    (project,) = (fact for fact in FACTS if fact["listing_kind"] == "project")
    payload = immovlan.read_listing((CAPTURES / project["file"]).read_text(encoding="utf-8"))
    units = immovlan.units(payload)
    assert [unit.platform_listing_id for unit in units] == ["vbd87532", "vbd87556"]
    assert {unit.project_id for unit in units} == {project["id"]}


@pytest.mark.parametrize("search", SEARCHES, ids=name)
def test_search_page(search: dict[str, Any]) -> None:
    page = parse_search_file("immovlan", CAPTURES / search["file"])
    assert page.total == search["total"]
    assert page.next_page is not None
    assert parse_qs(urlsplit(page.next_page).query)["page"] == [str(search["next_page_number"])]
    assert [card["platform_listing_id"] for card in page.cards] == [c["platform_listing_id"] for c in search["cards"]]
    wrong = [
        f"{expected['platform_listing_id']}.{field}: expected {expected.get(field)!r}, got {card.get(field)!r}"
        for card, expected in zip(page.cards, search["cards"], strict=True)
        for field in {*expected, "price_eur", "epc_label", "bedroom_count"}
        if card.get(field) != expected.get(field) and (field != "bedroom_count" or field in expected)
    ]
    assert not wrong, "\n".join(wrong)
    assert all(set(card) <= set(Listing.model_fields) for card in page.cards)


def rows() -> list[dict[str, str]]:
    with LABEL_TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_payload(row: dict[str, str]) -> dict[str, Any]:
    told = {labels.NAMES[place_key(label)]: value for label, value in row.items() if value and label in LABELS}
    header = {"price": row["Price"]}
    return {"id": row["Property ID"], "layout": "classic", "url": row["url"], "header": header, "labels": told,
            "language": "en", "data_layer": {}}  # fmt: skip


LABELS = frozenset((
    "State of the property", "Availability", "Number of bedrooms", "Livable surface", "Furnished", "Attic", "Garage",
    "Number of garages", "Kitchen equipment", "Kitchen type", "Number of bathrooms", "Number of showers",
    "Number of toilets", "Type of heating", "Type of glazing", "Elevator", "Number of facades", "Garden",
    "Surface garden", "Terrace", "Surface terrace", "Total land surface", "Swimming pool",
))  # fmt: skip


def test_every_value_of_2500_adverts_labels_is_understood() -> None:
    """Four areas of 1 m² and a count of 2024 garages are errors of the adverts; a parking space says no subtype."""
    assert set(rows()[0]) == {*LABELS, "url", "Property ID", "Price"}
    assert all(place_key(label) in labels.NAMES for label in LABELS)
    refused, unread, on_request = [], Counter[tuple[str, str, str | None]](), 0
    for row in rows():
        result = parse_payload("immovlan", as_payload(row), fetched_at=datetime(2025, 11, 10, tzinfo=UTC))
        assert result.listing is not None
        refused += result.reasons
        on_request += result.listing.price_kind == "on_request"
        unread.update(
            (field, why, result.listing.raw.get(field))
            for field, why in result.listing.missing.items()
            if why != "not_in_advert"
        )
    assert not refused
    assert on_request == sum(1 for row in rows() if not row["Price"]) == 82
    assert unread == {
        ("living_area_m2", "rejected:out_of_range", "1 m²"): 4,
        ("parking_count", "rejected:out_of_range", "2024"): 1,
        ("property_subtype", "not_parsed", "parking"): 8,
    }


def test_every_value_of_others_records_is_understood() -> None:
    for line in RECORDS.read_text(encoding="utf-8").splitlines():
        theirs = json.loads(line)
        subtype = theirs["property_subtype"]
        assert kinds.property_type(subtype) == theirs["property_type"].lower()
        assert kinds.property_subtype(subtype) is not None
        for convert, value in (
            (word_to(vocabulary.CONDITION), theirs["state_of_the_building"]),
            (belgian.epc_label, theirs["epc_score"]),
        ):
            assert value is None or convert(value) is not None
        place = locate(str(theirs["postal_code"]))
        assert place is not None
        assert place.region == theirs["region"].lower()

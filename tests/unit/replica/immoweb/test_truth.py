"""The truth speaks the canonical record's language and keeps its rules."""

from typing import Any

import pytest

from immobe.items import Listing
from immobe.replica.immoweb.portal import ImmowebPortal
from immobe.replica.market import Market, MarketDay


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    return list(ImmowebPortal(MarketDay(Market(17, 1_500), 2)).truth())


def test_records_have_the_canonical_names_and_values(records: list[dict[str, Any]]) -> None:
    rest = {"mapper_version": "truth", "fetched_at": "2026-03-04T06:00:00Z"}
    for record in records:
        Listing.model_validate_strings(
            {name: _text(value) for name, value in (record | rest).items() if value is not None}, strict=False
        )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_ids_and_urls_are_unique(records: list[dict[str, Any]]) -> None:
    assert len({record["platform_listing_id"] for record in records}) == len(records)
    assert len({record["url"] for record in records}) == len(records)


def test_nothing_is_told_of_private_sellers(records: list[dict[str, Any]]) -> None:
    private = [record for record in records if record["seller_type"] == "private"]
    assert private
    assert all(record["seller_name"] is record["seller_id"] is record["seller_licence"] is None for record in private)


def test_units_name_a_project_that_is_there(records: list[dict[str, Any]]) -> None:
    projects = {record["platform_listing_id"] for record in records if record["listing_kind"] == "project"}
    units = [record for record in records if record["listing_kind"] == "unit"]
    assert units
    assert {unit["project_id"] for unit in units} == projects
    assert all(record["project_id"] is None for record in records if record["listing_kind"] != "unit")


def test_unknowns_are_null_and_never_zero(records: list[dict[str, Any]]) -> None:
    for record in records:
        for name in ("price_eur", "land_area_m2", "cadastral_income_eur", "epc_kwh_m2_year", "living_area_m2"):
            assert record.get(name) != 0

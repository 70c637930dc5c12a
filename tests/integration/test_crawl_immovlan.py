"""Crawls of Immovlan's replica: bare postal codes that lead to a town's name, divided searches, changed layouts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.crawls import replica_of, rows, run_crawl, truth

pytestmark = pytest.mark.integration


def scraped(database_url: str) -> dict[str, dict[str, Any]]:
    return {row["platform_listing_id"]: row for row in rows(database_url) if row["stage"] == "scraped"}


def test_a_scope_of_postal_codes_stores_their_adverts_and_the_units_of_their_projects(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    with replica_of(240, 3, "--platforms=immovlan") as address:
        market = truth(address, "immovlan")
        codes = sorted({record["postal_code"] for record in market.values()})[:25]
        run_crawl(address, database_url, redis_url, tmp_path, "immovlan", f"scope=postal_code={','.join(codes)}")
    wanted = {number for number, record in market.items() if record["postal_code"] in codes}
    assert set(scraped(database_url)) == wanted
    assert len(wanted) > 20


def test_searches_of_one_page_are_divided_until_all_is_found(database_url: str, redis_url: str, tmp_path: Path) -> None:
    with replica_of(240, 3, "--platforms=immovlan", "--pages=1") as address:
        market = truth(address, "immovlan")
        run_crawl(address, database_url, redis_url, tmp_path, "immovlan", SEARCH_MAX_PAGES="1")
    missing = set(market) - set(scraped(database_url))
    assert {market[number]["price_kind"] for number in missing} <= {"on_request"}
    assert len(missing) <= 2


def test_a_layout_that_changed_is_kept_for_a_person(database_url: str, redis_url: str, tmp_path: Path) -> None:
    with replica_of(240, 3, "--platforms=immovlan", "--faults=immovlan:listing:marker=20%/always") as address:
        market = truth(address, "immovlan")
        run_crawl(address, database_url, redis_url, tmp_path, "immovlan")
    assert set(scraped(database_url)) == set(market)
    reasons = {reason for (reason,) in (row["reasons"] for row in rows(database_url, "SELECT reasons FROM quarantine"))}
    assert len(reasons) == 1
    assert "element_missing" in reasons.pop()

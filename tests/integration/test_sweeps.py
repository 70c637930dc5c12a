"""Adverts go by evidence alone: a whole sweep asks for what it has not met, and the page's own answer decides."""

from __future__ import annotations

import pytest

from tests.integration.crawls import Crawl, replica_of, rows, set_day, truth

pytestmark = pytest.mark.integration
STALE = {"REVISIT_SHORTEST_DAYS": "300", "REVISIT_LONGEST_DAYS": "300"}  # only a sweep asks again


def stages(database_url: str) -> dict[str, str]:
    return {row["platform_listing_id"]: row["stage"] for row in rows(database_url)}


def test_what_went_is_gone_after_a_sweep(crawl: Crawl, database_url: str) -> None:
    with replica_of(130, 28, "--platforms=immoweb") as address:
        crawl(address, **STALE)
        before = truth(address)
        set_day(address, 8)
        after = truth(address)
        [log] = crawl(address, **STALE)
    removed = before.keys() - after.keys()
    units = {number for number in removed if before[number]["listing_kind"] == "unit"}
    assert len(removed) > 8
    assert units
    found = stages(database_url)
    assert {number for number, stage in found.items() if stage == "gone"} == removed, log
    gone = rows(database_url, "SELECT status, gone_evidence FROM listings WHERE stage = 'gone'")
    assert {row["gone_evidence"] for row in gone} <= {"http_404", "redirected_home"}
    assert {row["status"] for row in gone} == {"withdrawn"}, "never sold, which nothing says"


def test_a_sweep_of_a_part_asks_for_nothing_else(crawl: Crawl, database_url: str) -> None:
    with replica_of(130, 28, "--platforms=immoweb") as address:
        crawl(address, **STALE)
        before = truth(address)
        set_day(address, 8)
        removed = before.keys() - truth(address).keys()
        crawl(address, "scope=transaction=rent", **STALE)
    rents = {number for number in removed if before[number]["transaction_type"] == "rent"}
    assert rents
    assert {number for number, stage in stages(database_url).items() if stage == "gone"} == rents


def test_a_scout_leaves_the_asking_to_harvesters(crawl: Crawl, database_url: str) -> None:
    with replica_of(130, 28, "--platforms=immoweb") as address:
        crawl(address, **STALE)
        before = truth(address)
        set_day(address, 8)
        removed = before.keys() - truth(address).keys()
        crawl(address, "mode=scout", **STALE)
        assert "gone" not in stages(database_url).values(), "not to be met is no evidence"
        crawl(address, "mode=harvest", **STALE)
        met = {n for n, stage in stages(database_url).items() if stage == "gone"}
        assert met <= removed
        crawl(address, "mode=scout", **STALE)
        crawl(address, "mode=harvest", **STALE)
    assert {n for n, stage in stages(database_url).items() if stage == "gone"} == removed, "within two sweeps"


def test_half_an_empty_market_is_a_doubtful_sweep(crawl: Crawl, database_url: str) -> None:
    with replica_of(130, 28, "--platforms=immoweb") as address:
        crawl(address, **STALE)
        set_day(address, 300)
        [log] = crawl(address, **STALE)
    assert "The sweep is in doubt" in log
    assert "gone" not in stages(database_url).values()

"""Adverts go by evidence alone: a whole sweep asks for what it has not met, and the page's own answer decides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.integration.crawls import Crawl, replica_of, rows, set_day, truth

pytestmark = pytest.mark.integration
STALE = {"REVISIT_SHORTEST_DAYS": "300", "REVISIT_LONGEST_DAYS": "300"}  # only a sweep asks again


def stages(database_url: str) -> dict[str, str]:
    return {row["platform_listing_id"]: row["stage"] for row in rows(database_url)}


class Swept(NamedTuple):
    """A market that was crawled whole eight days ago."""

    address: str
    before: dict[str, dict[str, Any]]
    """{listing id: facts} of that day."""
    removed: set[str]
    """Ids of what went since."""


@pytest.fixture(scope="module")
def replica() -> Iterator[str]:
    with replica_of(130, 28, "--platforms=immoweb") as address:
        yield address


@pytest.fixture
def swept(replica: str, crawl: Crawl) -> Swept:
    set_day(replica, 0)
    crawl(replica, **STALE)
    before = truth(replica)
    set_day(replica, 8)
    return Swept(replica, before, before.keys() - truth(replica).keys())


def test_what_went_is_gone_after_a_sweep(swept: Swept, crawl: Crawl, database_url: str) -> None:
    [log] = crawl(swept.address, **STALE)
    units = {number for number in swept.removed if swept.before[number]["listing_kind"] == "unit"}
    assert len(swept.removed) > 8
    assert units
    found = stages(database_url)
    assert {number for number, stage in found.items() if stage == "gone"} == swept.removed, log
    gone = rows(database_url, "SELECT status, gone_evidence FROM listings WHERE stage = 'gone'")
    assert {row["gone_evidence"] for row in gone} <= {"http_404", "redirected_home"}
    assert {row["status"] for row in gone} == {"withdrawn"}, "never sold, which nothing says"


def test_a_sweep_of_a_part_asks_for_nothing_else(swept: Swept, crawl: Crawl, database_url: str) -> None:
    crawl(swept.address, "scope=transaction=rent", **STALE)
    rents = {number for number in swept.removed if swept.before[number]["transaction_type"] == "rent"}
    assert rents
    assert {number for number, stage in stages(database_url).items() if stage == "gone"} == rents


def test_a_scout_leaves_the_asking_to_harvesters(swept: Swept, crawl: Crawl, database_url: str) -> None:
    crawl(swept.address, "mode=scout", **STALE)
    assert "gone" not in stages(database_url).values(), "not to be met is no evidence"
    crawl(swept.address, "mode=harvest", **STALE)
    met = {n for n, stage in stages(database_url).items() if stage == "gone"}
    assert met <= swept.removed
    crawl(swept.address, "mode=scout", **STALE)
    crawl(swept.address, "mode=harvest", **STALE)
    assert {n for n, stage in stages(database_url).items() if stage == "gone"} == swept.removed, "within two sweeps"


def test_half_an_empty_market_is_a_doubtful_sweep(swept: Swept, crawl: Crawl, database_url: str) -> None:
    set_day(swept.address, 300)
    [log] = crawl(swept.address, **STALE)
    assert "The sweep is in doubt" in log
    assert "gone" not in stages(database_url).values()

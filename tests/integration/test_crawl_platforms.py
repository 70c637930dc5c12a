"""The whole way for every portal of the replica beside Immoweb: what is stored equals its truth, field by field."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.integration.crawls import as_json, replica_of, rows, run_crawl, set_day, truth

pytestmark = pytest.mark.integration
# {platform: how adverts that are gone say so}
PLATFORMS = {
    "realo": {"http_404", "removed_page"},
    "trevi": {"http_404"},
    "twedehands": {"http_404"},
    "zimmo": {"http_404", "redirected_home"},
    "immoscoop": {"http_404"},
    "biddit": {"http_404"},
    "immovlan": {"http_404"},
}
Crawl = Callable[..., str]


@pytest.fixture(scope="module")
def replica_of_all() -> Iterator[str]:
    with replica_of(240) as address:
        yield address


@pytest.fixture
def replica(replica_of_all: str) -> str:
    """The market's first day."""
    set_day(replica_of_all, 0)
    return replica_of_all


@pytest.fixture
def crawl(replica: str, database_url: str, redis_url: str, tmp_path: Path) -> Crawl:
    """Runs a crawl process of a platform, with arguments of the spider, to its end; its log."""
    return partial(run_crawl, replica, database_url, redis_url, tmp_path)


def stored(database_url: str, platform: str, stage: str = "scraped") -> dict[str, dict[str, Any]]:
    found = rows(database_url, f"SELECT * FROM listings WHERE platform = '{platform}' AND stage = '{stage}'")
    return {row["platform_listing_id"]: row for row in found}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_is_stored_is_the_portal_of_the_day_and_what_went_is_gone(
    platform: str, replica: str, crawl: Crawl, database_url: str
) -> None:
    crawl(platform, "mode=scout")
    before = stored(database_url, platform, "discovered")
    # Units stand on their project's page alone.
    shown = {number for number, facts in truth(replica, platform).items() if facts["listing_kind"] != "unit"}
    assert set(before) == shown
    set_day(replica, 40)
    log = crawl(platform)
    market, found = truth(replica, platform), stored(database_url, platform)
    assert set(found) == set(market), log
    wrong = {
        (number, field): (value, found[number][field])
        for number, facts in market.items()
        for field, value in facts.items()
        if value != as_json(found[number][field])
    }
    assert wrong == {}
    assert rows(database_url, "SELECT reasons FROM quarantine") == []
    gone = stored(database_url, platform, "gone")
    assert set(gone) == set(before) - set(market)
    assert {row["gone_evidence"] for row in gone.values()} == PLATFORMS[platform]

"""An end in order does not wait for the budget; what a replica says about its hosts is not told of the portals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from immobe.crawling.keys import queue_of
from immobe.redis.namespace import namespace
from tests.integration.crawls import replica_of, rows
from tests.integration.faulty_crawl import FaultyCrawl, assert_stored_as_it_is

pytestmark = pytest.mark.integration
FAULTLESS = 60


@pytest.fixture
def crawl(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[FaultyCrawl]:
    """A replica without faults, and no crawl yet."""
    with replica_of(FAULTLESS) as address:
        crawl = FaultyCrawl(address, database_url, redis_url, tmp_path)
        try:
            yield crawl
        finally:
            crawl.close()


def waits(crawl: FaultyCrawl) -> Callable[[], bool]:
    """Pages are in work, and none of them has been answered for a second."""
    seen = [(-1, time.monotonic())]

    def look() -> bool:
        number = crawl.requests["listing"] + crawl.requests["search"]
        if number != seen[-1][0]:
            seen.append((number, time.monotonic()))
        return number > 0 and time.monotonic() - seen[-1][1] > 1 and crawl.redis.zcard("immoweb:requests:l") > 0

    return look


def test_a_stop_gives_back_what_waits_for_its_turn_and_loses_nothing(crawl: FaultyCrawl) -> None:
    slow = {"THROTTLE_ENABLED": "true", "CRAWLER_DOWNLOAD_DELAY": "8", "BUDGET_PATIENCE": "600"}
    crawl.start(1, **slow, QUEUE_LEASE_SECONDS="60")
    crawl.until(waits(crawl), "requests wait for their turn")
    queued = crawl.redis.hlen("immoweb:requests:d")
    began = time.monotonic()
    crawl.stop()
    assert time.monotonic() - began < 20  # of the 600 that it would have waited
    assert crawl.redis.zcard("immoweb:requests:l") == 0, "nothing is left leased"
    assert crawl.redis.hlen("immoweb:requests:d") >= queued - 1  # one may have been answered meanwhile
    assert crawl.letters() == []
    assert queue_of(crawl.redis, "immoweb").pending().searches > 0
    waited = rows(
        crawl.database_url,
        "SELECT labels->>'domain' AS domain, sum(value) AS n FROM metric_totals"
        " WHERE name = 'budget_wait_seconds_bucket' GROUP BY 1",
    )
    assert [(row["domain"], row["n"] > 1) for row in waited] == [("immoweb.be", True)]
    crawl.run(1)
    assert_stored_as_it_is(crawl)


def test_a_replica_has_keys_of_its_own(crawl: FaultyCrawl) -> None:
    crawl.start(1, THROTTLE_ENABLED="true", CRAWLER_DOWNLOAD_DELAY="0.05")
    crawl.until(lambda: crawl.requests["listing"] > 3, "some pages")
    crawl.stop()
    own = namespace(crawl.address)
    keys = {key.decode() for key in crawl.redis.keys("immobe:*")}
    assert {f"{own}:robots:https://www.immoweb.be", f"{own}:budget:immoweb.be"} <= keys
    assert not [key for key in keys if "immoweb" in key and not key.startswith(f"{own}:")]
    assert namespace("http://127.0.0.1:1") != own

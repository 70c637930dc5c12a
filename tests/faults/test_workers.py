"""Worker processes are killed, frozen and stopped: nothing is lost, and little is fetched twice."""

import random
import signal
import time
from collections.abc import Callable

import pytest

from tests.faults.crawl_harness import HELD, LEASE_SECONDS, MarketCrawl

pytestmark = [pytest.mark.integration, pytest.mark.faults]


def test_without_faults(crawl: MarketCrawl, sound: Callable[..., None]) -> None:
    crawl.begin(2)
    outcome = crawl.run_to_end()
    sound(outcome, fault="none", refetched=0)
    assert crawl.total("stale") == crawl.total("lost_leases") == crawl.total("expired") == 0


def test_killed_at_random(crawl: MarketCrawl, sound: Callable[..., None]) -> None:
    draw = random.Random(1)
    crawl.begin(3)
    for _ in range(2):
        crawl.let_and_store(70, rows=20)
        crawl.kill_one(draw)
    crawl.begin(1)
    crawl.fault_is_over()
    outcome = crawl.run_to_end()
    crawl.faults = 2
    sound(outcome, fault="F1 worker killed", refetched=2 * HELD)

"""PostgreSQL dies, freezes, is locked or full: pages wait, nothing is acknowledged, the crawl goes on by itself."""

import time
from collections.abc import Callable
from contextlib import closing

import psycopg2
import pytest

from tests.faults.crawl_harness import LEASE_SECONDS, LONG_LEASE, MarketCrawl
from tests.faults.crawl_servers import PostgresServer, SmallDisks

pytestmark = [pytest.mark.integration, pytest.mark.faults]
Sound = Callable[..., None]
OUTAGE = "The database cannot be used"


def until_noticed(crawl: MarketCrawl, before: int = 0) -> None:
    """`before`: how often workers had noticed an outage until now."""
    crawl.until(lambda: crawl.log().count(OUTAGE) > before, "an outage is noticed")
    assert all(worker.runs for worker in crawl.workers), "an outage is no end"


def test_killed_while_it_commits(crawl: MarketCrawl, postgres: PostgresServer, sound: Sound) -> None:
    crawl.begin(2, **LONG_LEASE)
    for _ in range(2):
        crawl.let_and_store(50, rows=10)
        before = crawl.log().count(OUTAGE)
        postgres.kill()
        crawl.let(20)
        until_noticed(crawl, before)
        postgres.start()
        crawl.fault_is_over(10)
    sound(crawl.run_to_end(), fault="F14 PostgreSQL killed in commits", refetched=0)


@pytest.mark.slow
def test_frozen(crawl: MarketCrawl, postgres: PostgresServer, sound: Sound) -> None:
    """Longer than all leases: they are renewed while pages wait for their commit."""
    crawl.begin(2)
    crawl.let_and_store(60, rows=20)
    postgres.freeze()
    crawl.let(100)
    time.sleep(4 * LEASE_SECONDS)  # the fault itself
    postgres.thaw()
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault=f"F15 PostgreSQL frozen for {4 * LEASE_SECONDS:.0f} s", refetched=0)
    assert crawl.total("expired") == 0


@pytest.mark.slow
def test_a_lock_is_held(crawl: MarketCrawl, sound: Sound) -> None:
    crawl.begin(2, **LONG_LEASE)
    crawl.let_and_store(60, rows=20)
    with closing(psycopg2.connect(crawl.database_url.replace("+psycopg2", ""))) as connection:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE listings IN EXCLUSIVE MODE")
        crawl.let(100)
        until_noticed(crawl)
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F15 LOCK TABLE held", refetched=0)


@pytest.mark.slow
def test_a_worker_dies_while_the_database_is_away(crawl: MarketCrawl, postgres: PostgresServer, sound: Sound) -> None:
    """What it had fetched and could not store is fetched again by others."""
    victim, _ = crawl.begin(2)
    crawl.let_and_store(60, rows=10)
    postgres.kill()
    crawl.let(100)
    until_noticed(crawl)
    crawl.kill(victim)
    postgres.start()
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F1 + F14 worker and PostgreSQL killed", refetched=100)


@pytest.mark.slow
def test_the_disk_is_full(crawl: MarketCrawl, postgres: PostgresServer, small_disks: SmallDisks, sound: Sound) -> None:
    database_url, crawl.database_url = crawl.database_url, postgres.database_on(small_disks)
    try:
        crawl.begin(2, **LONG_LEASE)
        crawl.let(None)
        until_noticed(crawl)
        assert "No space left on device" in crawl.log()
        small_disks.leave(1 << 28)
        crawl.fault_is_over()
        sound(crawl.run_to_end(), fault="F16 PostgreSQL's disk full", refetched=0)
    finally:
        crawl.close()
        postgres.drop_tablespace(crawl.database_url)
        crawl.database_url = database_url

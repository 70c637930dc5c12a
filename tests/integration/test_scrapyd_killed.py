"""Scrapyd is killed: what it ran is known from heartbeats; nothing is lost, and nothing is done twice at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from immobe.storage import crawl_orders
from immobe.storage.schema import migrate
from tests.integration.crawls import replica_of, rows, truth
from tests.integration.scrapyd_service import Service, immobe, scrapyd_of
from tests.integration.watchtower_service import until

pytestmark = [pytest.mark.integration, pytest.mark.faults]
ORDERS = "SELECT job, outcome, send_count FROM crawl_orders ORDER BY ordered_at"


@pytest.fixture
def replica() -> Iterator[str]:
    with replica_of(60) as address:
        yield address


@pytest.fixture
def scrapyd(replica: str, database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Service]:
    """Its crawls take minutes: a page every two seconds."""
    migrate(database_url)
    slow = {"THROTTLE_ENABLED": "true", "CRAWLER_DOWNLOAD_DELAY": "2", "BUDGET_JITTER": "0"}
    with scrapyd_of(replica, database_url, redis_url, tmp_path, **slow) as service:
        yield service


def settled(scrapyd: Service) -> dict[str, str]:
    """{job: what `immobe scrapyd jobs` says of it}."""
    lines = immobe(scrapyd, "scrapyd", "jobs").splitlines()
    return dict(line.split("  ", 1) for line in lines if "  " in line)


def at_work(database_url: str) -> bool:
    found = rows(database_url, "SELECT page_count FROM scrape_runs WHERE ended_at IS NULL")
    return any(row["page_count"] > 2 for row in found)


def test_a_crawl_goes_on_without_scrapyd_and_dies_without_loss(
    scrapyd: Service, replica: str, database_url: str
) -> None:
    job, state = immobe(scrapyd, "scrapyd", "start", "immoweb", "--mode=all").split()
    assert state == "started"
    until(lambda: at_work(database_url), "the crawl is at work", 180)
    scrapyd.kill()
    scrapyd.environment["CRAWLER_DOWNLOAD_DELAY"] = "0.1"  # whoever takes over need not take minutes
    scrapyd.start()
    (crawl,) = scrapyd.crawls()
    assert settled(scrapyd)[job].startswith(f"detached (pid {crawl.pid} on ")
    again = immobe(scrapyd, "scrapyd", "start", "immoweb", "--mode=all").split()
    assert again == [job, "started"], "it is under way, and not started a second time"
    assert scrapyd.crawls() == [crawl]

    crawl.kill()
    until(lambda: settled(scrapyd)[job] == "died, sent again", "its silence is noticed")
    until(lambda: job not in settled(scrapyd), "the second one has ended", seconds=120)
    assert rows(database_url, ORDERS) == [{"job": job, "outcome": "done", "send_count": 2}]
    stored = {row["platform_listing_id"] for row in rows(database_url) if row["stage"] == "scraped"}
    assert stored == set(truth(replica))
    ends = rows(database_url, "SELECT job, finish_reason FROM scrape_runs ORDER BY started_at")
    assert [tuple(row.values()) for row in ends] == [(job, "lost"), (job, "finished")]


def test_a_job_that_was_lost_on_its_way_from_the_queue_is_sent_again(
    scrapyd: Service, engine: Engine, database_url: str
) -> None:
    """Scrapyd takes a job out of its queue before it starts the process, and may die in between: it has no trace of
    it then, and neither have we, but for the order."""
    crawl_orders.place(engine, "mine", "immoweb", "scout", "postal_code=9000", {})
    assert settled(scrapyd) == {"mine": "starting"}, "it may still come"
    with engine.begin() as connection:
        connection.execute(text("UPDATE crawl_orders SET sent_at = sent_at - interval '3 minutes'"))
    assert settled(scrapyd) == {"mine": "lost, sent again"}
    until(lambda: settled(scrapyd) == {}, "it has ended", 180)
    assert rows(database_url, ORDERS) == [{"job": "mine", "outcome": "done", "send_count": 2}]
    assert immobe(scrapyd, "scrapyd", "start", "immoweb", "--job=mine") == "mine ended\n", "the same name runs once"


def test_a_crawl_that_cannot_begin_is_not_tried_again_and_one_that_is_cancelled_neither(
    scrapyd: Service, engine: Engine, database_url: str
) -> None:
    wrong = immobe(scrapyd, "scrapyd", "start", "immoweb", "--scope=province=atlantis", "--job=wrong")
    assert wrong == "wrong started\n"
    until(lambda: "wrong" not in settled(scrapyd), "it has ended", 180)
    job = immobe(scrapyd, "scrapyd", "start", "immoweb").split()[0]
    until(lambda: at_work(database_url), "the crawl is at work", 180)
    assert immobe(scrapyd, "scrapyd", "cancel", job) == f"{job} is told to stop\n"
    until(lambda: not scrapyd.crawls(), "it has stopped")
    assert settled(scrapyd) == {}
    assert [tuple(row.values()) for row in rows(database_url, ORDERS)] == [
        ("wrong", "failed", 1),
        (job, "cancelled", 1),
    ]


def test_crawls_end_in_order_with_scrapyd(scrapyd: Service, database_url: str) -> None:
    """And go on when it is back: what was stopped with Scrapyd was not meant to end."""
    job = immobe(scrapyd, "scrapyd", "start", "immoweb").split()[0]
    until(lambda: at_work(database_url), "the crawl is at work", 180)
    assert scrapyd.stop() == 0
    assert scrapyd.crawls() == []
    (run,) = rows(database_url, "SELECT finish_reason FROM scrape_runs")
    assert run["finish_reason"] == "shutdown"
    scrapyd.start()
    assert settled(scrapyd) == {job: "died, sent again"}
    until(lambda: at_work(database_url), "it is at work again")
    assert immobe(scrapyd, "scrapyd", "status").startswith("pending 0, running 1, finished")

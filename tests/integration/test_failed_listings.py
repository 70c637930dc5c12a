"""A listing whose page is given up is failed, whoever gave it up. It is not queued for ever, and can come back."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from redis import Redis
from sqlalchemy import Engine

from immobe.config import load_config
from immobe.crawling.keys import queue_of
from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_dead import DeadLetters
from immobe.crawling.leases_records import Finished, Verdict
from immobe.crawling.reconcile import reconcile
from immobe.crawling.reconciler import Reconciler
from immobe.storage.engine import make_engine
from immobe.storage.schema import migrate
from tests.integration.crawls import Invoke, replica_of, rows, truth
from tests.integration.faulty_crawl import FaultyCrawl

pytestmark = pytest.mark.integration
NOBODY = "postgresql+psycopg2://nobody@127.0.0.1:1/none"


@pytest.fixture
def discovered(database_url: str) -> set[str]:
    """Ids of listings that were found and never fetched."""
    ids = {"100001", "100002", "100003"}
    migrate(database_url)
    with psycopg2.connect(database_url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        for one in ids:
            cursor.execute(
                "INSERT INTO listings (platform, platform_listing_id, url, stage, first_seen_at, last_seen_at)"
                " VALUES ('immoweb', %s, %s, 'discovered', now(), now())",
                (one, f"https://www.immoweb.be/en/classified/{one}"),
            )
    return ids


@pytest.fixture
def queue_again(engine: Engine, redis: Redis, queue: LeasedQueue) -> Callable[[], int]:
    return lambda: reconcile(engine, redis, queue, "immoweb")


def found(database_url: str) -> dict[str, tuple[str, str | None]]:
    return {row["platform_listing_id"]: (row["stage"], row["failure"]) for row in rows(database_url)}


def test_given_up_by_a_worker_or_killed_with_its_workers(
    queue: LeasedQueue, database_url: str, discovered: set[str], queue_again: Callable[[], int]
) -> None:
    """Nobody wrote the rows: the worker died after its acknowledgement, or before. Who looks next does."""
    assert queue_again() == 3
    first, second, third = queue.claim("w", 3, 0, 5).claimed
    queue.done("w", [Finished(first.id, Verdict.DEAD, reason="http_503")])
    assert queue.claim("other", 0, 60_000, 1).buried == 2
    assert queue_again() == 0
    reasons = {json.loads(one.payload)["cb_kwargs"]["listing_id"]: one for one in (first, second, third)}
    assert found(database_url) == {
        one: ("failed", "http_503" if claimed is first else "lease expired 1 times") for one, claimed in reasons.items()
    }
    assert queue.pending().requests == 0
    queue.scripts.redis.flushall()
    assert queue_again() == 0, "also when the dead letters themselves are lost"


def test_a_letter_about_no_listing_is_noted_without_a_row(
    queue: LeasedQueue, database_url: str, discovered: set[str], redis: Redis, queue_again: Callable[[], int]
) -> None:
    redis.hset("immoweb:requests:x", mapping={"a": "x|0|not json", "b": 'x|-100|{"url": "https://x"}'})
    redis.zadd("immoweb:requests:x:times", {"a": 1, "b": 2})
    redis.sadd("immoweb:requests:x:new", "a", "b")
    queue_again()
    assert {stage for stage, _ in found(database_url).values()} == {"discovered"}
    assert queue.claim("w", 0, 0, 5).unnoted == 0


def test_while_postgresql_is_away_nothing_is_forgotten(
    queue: LeasedQueue,
    database_url: str,
    redis_url: str,
    discovered: set[str],
    queue_again: Callable[[], int],
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue_again()
    queue.done("w", [Finished(queue.claim("w", 1, 60_000, 5).claimed[0].id, Verdict.DEAD, reason="timeout")])
    config = load_config(None)

    def reconciler(url: str) -> Reconciler:
        return Reconciler(
            "immoweb", redis_url, lambda client: queue_of(client, "immoweb"), lambda: make_engine(config, url)
        )

    reconciler(NOBODY).note_dead()
    assert "dead letters wait to be noted" in caplog.text
    assert queue.claim("w", 0, 0, 5).unnoted == 1
    reconciler(database_url).note_dead()
    assert queue.claim("w", 0, 0, 5).unnoted == 0
    assert sorted(stage for stage, _ in found(database_url).values()) == ["discovered", "discovered", "failed"]


@pytest.fixture
def crawl(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[FaultyCrawl]:
    with replica_of(40, 3, "--faults=listing:503=10%/always") as address:
        crawl = FaultyCrawl(address, database_url, redis_url, tmp_path)
        yield crawl
        crawl.close()


def test_a_crawl_that_cannot_have_a_page_says_so_and_a_person_brings_it_back(
    crawl: FaultyCrawl, database_url: str, invoke: Invoke
) -> None:
    crawl.run(1, QUEUE_MAX_ATTEMPTS="2")
    failed = {one: why for one, (stage, why) in found(database_url).items() if stage == "failed"}
    assert failed
    assert set(failed.values()) == {"http_503"}
    assert len(crawl.letters()) == len(failed)
    assert invoke("reconcile", "immoweb") == "immoweb: 0 queued again.\n"
    crawl.faults("")
    assert invoke("queue", "requeue", "immoweb", "--all") == f"{len(failed)} queued again.\n"
    crawl.start(1, "mode=harvest")
    crawl.finish()
    assert {stage for stage, _ in found(database_url).values()} == {"scraped"}
    assert crawl.letters() == []


def test_what_a_person_pushes_is_fetched_each_time(crawl: FaultyCrawl, database_url: str, invoke: Invoke) -> None:
    """In one run, in both forms; what is no page of ours is kept with the reason."""
    crawl.run(1)
    url = next(row["url"] for row in rows(database_url) if row["stage"] == "scraped")
    seen = rows(database_url, f"SELECT scraped_at FROM listings WHERE url = '{url}'")[0]["scraped_at"]
    messages: list[Any] = [
        url,
        {"url": url, "priority": 5, "meta": {"a": 1}},
        {"url": url, "method": "POST"},
        {"url": "https://example.org/"},
    ]
    crawl.redis.rpush("immoweb:start_urls", *(one if isinstance(one, str) else json.dumps(one) for one in messages))
    crawl.faults("")
    crawl.start(1, "scope=type=other price=-1")
    crawl.finish()
    assert crawl.requests["most_a_listing"] == 2
    again = rows(database_url, f"SELECT scraped_at FROM listings WHERE url = '{url}'")[0]["scraped_at"]
    assert again > seen
    queue = queue_of(crawl.redis, "immoweb")
    reasons = [one.reason for one in DeadLetters(queue).page() if "start URL" in one.reason]
    assert sorted(reasons) == [
        "bad start URL: ValueError: method 'POST': pages are only read, with GET",
        "bad start URL: ValueError: not a URL of immoweb: https://example.org/",
    ]
    assert "start URLs: ignored meta" in crawl.log()


def test_what_others_misdo_is_told_and_loses_nothing(crawl: FaultyCrawl, database_url: str, invoke: Invoke) -> None:
    """A link that cannot be queued buries its page; a page that a foreign middleware ignores is buried itself."""
    crawl.faults("")
    odd, ignored = [n for n, facts in truth(crawl.address).items() if facts["listing_kind"] == "single"][:2]
    crawl.run(
        1, SCRAPY_SETTINGS_MODULE="tests.integration.odd_settings", TEST_ODD_LISTING=odd, TEST_IGNORED_LISTING=ignored
    )
    reasons = {reason.partition(":")[0] for reason, _ in crawl.letters()}
    assert reasons == {"a link cannot be queued", "ignored"}
    assert found(database_url)[ignored] == ("failed", "ignored: not this one")
    assert found(database_url)[odd] == ("discovered", None), "its search page can bring it again"
    assert "a request cannot be queued: https://www.immoweb.be" in crawl.log()
    invoke("queue", "requeue", "immoweb", "--all")
    crawl.start(1, "mode=all", "scope=type=other price=-1")
    crawl.finish()
    assert {stage for stage, _ in found(database_url).values()} == {"scraped"}
    assert crawl.letters() == []

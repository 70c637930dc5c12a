"""The scheduler against Scrapy's real engine: what it relies on, and that nothing is acknowledged too early."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from redis import Redis
from sqlalchemy import Engine
from typer.testing import CliRunner

from immobe.cli import app
from immobe.commands.queue import NoSuchLetter
from immobe.crawling.fingerprints import listing_fingerprint
from immobe.crawling.keys import queue_of
from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_dead import DeadLetters
from immobe.crawling.leases_records import Entry, Finished, RequestIds, Verdict
from immobe.crawling.leases_start_urls import StartUrls
from immobe.crawling.reconcile import reconcile
from tests.integration.crawls import Invoke

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]


CONTRACT = """
import asyncio, json
from scrapy import Request, Spider, signals
from scrapy.crawler import AsyncCrawlerProcess
from immobe.crawling.engine_state import requests_in_progress

seen = []

class Probe(Spider):
    name = "probe"
    custom_settings = {
        "ITEM_PIPELINES": {"__main__.Slow": 1}, "LOG_ENABLED": False, "REMOTE_CONTROL_ENABLED": False,
    }
    async def start(self):
        self.request = Request("data:text/plain,hello")
        yield self.request
    def parse(self, response):
        if response.text == "child":
            return
        seen.append(["callback", self.request in requests_in_progress(self.crawler)])
        yield {"n": 1}
        yield Request("data:text/plain,child")

class Slow:
    def __init__(self, crawler):
        self.crawler = crawler
    @classmethod
    def from_crawler(cls, crawler):
        crawler.signals.connect(cls.scheduled, signals.request_scheduled)
        crawler.signals.connect(cls.idle, signals.spider_idle)
        return cls(crawler)
    @staticmethod
    def scheduled(request, spider):
        seen.append(["scheduled " + request.url[-5:], spider.request in requests_in_progress(spider.crawler)])
    @staticmethod
    def idle(spider):
        seen.append(["idle", bool(requests_in_progress(spider.crawler))])
    async def process_item(self, item):
        await asyncio.sleep(0.05)
        seen.append(["item stored", self.crawler.spider.request in requests_in_progress(self.crawler)])
        return item

process = AsyncCrawlerProcess()
process.crawl(Probe)
process.start()
print(json.dumps(seen))
"""


async def test_scrapy_lets_a_request_go_only_when_its_items_are_stored_and_its_links_are_scheduled() -> None:
    """The one private attribute we use. A new Scrapy release that fails here needs another way to acknowledge."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CONTRACT, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert out, err.decode()
    seen: dict[str, bool] = dict(json.loads(out.splitlines()[-1]))
    assert seen["callback"]
    assert seen["item stored"], "still in progress while an item is in a pipeline"
    assert seen["scheduled child"], "still in progress while its links are scheduled"
    assert not seen["idle"], "gone once all is done"


def entry(ids: RequestIds, **values: Any) -> Entry:
    payload = json.dumps({"v": 1, "url": "https://www.immoweb.be/en/classified/1"}).encode()
    return Entry(ids.new(), payload, **values)


def test_dead_letters_are_shown_queued_again_and_dropped(queue: LeasedQueue, invoke: Invoke) -> None:
    ids = RequestIds()
    queue.enqueue([entry(ids), entry(ids), entry(ids)])
    claimed = queue.claim("w", 2, 60_000, 5).claimed
    queue.done("w", [Finished(c.id, Verdict.DEAD, reason="http_500") for c in claimed])
    shown = invoke("queue", "show")
    assert "http_500" in shown
    assert claimed[0].id in shown
    assert invoke("queue", "requeue", "immoweb", claimed[0].id) == "1 queued again.\n"
    assert invoke("queue", "drop", "immoweb", "--all") == "1 dropped.\n"
    assert (queue.pending().ready, queue.pending().dead) == (2, 0)


def test_an_id_that_is_no_dead_letter_is_an_error(queue: LeasedQueue, redis: Redis, invoke: Invoke) -> None:
    ids = RequestIds()
    queue.enqueue([entry(ids), entry(ids)])
    first, second = queue.claim("w", 2, 60_000, 5).claimed
    queue.done("w", [Finished(one.id, Verdict.DEAD, reason="http_500") for one in (first, second)])
    redis.lpush("immoweb:start_urls", "rubbish")
    StartUrls(queue, "immoweb:start_urls", lambda message: entry(ids)).take()
    rubbish = DeadLetters(queue).page()[0].id

    def refused(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["queue", *arguments], env=dict(os.environ))
        assert isinstance(result.exception, NoSuchLetter), result.output
        return f"{result.output}{result.exception}"

    said = refused("requeue", "immoweb", first.id, "nosuchid", rubbish)
    assert "1 queued again.\nimmoweb has no dead letter nosuchid" in said
    assert f"No start URL could be read from {rubbish}" in said
    assert "1 dropped.\nimmoweb has no dead letter nosuchid" in refused("drop", "immoweb", "nosuchid", second.id)
    assert refused("drop", "immoweb", "nosuchid").startswith("0 dropped.\n")
    command = [sys.executable, "-m", "immobe", "queue", "drop", "immoweb", "nosuchid"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "immobe: immoweb has no dead letter nosuchid" in ended.stderr


def test_requeue_wants_ids_or_all() -> None:
    assert CliRunner().invoke(app, ["queue", "requeue", "immoweb"]).exit_code == 2
    assert CliRunner().invoke(app, ["queue", "drop", "immoweb", "x", "--all"]).exit_code == 2


def discover(database_url: str, number: int) -> None:
    with psycopg2.connect(database_url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        for listing_id in range(number):
            cursor.execute(
                "INSERT INTO listings (platform, platform_listing_id, url, stage, first_seen_at, last_seen_at)"
                " VALUES ('immoweb', %s, %s, %s, now(), now())",
                (
                    str(100_000 + listing_id),
                    f"https://www.immoweb.be/en/classified/{100_000 + listing_id}",
                    "scraped" if listing_id % 5 == 0 else "discovered",
                ),
            )


def test_an_emptied_queue_is_filled_from_the_rows(
    queue: LeasedQueue, redis: Redis, database_url: str, engine: Engine
) -> None:
    discover(database_url, 10)
    assert reconcile(engine, redis, queue, "immoweb") == 8
    assert reconcile(engine, redis, queue, "immoweb") == 0, "a request named after its listing is never there twice"
    urls = {json.loads(c.payload)["url"] for c in queue.claim("w", 100, 60_000, 5).claimed}
    assert len(urls) == 8


def test_what_a_living_run_has_queued_is_not_queued_again(
    queue: LeasedQueue, redis: Redis, database_url: str, engine: Engine
) -> None:
    discover(database_url, 10)
    ids = RequestIds()
    seeds = [entry(ids, fingerprint=listing_fingerprint("immoweb", str(100_000 + n))) for n in range(1, 4)]
    queue.start_run("all", "run1", seeds)
    assert reconcile(engine, redis, queue_of(redis, "immoweb"), "immoweb") == 5
    assert reconcile(engine, redis, queue_of(redis, "immoweb"), "immoweb") == 0


@pytest.mark.usefixtures("engine")
def test_reconcile_is_a_command(invoke: Invoke, database_url: str) -> None:
    discover(database_url, 5)
    assert "immoweb: 4 queued again." in invoke("reconcile")

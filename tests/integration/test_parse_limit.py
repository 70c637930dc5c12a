"""Pages that would be read for ever, in real processes: they end, and their neighbours are stored."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis

from immobe.crawling.keys import queue_of
from immobe.crawling.leases_dead import DeadLetters
from immobe.embedded import ServiceUrls
from tests.faults.crawl_servers import ReplicaServer
from tests.integration.harvest_pool import ROOT, Pool, scouted

pytestmark = pytest.mark.integration
SETTINGS = """
from immobe.settings import *

SPIDER_MODULES = ["endless_spider"]
ITEM_PIPELINES = {**ITEM_PIPELINES, "endless_spider.EndlessPipeline": 50}
"""
SPIDER = """
import os
import re

from spiders.immoweb import ImmowebSpider


class EndlessSpider(ImmowebSpider):
    def parse_listing(self, response, listing_id, project_id=None):
        if listing_id == os.environ.get("ENDLESS_SEARCH"):
            re.match("(?:a+)+$", "a" * 60 + "b")
        if listing_id == os.environ.get("ENDLESS_IN_C"):
            sum(range(10**13))
        yield from super().parse_listing(response, listing_id, project_id)


class EndlessPipeline:
    def process_item(self, item):
        while getattr(item, "platform_listing_id", "") == os.environ.get("ENDLESS_ITEM"):
            pass
        return item
"""


@pytest.fixture
def pool(services: ServiceUrls, tmp_path: Path) -> Iterator[Pool]:
    """A full queue, and a spider that can be told to read a page for ever."""
    (tmp_path / "endless_settings.py").write_text(SETTINGS)
    (tmp_path / "endless_spider.py").write_text(SPIDER)
    with (
        ReplicaServer(60) as replica,
        scouted(services, replica, tmp_path) as after_scout,
        after_scout.copy(services) as database_url,
    ):
        variables = {
            "SCRAPY_SETTINGS_MODULE": "endless_settings",
            "PYTHONPATH": f"{tmp_path}:{ROOT}",
            "PARSE_TIMEOUT": "1",
            "HARVESTER_HANG_SECONDS": "30",
            "METRICS_FLUSH_SECONDS": "0.5",
        }
        pool = Pool(replica, database_url, services.redis_url, tmp_path, variables)
        try:
            yield pool
        finally:
            pool.close()


def dead_letters(pool: Pool) -> dict[str, str]:
    """{listing id: reason}"""
    with closing(redis.Redis.from_url(pool.redis_url)) as client:
        letters = DeadLetters(queue_of(client, "immoweb")).page(0, 100)
    return {json.loads(letter.payload)["cb_kwargs"]["listing_id"]: letter.reason for letter in letters}


def totals(pool: Pool) -> dict[str, int]:
    """{status: scrapes}"""
    rows: list[tuple[Any, ...]] = pool._ask(
        "SELECT labels->>'status', value::int FROM metric_totals WHERE name = 'scrapes_total'"
    )
    return dict(rows)


def test_a_page_that_is_read_for_too_long_times_out_and_the_worker_lives_on(pool: Pool) -> None:
    search, item = list(pool.replica.truth)[10:40:20]
    pool.replica.let(None)
    variables = {"ENDLESS_SEARCH": search, "ENDLESS_ITEM": item, "QUEUE_MAX_ATTEMPTS": "1"}
    process = pool.run("--workers=1", "--until-empty", **variables)
    pool.until(lambda: pool.waiting()["exist"] == 0, "all pages are done")
    assert pool.end(process) == 0
    assert pool.stored() == len(pool.replica.truth) - 2
    assert dead_letters(pool) == {search: "spider_error: ParseTimeout", item: "item_error: ParseTimeout"}
    assert totals(pool) == {"SUCCESS": len(pool.replica.truth) - 2, "TIMEOUT": 2}
    lines = [line for line in pool.log.splitlines() if "outcome=TIMEOUT" in line]
    assert [("reason=parse_timeout" in line, "attempts=1" in line) for line in lines] == [(True, True)] * 2
    assert pool.log.count("A harvester starts") == 1


def test_a_page_that_cannot_be_broken_off_ends_its_worker_and_no_other_page(pool: Pool) -> None:
    stuck = list(pool.replica.truth)[20]
    pool.replica.let(None)
    variables = {"ENDLESS_IN_C": stuck, "QUEUE_MAX_ATTEMPTS": "2"}
    process = pool.run("--workers=1", "--until-empty", **variables)
    pool.until(lambda: pool.waiting()["dead"] == 1, "it is given up", 90)
    pool.until(lambda: pool.waiting()["exist"] == 0, "all others are done", 60)
    assert pool.end(process) == 0
    assert pool.stored() == len(pool.replica.truth) - 1
    assert set(dead_letters(pool)) == {stuck}
    assert "in parse_listing" in pool.log, "where it hung is shown"
    assert f"exit_code={-signal.SIGVTALRM}" in pool.log

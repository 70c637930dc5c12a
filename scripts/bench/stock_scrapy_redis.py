"""What stock scrapy-redis 0.9.1 loses when its workers are killed, on the market of our fault tests.

    scripts/bench.sh stock [--listings N] [--kills K] [--seed S]

Its own scheduler, dupefilter and serializer (pickle), its priority queue, SCHEDULER_PERSIST as its guide says. A worker
notes the listing in a Redis set as soon as it has parsed the page; nothing else is slower or less sure than in our
crawl. On Scrapy 2.19 it reads its start URLs through the signal `spider_idle` alone. The crawl is over when its queue
is empty and no listing came for 20 s: then there is nobody left to kill, so the kills may be fewer than asked for.
Beside it: `scripts/faults.sh -k forty`.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import redis
from scrapy import Request
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy_redis.spiders import RedisSpider

from immobe.crawling.scopes import parse_scope
from immobe.platforms import get_platform
from immobe.platforms.base import page_text
from tests.faults.crawl_servers import ReplicaServer
from tests.faults.queue_servers import ValkeyServer

PLATFORM = get_platform("immoweb")
STORED, QUEUE, START_URLS = "stock:stored", "stock:requests", "stock:start_urls"
WORKERS = 3
QUIET_SECONDS = 20.0
SETTINGS: dict[str, Any] = {
    "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
    "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
    "SCHEDULER_PERSIST": True,  # else the first worker that ends empties everybody's queue
    "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), "immobe.crawling.replica_handler.ReplicaDownloadHandler"),
    "CONCURRENT_REQUESTS": 8,  # as in our fault tests
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DOWNLOAD_DELAY": 0,
    "DEPTH_LIMIT": 400,
    "DOWNLOAD_MAXSIZE": 10 * 1024 * 1024,
    "TELNETCONSOLE_ENABLED": False,
    "LOG_LEVEL": "WARNING",
}


class StockSpider(RedisSpider):
    """Search pages, listing pages, the units of projects: what our spider follows."""

    name = "stock"

    def parse(self, response: Response, **named: Any) -> Iterator[Request]:
        page = PLATFORM.read_search(page_text(response.body, "text/html"), response.url)
        for card in page.cards:
            yield Request(card["url"], self.parse_listing, cb_kwargs={"listing_id": card["platform_listing_id"]})
        if page.next_page:
            yield Request(page.next_page, self.parse, priority=100)

    def parse_listing(self, response: Response, listing_id: str) -> Iterator[Request]:
        payload = PLATFORM.read_listing(page_text(response.body, "text/html"))
        self.server.sadd(STORED, listing_id)
        for unit in PLATFORM.units(payload):
            yield Request(unit.url, self.parse_listing, cb_kwargs={"listing_id": unit.platform_listing_id})


def work(redis_url: str, replica_url: str) -> None:
    """One worker process."""
    process = CrawlerProcess(SETTINGS | {"REDIS_URL": redis_url, "REPLICA_URL": replica_url})
    process.crawl(StockSpider)
    process.start()


class Bench:
    """The crawl and its kills; a worker that died is started again at once."""

    def __init__(self, replica: ReplicaServer, redis_url: str, folder: Path) -> None:
        self.replica = replica
        self.redis: Any = redis.Redis.from_url(redis_url)
        self._command = [sys.executable, __file__, "--worker", redis_url, replica.url]
        self._folder = folder
        self._workers: list[subprocess.Popen[bytes]] = []
        self._grown_at, self._last = time.monotonic(), 0

    def run(self, kills: int, seed: int) -> dict[str, int | float]:
        """Numbers of the run."""
        searches = parse_scope("").searches(PLATFORM)
        urls = [json.dumps({"url": PLATFORM.search_url(search)}) for search in searches]
        self.redis.rpush(START_URLS, *urls)
        self.replica.let(None)
        began, draw, killed = time.monotonic(), random.Random(seed), 0  # noqa: S311 - a test's choices
        for _ in range(WORKERS):
            self._start()
        for number in range(1, kills + 1):
            if not self._until_stored(int(0.9 * len(self.replica.truth) * number / kills)):
                break
            victim = draw.choice(self._workers)
            victim.kill()
            victim.wait()
            self._workers.remove(victim)
            self._start()
            killed += 1
        self._until_stored(len(self.replica.truth) + 1)
        lost = set(self.replica.truth) - {number.decode() for number in self.redis.smembers(STORED)}
        answered = self.replica.answered()
        return {
            "kills": killed,
            "listings": len(self.replica.truth),
            "lost": len(lost),
            "lost_percent": round(100 * len(lost) / len(self.replica.truth), 1),
            "refetched": answered.total() - len(answered),
            "seconds": round(time.monotonic() - began, 1),
        }

    def close(self) -> None:
        """No worker stays."""
        for worker in self._workers:
            worker.send_signal(signal.SIGKILL)
            worker.wait()

    def _start(self) -> None:
        with (self._folder / "workers.log").open("ab") as log:
            self._workers.append(subprocess.Popen(self._command, stdout=log, stderr=log))

    def _until_stored(self, count: int) -> bool:
        """False when the crawl is over before."""
        while True:
            stored, now = self.redis.scard(STORED), time.monotonic()
            if stored >= count:
                return True
            if stored > self._last or self.redis.zcard(QUEUE) or self.redis.llen(START_URLS):
                self._last, self._grown_at = stored, now
            if now - self._grown_at > QUIET_SECONDS:
                return False
            time.sleep(0.02)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listings", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(*options.worker)
        return
    with (
        tempfile.TemporaryDirectory(prefix="immobe-stock-") as folder,
        ReplicaServer(options.listings) as replica,
        ValkeyServer(Path(folder) / "valkey") as valkey,
    ):
        bench = Bench(replica, valkey.url, Path(folder))
        try:
            print(json.dumps(bench.run(options.kills, options.seed)))
        finally:
            bench.close()
            print((Path(folder) / "workers.log").read_text()[-2000:], file=sys.stderr)


if __name__ == "__main__":
    main()

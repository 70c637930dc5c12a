"""A worker process for the fault tests of the queue: crawls an imaginary site and notes each page that it has stored.

The site is a tree: page n links to 10n+1 … 10n+10, below `pages`. Every 7th page also yields a request without a
fingerprint, whose page is a leaf. A line in `out` stands for the commit in PostgreSQL.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
from typing import Any

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_records import Claimed, Entry, RequestIds, Verdict
from immobe.crawling.worker_queue import Callbacks, RunSeeds, WorkerOptions, WorkerQueue
from immobe.redis import CircuitBreaker, make_redis


class Site:
    """What pages there are, and what is wrong with some."""

    def __init__(self, pages: int, poison: list[int], failing: list[int], retried: list[int]) -> None:
        self.pages, self.poison, self.failing, self.retried = pages, set(poison), set(failing), set(retried)

    def expected(self) -> set[int]:
        """Pages that must be stored."""
        every = set(range(self.pages)) | {self.pages + n for n in range(self.pages) if n % 7 == 0}
        bad = self.poison | self.failing
        leafs = {n for n in bad if 10 * n + 1 >= self.pages and n % 7}
        assert leafs == bad, "poison must sit on leafs, or else its subtree is unreachable"
        return every - bad

    def links(self, n: int) -> list[tuple[int, bytes]]:
        """(page, fingerprint) of the requests found on a page."""
        if n >= self.pages:
            return []
        tree = [(k, b"%d" % k) for k in range(10 * n + 1, min(10 * n + 11, self.pages))]
        return tree + ([(self.pages + n, b"")] if n % 7 == 0 else [])


class Crawl:
    """Takes pages, keeps `concurrency` of them in work, stores and finishes them."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.site = Site(options["pages"], options["poison"], options["failing"], options["retried"])
        self.seconds = options["seconds_a_page"]
        self.concurrency = options["concurrency"]
        self.ids = RequestIds()
        self.out = os.open(options["out"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.woken = threading.Event()
        self.stopping = False
        self.queue = self._queue(options)

    def _queue(self, options: dict[str, Any]) -> WorkerQueue:
        redis = make_redis(options["url"], socket_timeout=options["socket_timeout"])
        breaker = CircuitBreaker(threshold=options["threshold"], timeout=options["breaker_seconds"])
        seed = Entry(self.ids.new(), b"0", -100, b"0")
        return WorkerQueue(
            LeasedQueue(redis, "site:requests", "site:dupefilter"),
            WorkerOptions(
                concurrency=self.concurrency,
                lease_seconds=options["lease_seconds"],
                max_attempts=options["max_attempts"],
                buffer_bytes=options["buffer_bytes"],
            ),
            breaker=breaker,
            journal=options["journal"],
            run=RunSeeds("all", options["run"], [seed]),
            callbacks=Callbacks(wake=self.woken.set),
            crash_at=options["crash_at"],
        )

    def run(self) -> None:
        self.queue.start()
        busy: list[Claimed] = []
        while (self.queue.has_pending() or busy) and not self.stopping:
            while len(busy) < self.concurrency and (claimed := self.queue.pop()):
                busy.append(claimed)
            if busy:
                self.work(busy.pop(0))
            else:
                self.woken.wait(0.05)
                self.woken.clear()
        closed = self.queue.close(20)
        print(json.dumps({**vars(self.queue.stats), "closed": closed}), flush=True)

    def work(self, claimed: Claimed) -> None:
        n = int(claimed.payload)
        time.sleep(self.seconds)
        if n in self.site.poison:
            os.kill(os.getpid(), signal.SIGKILL)
        if n in self.site.failing:
            self.queue.finish(claimed.id, Verdict.DEAD, reason="planned")
            return
        if n in self.site.retried and claimed.attempts == 0:
            self.queue.finish(claimed.id, Verdict.RETRY, delay_ms=30, reason="planned")
            return
        for page, fingerprint in self.site.links(n):
            self.queue.push(Entry(self.ids.new(), b"%d" % page, 0 if page > 10 else -100, fingerprint), claimed.id)
        os.write(self.out, b"%d\n" % n)
        self.queue.finish(claimed.id)


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    crawl = Crawl(json.loads(sys.argv[1]))

    def stop(number: int, frame: object) -> None:
        crawl.stopping = True

    signal.signal(signal.SIGTERM, stop)
    crawl.run()


if __name__ == "__main__":
    main()

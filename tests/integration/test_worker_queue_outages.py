"""Short outages are cheap, long ones end; a stop goes on while Redis hangs."""

import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_records import Entry, RequestIds
from immobe.crawling.worker_queue import WorkerQueue
from immobe.redis import CircuitBreaker, make_redis
from tests.faults.queue_servers import ValkeyServer
from tests.integration.crawls import replica_of
from tests.integration.faulty_crawl import FaultyCrawl
from tests.integration.test_worker_queue import eventually

pytestmark = [pytest.mark.integration, pytest.mark.faults]
IDS = RequestIds()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    with ValkeyServer(tmp_path / "valkey") as server:
        yield server


def queue(server: ValkeyServer) -> LeasedQueue:
    return LeasedQueue(make_redis(server.url), "site:requests", "site:dupefilter")


def test_a_restart_of_two_seconds_costs_less_than_ten(server: ValkeyServer) -> None:
    """With the default circuit breaker, which would cost a minute."""
    queue(server).enqueue([Entry(IDS.new(), b"x") for _ in range(900)])
    states = []
    breaker = CircuitBreaker(5, 60, listener=lambda old, new: states.append(new))
    worker = WorkerQueue(queue(server), breaker=breaker)
    worker.start()
    began, last, longest, killed, restarted = time.monotonic(), 0.0, 0.0, False, 0.0
    while not restarted or last < restarted + 1:
        now = time.monotonic()
        assert now - began < 60, "it does not go on"
        if claimed := worker.pop():
            worker.finish(claimed.id)
            longest, last = max(longest, now - last if last else 0.0), now
        if not killed and now - began > 0.5:
            server.kill()
            killed = True
        if killed and not restarted and now - began > 2.5:
            server.start()
            restarted = time.monotonic()
        time.sleep(0.01)
    assert worker.stats.failures > 0
    assert longest < 10
    assert states == [], "the circuit never opened"
    assert worker.close(5)


def test_a_worker_with_a_full_buffer_goes_on_when_the_circuit_closes(server: ValkeyServer) -> None:
    """It has nothing to say to Redis, and takes nothing from its buffer before Redis is known to be back."""
    other = queue(server)
    other.enqueue([Entry(IDS.new(), b"x") for _ in range(50)])
    worker = WorkerQueue(queue(server), breaker=CircuitBreaker(1, 0.5))
    worker.start()
    eventually(lambda: worker.stats.claimed == 16)
    claimed = worker.pop()
    server.kill()
    worker.finish(claimed.id)  # else it would notice at its next heartbeat
    eventually(lambda: worker.stats.breaker_state == 2)
    server.start()
    eventually(lambda: worker.pop())
    assert worker.stats.breaker_state == 0
    assert worker.close(5)


@pytest.fixture
def crawl(server: ValkeyServer, database_url: str, tmp_path: Path) -> Iterator[FaultyCrawl]:
    with replica_of(300, 3, "--faults=slow=100%/always") as address:
        crawl = FaultyCrawl(address, database_url, server.url, tmp_path)
        yield crawl
        crawl.close()


def test_a_stop_does_not_stop_the_event_loop_while_redis_hangs(crawl: FaultyCrawl, server: ValkeyServer) -> None:
    crawl.start(1, SCRAPY_SETTINGS_MODULE="tests.integration.odd_settings", LOG_LEVEL="INFO")
    crawl.until(lambda: crawl.requests["listing"] >= 3, "pages are fetched")
    server.freeze()
    try:
        began = time.monotonic()
        for process in crawl._running:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        assert [process.wait(90) for process in crawl._running] == [0]
        print(f"stopped after {time.monotonic() - began:.1f} s")
    finally:
        server.thaw()
    stood_still = float(crawl.log().rsplit("event loop stood still for ", 1)[1].split()[0])
    assert stood_still < 1.0

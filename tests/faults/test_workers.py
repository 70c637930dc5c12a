"""Worker processes are killed, frozen and stopped: nothing is lost, and little is fetched twice."""

import json
import random
import signal
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_records import Entry, Finished, RequestIds, Verdict
from tests.faults.crawl_harness import HELD, LEASE_SECONDS, LONG_LEASE, MarketCrawl
from tests.faults.crawl_servers import ReplicaServer
from tests.faults.queue_servers import ValkeyServer

pytestmark = [pytest.mark.integration, pytest.mark.faults]
KILLED = -signal.SIGKILL
Sound = Callable[..., None]
QUEUE = "immoweb:requests"
NAMED_POINT = "F2 worker killed at a named point"


@pytest.mark.slow
def test_without_faults(crawl: MarketCrawl, sound: Sound) -> None:
    crawl.begin(2, **LONG_LEASE)
    sound(crawl.run_to_end(), fault="none", refetched=0)
    assert crawl.total("stale") == crawl.total("lost_leases") == crawl.total("expired") == 0


@pytest.mark.slow
def test_killed_at_random(crawl: MarketCrawl, sound: Sound) -> None:
    draw = random.Random(1)
    crawl.begin(3)
    for _ in range(2):
        crawl.let_and_store(70, rows=20)
        crawl.kill_one(draw)
    crawl.recover()
    sound(crawl.run_to_end(), fault="F1 worker killed at random", refetched=2 * HELD)


@pytest.mark.parametrize(
    ("variable", "point"),
    [
        pytest.param("CRASH_AT", "after_claim:3", marks=pytest.mark.slow),
        pytest.param("FAULT_DIE_AT", "response_received:20", marks=pytest.mark.slow),
        pytest.param("FAULT_DIE_AT", "request_scheduled:40", marks=pytest.mark.slow),
        ("FAULT_DIE_AT", "item_scraped:20"),
        pytest.param("CRASH_AT", "before_done:3", marks=pytest.mark.slow),
        pytest.param("CRASH_AT", "inside_done:3", marks=pytest.mark.slow),
    ],
)
def test_killed_at_a_named_point(crawl: MarketCrawl, sound: Sound, variable: str, point: str) -> None:
    """Nobody else is there until both are dead: else a slow one might never come to its point."""
    victims = crawl.begin(2, **{variable: point})
    crawl.let(None)
    crawl.end(*victims)
    assert [victim.process.returncode for victim in victims] == [KILLED, KILLED]
    crawl.faults = 2
    crawl.begin(1)
    crawl.recover()
    sound(crawl.run_to_end(), fault=NAMED_POINT, refetched=2 * HELD)


@pytest.mark.slow
def test_killed_while_it_writes_the_fallback_queue(crawl: MarketCrawl, valkey: ValkeyServer, sound: Sound) -> None:
    victims = crawl.begin(2, CRASH_AT="during_journal:1")
    crawl.let_and_store(60, rows=20)
    valkey.freeze()
    crawl.let(60)
    crawl.end(*victims)
    assert [victim.process.returncode for victim in victims] == [KILLED, KILLED]
    valkey.thaw()
    crawl.faults = 2
    crawl.begin(1)
    crawl.recover()
    sound(crawl.run_to_end(), fault=NAMED_POINT, refetched=2 * HELD)


@pytest.mark.slow
def test_killed_while_it_releases(crawl: MarketCrawl, sound: Sound) -> None:
    [victim] = crawl.begin(1, CRASH_AT="during_release:1")
    crawl.let_and_store(60, rows=20)
    victim.send(signal.SIGTERM)
    crawl.let(60)
    crawl.end(victim)
    assert victim.process.returncode == KILLED
    crawl.faults = 1
    crawl.begin(1)
    crawl.recover()
    sound(crawl.run_to_end(), fault=NAMED_POINT, refetched=HELD)


@pytest.mark.slow
def test_frozen_and_thawed(crawl: MarketCrawl, sound: Sound) -> None:
    """The others take over what it holds; what it says afterwards changes nothing."""
    frozen, other = crawl.begin(2)
    crawl.let_and_store(60, rows=20)
    owners = f"{QUEUE}:o"
    crawl.until(
        lambda: crawl.replica.left() == 0 and len(set(crawl.client.hvals(owners))) == 2, "both hold pages at the gate"
    )
    frozen.send(signal.SIGSTOP)
    thaw_at = time.monotonic() + 3 * LEASE_SECONDS
    crawl.let(None)
    crawl.until(lambda: not other.runs and time.monotonic() > thaw_at, "the other does it all")
    assert crawl.stored() == len(crawl.replica.truth)
    frozen.send(signal.SIGCONT)
    crawl.faults = 1
    sound(crawl.run_to_end(), fault="F3 worker frozen for 3 leases", refetched=HELD)
    assert crawl.total("stale") + crawl.total("lost_leases") > 0


def test_a_stopped_worker_gives_back_what_it_holds(crawl: MarketCrawl, sound: Sound) -> None:
    """Others have it at once: its leases would last longer than this test."""
    stopped, other = crawl.begin(2, QUEUE_LEASE_SECONDS="600")
    crawl.let_and_store(60, rows=20)
    stopped.send(signal.SIGTERM)
    crawl.let(60)  # what is in work is finished
    crawl.end(stopped, seconds=35)
    assert stopped.process.returncode == 0
    assert other.runs
    assert crawl.client.hlen(f"{QUEUE}:d") > 0
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F4 SIGTERM", refetched=0)


@pytest.mark.slow
def test_stopped_twice(crawl: MarketCrawl, sound: Sound) -> None:
    [stopped] = crawl.begin(1)
    crawl.let_and_store(60, rows=20)
    stopped.send(signal.SIGTERM)
    crawl.until(lambda: "shutting down gracefully" in stopped.log.read_text(), "the first signal is noticed")
    stopped.send(signal.SIGTERM)
    crawl.end(stopped, seconds=35)
    assert crawl.client.hlen(f"{QUEUE}:d") > 0
    crawl.begin(1)
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F4 SIGTERM twice", refetched=HELD)


@pytest.mark.slow
def test_two_releases_at_once(crawl: MarketCrawl, sound: Sound) -> None:
    """What another release wrote goes back until a worker of that release takes it; it is no failure."""
    queue = LeasedQueue(crawl.client, QUEUE, "immoweb:dupefilter")
    payload = json.dumps({"v": 99, "url": "https://www.immoweb.be/en/of/another/release"}).encode()
    foreign = RequestIds().new()
    crawl.begin(2, **LONG_LEASE)
    queue.enqueue([Entry(foreign, payload)])
    crawl.let(None)
    crawl.until(
        lambda: (
            crawl.stored() == len(crawl.replica.truth)
            and crawl.client.hkeys(f"{QUEUE}:d") == [foreign.encode()]
            and crawl.client.zcard(f"{QUEUE}:z") == 1
        ),
        "all else is stored and the other release's request waits",
    )
    assert all(worker.runs for worker in crawl.workers), "a waiting request is not the end"
    assert not crawl.client.exists(f"{QUEUE}:t"), "no attempt is counted"
    for worker in crawl.workers:
        worker.send(signal.SIGTERM)
    crawl.end(*crawl.workers)
    crawl.client.zadd(f"{QUEUE}:z", {foreign: 0})  # its time has come
    [claimed] = queue.claim("a worker of the other release", 10, 60_000, 5).claimed
    assert (claimed.id, claimed.payload) == (foreign, payload)
    queue.done("a worker of the other release", [Finished(foreign, Verdict.ACCEPT)])
    crawl.faults = 1
    sound(crawl.outcome(), fault="F29 two releases at once", refetched=0)


@pytest.fixture(scope="module")
def large_market() -> Iterator[ReplicaServer]:
    """10,000 listings."""
    with ReplicaServer(10_000) as server:
        yield server


@pytest.mark.slow
def test_forty_killed_over_ten_thousand_listings(crawl: MarketCrawl, large_market: ReplicaServer, sound: Sound) -> None:
    """Each is started again at once, as a supervisor would."""
    draw, kills = random.Random(2), 40
    crawl.replica = large_market
    crawl.replica.reset()
    crawl.begin(3)
    crawl.let(None)
    for number in range(1, kills + 1):
        goal = int(0.9 * len(large_market.truth) * number / kills)
        crawl.until(lambda goal=goal: crawl.stored() >= goal, f"{goal} rows", 600)
        crawl.kill_one(draw)
        crawl.start(1)
    sound(crawl.run_to_end(300), fault="F1 worker killed, 10,000 listings", refetched=kills * HELD)


@pytest.mark.slow
def test_out_of_file_descriptors(crawl: MarketCrawl, sound: Sound) -> None:
    """What is open stays open until Redis closes its part; nothing can be opened in its place."""
    workers = crawl.begin(2, **LONG_LEASE)
    crawl.let_and_store(60, rows=20)
    processes = [psutil.Process(worker.process.pid) for worker in workers]
    limits = [process.rlimit(psutil.RLIMIT_NOFILE) for process in processes]
    for process, (_, hard) in zip(processes, limits, strict=True):
        process.rlimit(psutil.RLIMIT_NOFILE, (3, hard))
    crawl.client.client_kill_filter(_type="normal", skipme=True)
    crawl.let(30)
    crawl.until(lambda: crawl.log().count("Too many open files") > 3, "workers notice")
    assert all(worker.runs for worker in workers), "an outage is no end"
    for process, limit in zip(processes, limits, strict=True):
        process.rlimit(psutil.RLIMIT_NOFILE, limit)
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F28 no file descriptors left", refetched=2 * HELD)

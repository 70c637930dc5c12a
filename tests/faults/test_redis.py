"""Redis dies, forgets, freezes, refuses and is cut off in the middle of a crawl: the crawl waits, and loses nothing."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.faults.crawl_harness import HELD, LEASE_SECONDS, LONG_LEASE, ROOT, MarketCrawl
from tests.faults.queue_servers import ValkeyServer
from tests.faults.tcp_proxy import Mode, TcpProxy

pytestmark = [pytest.mark.integration, pytest.mark.faults]
Sound = Callable[..., None]
LAST_SECOND = 60
"""Pages that may be acknowledged in the second that an append-only file synced every second may lose."""


def assert_all_run(crawl: MarketCrawl) -> None:
    assert all(worker.runs for worker in crawl.workers), "an outage is no end"


def until_it_fails(crawl: MarketCrawl, before: int) -> None:
    """Workers notice that Redis cannot be used; `before` is how often they said so until now."""
    crawl.until(lambda: crawl.failures() > before, "a worker notices")
    assert_all_run(crawl)


def wait_for_fallback(crawl: MarketCrawl) -> None:
    """What is finished during the outage goes to the fallback queue."""
    crawl.until(lambda: crawl.fallback.is_file() and crawl.fallback.stat().st_size > 0, "the fallback queue is used")
    assert_all_run(crawl)


def test_killed_and_started_again(crawl: MarketCrawl, valkey: ValkeyServer, sound: Sound) -> None:
    crawl.begin(2)
    for _ in range(2):
        crawl.let_and_store(50, rows=20)
        valkey.kill()
        crawl.let(30)
        wait_for_fallback(crawl)
        valkey.start()
        crawl.fault_is_over(10)
    sound(crawl.run_to_end(), fault="F5 Redis killed, AOF everysec", refetched=2 * (2 * HELD + LAST_SECOND))
    assert crawl.total("restored") == crawl.total("journaled") > 0


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.02, 0.3])
def test_a_torn_log(crawl: MarketCrawl, valkey: ValkeyServer, sound: Sound, share: float) -> None:
    crawl.begin(2)
    for _ in range(2):
        crawl.let_and_store(80, rows=40)
        valkey.kill()
        assert valkey.tear(share) > 0
        valkey.start()
        valkey.restart()
        crawl.fault_is_over(10)
    outcome = crawl.run_to_end()
    sound(outcome, fault="F6 AOF torn (2 %, 30 %), two restarts", refetched=2 * len(crawl.replica.truth))


@pytest.mark.slow
@pytest.mark.parametrize("between", [False, True])
def test_a_log_torn_inside_a_transaction(crawl: MarketCrawl, valkey: ValkeyServer, sound: Sound, between: bool) -> None:
    """The half transaction is carried out at the second restart: at once, or after workers have written behind it."""
    crawl.begin(2)
    for _ in range(2):
        crawl.let_and_store(80, rows=40)
        valkey.kill()
        assert valkey.tear_inside_transaction() > 0
        valkey.start()
        if between:
            crawl.recover(30)
        valkey.restart()
        crawl.fault_is_over(10)
    outcome = crawl.run_to_end()
    sound(outcome, fault="F6 AOF torn inside MULTI, two restarts", refetched=2 * len(crawl.replica.truth))


def test_emptied(crawl: MarketCrawl, sound: Sound) -> None:
    """What workers hold is queued again, and so are the seeds: the market is crawled once more, in the same run."""
    crawl.begin(2)
    crawl.let_and_store(90, rows=50)
    crawl.client.flushall()
    crawl.fault_is_over()
    outcome = crawl.run_to_end()
    sound(outcome, fault="F7 FLUSHALL", refetched=len(crawl.replica.truth))
    assert crawl.total("state_lost") >= 1
    assert "Redis has lost its data" in crawl.log()


@pytest.mark.slow
def test_starts_again_empty(crawl: MarketCrawl, valkey: ValkeyServer, sound: Sound) -> None:
    valkey.appendonly = False
    valkey.restart()
    crawl.begin(2)
    crawl.let_and_store(120, rows=60)
    valkey.restart()
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F7 Redis restarts empty", refetched=len(crawl.replica.truth))
    assert crawl.total("state_lost") >= 1


@pytest.mark.slow
def test_starts_again_with_an_old_snapshot(crawl: MarketCrawl, valkey: ValkeyServer, sound: Sound) -> None:
    valkey.appendonly = False
    valkey.restart()
    crawl.begin(2)
    crawl.let_and_store(80, rows=40)
    crawl.client.save()
    crawl.let_and_store(80, rows=60)
    valkey.restart()
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F7 Redis restarts with an old RDB", refetched=80 + 4 * HELD)


def scout(crawl: MarketCrawl) -> None:
    """The market is found, and nothing of it fetched but the search pages."""
    crawl.begin(1, "mode=scout")
    crawl.let(None)
    crawl.end(*crawl.workers)
    crawl.replica.let(0)


@pytest.mark.slow
def test_emptied_under_harvesters(crawl: MarketCrawl, sound: Sound) -> None:
    """They have no seeds: what was discovered and not yet fetched comes back from PostgreSQL, by itself."""
    scout(crawl)
    crawl.begin(2, "mode=harvest")
    crawl.let_and_store(60, rows=20)
    crawl.client.flushall()
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F7 FLUSHALL under harvesters", refetched=4 * HELD)
    assert crawl.total("state_lost") >= 1


@pytest.mark.slow
def test_emptied_while_nobody_runs(crawl: MarketCrawl, sound: Sound) -> None:
    scout(crawl)
    crawl.client.flushall()
    command = [sys.executable, "-m", "immobe", "reconcile"]
    subprocess.run(command, cwd=ROOT, env=crawl.environment(), check=True, timeout=60)
    crawl.begin(2, "mode=harvest")
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F7 FLUSHALL, then immobe reconcile", refetched=0)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [2.5, 30])
def test_frozen(crawl: MarketCrawl, valkey: ValkeyServer, sound: Sound, seconds: float) -> None:
    """No page is claimed twice for a time-out, and the reactor does not wait for Redis."""
    crawl.begin(2)
    crawl.let_and_store(60, rows=20)
    valkey.freeze()
    crawl.let(60)
    time.sleep(seconds)  # the fault itself
    assert_all_run(crawl)
    valkey.thaw()
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F8 Redis frozen (2.5 s, 30 s)", refetched=2 * HELD)
    assert max(report["lag_seconds"] for report in crawl.reports()) < 1.5


@pytest.mark.slow
def test_not_there_at_the_start(crawl: MarketCrawl, valkey: ValkeyServer, sound: Sound) -> None:
    valkey.kill()
    crawl.start(2, **LONG_LEASE)
    crawl.until(lambda: crawl.log().count("Redis cannot be used (failure 4)") == 2, "both fail several times")
    assert_all_run(crawl)
    valkey.start()
    crawl.until(lambda: all(worker.has_joined for worker in crawl.workers), "both join the run")
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F9 Redis refused at the start", refetched=0)


@pytest.mark.slow
def test_without_memory(crawl: MarketCrawl, sound: Sound) -> None:
    """Nothing is claimed, but leases are renewed."""
    crawl.begin(2)
    crawl.let_and_store(60, rows=20)
    crawl.client.config_set("maxmemory", 1)
    crawl.let(60)
    time.sleep(2 * LEASE_SECONDS)  # the fault itself
    assert_all_run(crawl)
    crawl.client.config_set("maxmemory", 0)
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F10 Redis without memory", refetched=0)
    assert crawl.total("expired") == 0


@pytest.mark.slow
def test_read_only(crawl: MarketCrawl, sound: Sound) -> None:
    crawl.begin(2)
    crawl.let_and_store(60, rows=20)
    before = crawl.failures()
    crawl.client.replicaof("127.0.0.1", 1)
    crawl.let(30)
    until_it_fails(crawl, before)
    crawl.client.replicaof("NO", "ONE")
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F11 Redis read-only", refetched=2 * HELD)
    assert "READONLY" in crawl.log() or "read only" in crawl.log()


@pytest.mark.slow
def test_loading(crawl: MarketCrawl, valkey: ValkeyServer, sound: Sound) -> None:
    """A server that reads a long log answers, and refuses everything."""
    crawl.begin(2)
    crawl.let_and_store(60, rows=20)
    pipeline = crawl.client.pipeline(transaction=False)
    for number in range(20_000):
        pipeline.set(f"filler:{number}", number)
    pipeline.execute()
    before = crawl.failures()
    valkey.kill()
    valkey.settings["key-load-delay"] = "200"  # microseconds a command
    valkey.start(answering=False)
    crawl.let(30)
    until_it_fails(crawl, before)
    crawl.until(lambda: "BusyLoadingError" in crawl.log(), "a worker hears that Redis loads")
    valkey.wait()
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F11 Redis loading its log", refetched=2 * HELD + LAST_SECOND)


@pytest.mark.slow
def test_scripts_forgotten(crawl: MarketCrawl, sound: Sound) -> None:
    crawl.begin(2, **LONG_LEASE)
    for _ in range(3):
        crawl.let_and_store(40, rows=20)
        crawl.client.script_flush()
        crawl.fault_is_over(10)
    sound(crawl.run_to_end(), fault="F11 SCRIPT FLUSH", refetched=0)
    assert crawl.total("failures") == 0


@pytest.fixture
def proxy(valkey: ValkeyServer) -> Iterator[TcpProxy]:
    with TcpProxy(valkey.port, latency=0.2) as proxy:
        yield proxy


def test_answers_lost(crawl: MarketCrawl, proxy: TcpProxy, sound: Sound) -> None:
    """Redis carries out what workers say, and they do not hear of it: they say it again."""
    cut_off(crawl, proxy, Mode.DROP_REPLIES)
    sound(crawl.run_to_end(), fault="F12 answers lost (one-way partition)", refetched=2 * HELD)


@pytest.mark.slow
@pytest.mark.parametrize("mode", [Mode.DROP, Mode.RESET])
def test_cut_off(crawl: MarketCrawl, proxy: TcpProxy, sound: Sound, mode: Mode) -> None:
    cut_off(crawl, proxy, mode)
    row = {Mode.DROP: "F12 partition", Mode.RESET: "F13 connections reset"}[mode]
    sound(crawl.run_to_end(), fault=row, refetched=2 * HELD)


def cut_off(crawl: MarketCrawl, proxy: TcpProxy, mode: Mode) -> None:
    crawl.redis_url = f"redis://127.0.0.1:{proxy.port}/0"
    crawl.begin(2)
    crawl.let_and_store(60, rows=20)
    before = crawl.failures()
    proxy.mode = mode
    crawl.let(30)
    until_it_fails(crawl, before)
    proxy.mode = Mode.PASS
    proxy.cut()
    crawl.fault_is_over()


@pytest.mark.slow
@pytest.mark.parametrize("mode", [Mode.LATENCY, Mode.SLICE])
def test_a_slow_network_is_only_slow(crawl: MarketCrawl, proxy: TcpProxy, sound: Sound, mode: Mode) -> None:
    crawl.redis_url = f"redis://127.0.0.1:{proxy.port}/0"
    proxy.mode = mode
    crawl.begin(2, **LONG_LEASE)
    crawl.faults = 1
    row = {Mode.LATENCY: "F13 latency of 200 ms", Mode.SLICE: "F13 one byte a packet"}[mode]
    sound(crawl.run_to_end(), fault=row, refetched=0)

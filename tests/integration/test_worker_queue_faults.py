"""The queue under faults, with real worker processes: nothing is lost, and little is done twice."""

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.queue_harness import CrawlUnderFaults, Outcome
from tests.faults.queue_servers import ValkeyServer
from tests.faults.tcp_proxy import Mode, TcpProxy

pytestmark = [pytest.mark.integration, pytest.mark.faults]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    with ValkeyServer(tmp_path / "valkey") as server:
        yield server


class Crawls:
    """Makes crawls, and ends their processes after the test."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, []

    def __call__(self, url: str, **options: Any) -> CrawlUnderFaults:
        crawl = CrawlUnderFaults(self._folder, url, **options)
        self._made.append(crawl)
        return crawl

    def close(self) -> None:
        for crawl in self._made:
            crawl.close()


@pytest.fixture
def crawl(tmp_path: Path) -> Iterator[Crawls]:
    crawls = Crawls(tmp_path)
    yield crawls
    crawls.close()


def assert_sound(outcome: Outcome, *, refetched: int, dead: tuple[int, ...] = ()) -> None:
    assert outcome.lost == set()
    assert outcome.unexpected == set()
    assert outcome.left == {}
    assert sorted(outcome.dead.elements()) == sorted(dead)
    assert outcome.refetched <= refetched


HELD = 16 + 16 + 16
"""What a worker holds at most: claimed ahead, in work, and finished but not acknowledged."""


def test_without_faults_every_page_is_stored_once(server: ValkeyServer, crawl: Crawls) -> None:
    run = crawl(server.url, retried=[3, 33, 333], failing=[1501, 1502], seconds_a_page=0)
    outcome = run.run_to_end()
    assert_sound(outcome, refetched=0, dead=(1501, 1502))
    assert outcome.total("round_trips") / 2286 <= 0.2
    assert outcome.total("stale") == outcome.total("lost_leases") == 0


def kill_workers(run: CrawlUnderFaults, kills: int, draw: random.Random) -> None:
    pages = len(run.site.expected())
    for number in range(kills):
        run.wait_until_stored(int(pages * 0.9 * (number + 1) / kills))
        run.kill_one(draw)


def test_workers_killed_at_random(server: ValkeyServer, crawl: Crawls) -> None:
    run = crawl(server.url, retried=[3, 33, 333], failing=[1501])
    kill_workers(run, 8, random.Random(1))
    outcome = run.run_to_end()
    assert outcome.kills == 8
    assert_sound(outcome, refetched=8 * HELD, dead=(1501,))


@pytest.mark.slow
def test_forty_workers_killed(server: ValkeyServer, crawl: Crawls) -> None:
    run = crawl(server.url, pages=20_000, seconds_a_page=0.0005, failing=[15_002])
    kill_workers(run, 40, random.Random(2))
    outcome = run.run_to_end(120)
    assert_sound(outcome, refetched=40 * HELD, dead=(15_002,))
    print(f"\n40 kills: {outcome.refetched} of {len(run.site.expected())} refetched in {outcome.seconds:.1f} s")


@pytest.mark.parametrize("point", ["after_claim:3", "before_done:3", "inside_done:3"])
def test_workers_die_at_a_named_point(server: ValkeyServer, crawl: Crawls, point: str) -> None:
    run = crawl(server.url, pages=600, crash_at=point)
    outcome = run.run_to_end()
    assert "Traceback" not in run.log()
    assert_sound(outcome, refetched=3 * HELD)


@pytest.mark.slow
def test_a_worker_dies_while_it_releases(server: ValkeyServer, crawl: Crawls) -> None:
    run = crawl(server.url, pages=600, crash_at="during_release", workers=1)
    run.wait_until_stored(100)
    run.signal_all(signal.SIGTERM)
    assert_sound(run.run_to_end(), refetched=HELD)


@pytest.mark.slow
def test_workers_die_while_they_write_the_journal(server: ValkeyServer, crawl: Crawls) -> None:
    run = crawl(server.url, crash_at="during_journal", seconds_a_page=0.005)
    run.wait_until_stored(200)
    server.freeze()
    time.sleep(4)  # until the breakers are open and the journal is written: the fault itself, not a wait for luck
    server.thaw()
    outcome = run.run_to_end()
    assert_sound(outcome, refetched=3 * HELD)


def test_a_page_that_kills_its_worker_becomes_a_dead_letter(server: ValkeyServer, crawl: Crawls) -> None:
    """It, and none of the many that were leased to the same workers when it killed them."""
    run = crawl(server.url, pages=600, poison=[501], max_attempts=3, lease_seconds=0.4, workers=2)
    assert_sound(run.run_to_end(), refetched=3 * HELD, dead=(501,))


@pytest.mark.slow
def test_a_frozen_worker_thaws(server: ValkeyServer, crawl: Crawls) -> None:
    run = crawl(server.url)
    run.wait_until_stored(200)
    run.kill_one(random.Random(3), signal.SIGSTOP)
    time.sleep(3)  # three leases
    run.signal_all(signal.SIGCONT)
    outcome = run.run_to_end()
    assert_sound(outcome, refetched=HELD)


def test_a_stopped_worker_releases_what_it_holds(server: ValkeyServer, crawl: Crawls) -> None:
    run = crawl(server.url, workers=1, lease_seconds=60)
    run.wait_until_stored(300)
    run.signal_all(signal.SIGTERM)
    run.run_to_end()
    left = run.outcome().left
    assert left["ready"] == left["requests"]
    assert "leased" not in left
    again = crawl(server.url, workers=2, lease_seconds=60)
    assert_sound(again.run_to_end(), refetched=0)


@pytest.mark.slow
def test_redis_killed_and_started_again(server: ValkeyServer, crawl: Crawls) -> None:
    run = crawl(server.url, seconds_a_page=0.002)
    for stored in (300, 900, 1500):
        run.wait_until_stored(stored)
        server.restart()
    assert_sound(run.run_to_end(), refetched=3 * 3 * HELD + 600)


@pytest.mark.parametrize("seconds", [pytest.param(0.8, marks=pytest.mark.slow), 3.0])
def test_redis_freezes(server: ValkeyServer, crawl: Crawls, seconds: float) -> None:
    """Shorter than the breaker needs, and longer than all leases."""
    run = crawl(server.url, seconds_a_page=0.002)
    run.wait_until_stored(300)
    server.freeze()
    time.sleep(seconds)
    assert all(worker.poll() is None for worker in run._workers.values()), "an outage is no end"
    server.thaw()
    outcome = run.run_to_end()
    assert_sound(outcome, refetched=3 * HELD)
    if seconds > 1:
        assert outcome.total("journaled") > 0
        assert outcome.total("restored") == outcome.total("journaled")


@pytest.mark.slow
def test_redis_is_not_there_at_first(server: ValkeyServer, crawl: Crawls) -> None:
    server.kill()
    run = crawl(server.url, pages=300)
    time.sleep(1.5)
    assert all(worker.poll() is None for worker in run._workers.values())
    server.start()
    assert_sound(run.run_to_end(), refetched=0)


def test_redis_loses_everything_in_the_middle(server: ValkeyServer, crawl: Crawls) -> None:
    run = crawl(server.url)
    for stored in (300, 1000):
        run.wait_until_stored(stored)
        with server.client() as client:
            client.flushall()
    outcome = run.run_to_end()
    assert outcome.total("state_lost") >= 2
    assert_sound(outcome, refetched=2 * 2286)


@pytest.mark.slow
def test_redis_restarts_empty(server: ValkeyServer, crawl: Crawls) -> None:
    server.appendonly = False
    server.restart()
    run = crawl(server.url)
    run.wait_until_stored(500)
    server.restart()
    assert_sound(run.run_to_end(), refetched=2286)


@pytest.mark.parametrize("share", [pytest.param(0.02, marks=pytest.mark.slow), 0.3])
def test_a_torn_log_and_two_restarts(server: ValkeyServer, crawl: Crawls, share: float) -> None:
    run = crawl(server.url, seconds_a_page=0.002)
    for stored in (400, 1200):
        run.wait_until_stored(stored)
        server.kill()
        assert server.tear(share) > 0
        server.start()
        server.restart()
    assert_sound(run.run_to_end(), refetched=2 * 2286)


@pytest.mark.slow
def test_a_partition_and_lost_replies(server: ValkeyServer, crawl: Crawls) -> None:
    with TcpProxy(server.port) as proxy:
        run = crawl(f"redis://127.0.0.1:{proxy.port}/0", seconds_a_page=0.002)
        for stored, mode in ((200, Mode.DROP_REPLIES), (700, Mode.DROP), (1200, Mode.RESET), (1500, Mode.DROP_REPLIES)):
            run.wait_until_stored(stored)
            proxy.mode = mode
            time.sleep(1.5)
            proxy.mode = Mode.PASS
            proxy.cut()
        outcome = run.run_to_end()
    assert_sound(outcome, refetched=4 * 3 * HELD)


@pytest.mark.parametrize("mode", [pytest.param(Mode.LATENCY, marks=pytest.mark.slow), Mode.SLICE])
def test_a_slow_network_is_only_slow(server: ValkeyServer, crawl: Crawls, mode: Mode) -> None:
    with TcpProxy(server.port, latency=0.1) as proxy:
        proxy.mode = mode
        run = crawl(f"redis://127.0.0.1:{proxy.port}/0", pages=300, socket_timeout=3)
        assert_sound(run.run_to_end(), refetched=0)


def test_redis_without_memory(server: ValkeyServer, crawl: Crawls) -> None:
    run = crawl(server.url, seconds_a_page=0.002)
    run.wait_until_stored(300)
    with server.client() as client:
        client.config_set("maxmemory", 1)
        time.sleep(2)  # two leases: they must be renewed all the same
        client.config_set("maxmemory", 0)
    outcome = run.run_to_end()
    assert_sound(outcome, refetched=0)
    assert outcome.total("expired") == 0


@pytest.mark.slow
def test_redis_forgets_scripts_and_turns_read_only(server: ValkeyServer, crawl: Crawls) -> None:
    run = crawl(server.url, seconds_a_page=0.002)
    with server.client() as client:
        for stored in (200, 400, 600):
            run.wait_until_stored(stored)
            client.script_flush()
        client.config_set("replica-read-only", "yes")
        client.replicaof("127.0.0.1", 1)
        time.sleep(1)
        client.replicaof("NO", "ONE")
    assert_sound(run.run_to_end(), refetched=3 * HELD)


@pytest.mark.slow
def test_a_journal_without_room_costs_fetches_only(server: ValkeyServer, crawl: Crawls, tmp_path: Path) -> None:
    (tmp_path / "full").symlink_to("/dev/full")
    run = crawl(server.url, seconds_a_page=0.002, journal=str(tmp_path / "full"), buffer_bytes=1)
    run.wait_until_stored(300)
    server.freeze()
    time.sleep(3)
    server.thaw()
    outcome = run.run_to_end()
    assert outcome.total("forgotten") > 0
    assert "nothing is lost" in run.log()
    assert_sound(outcome, refetched=3 * HELD + outcome.total("forgotten"))

"""The pool of harvesters, with real processes: whatever happens to them, every page is stored and none is left."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from immobe.embedded import ServiceUrls
from tests.faults.crawl_servers import ReplicaServer
from tests.integration.harvest_pool import ROOT, Pool, Scouted, scouted

pytestmark = pytest.mark.integration
LISTINGS = 120


@pytest.fixture(scope="module")
def replica() -> Iterator[ReplicaServer]:
    with ReplicaServer(LISTINGS) as server:
        yield server


@pytest.fixture(scope="module")
def after_scout(
    services: ServiceUrls, replica: ReplicaServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scouted]:
    with scouted(services, replica, tmp_path_factory.mktemp("scout")) as found:
        yield found


@pytest.fixture
def pool(services: ServiceUrls, replica: ReplicaServer, after_scout: Scouted, tmp_path: Path) -> Iterator[Pool]:
    """A queue full of listings; no page is answered before the test lets it."""
    replica.reset()
    with after_scout.copy(services) as database_url:
        pool = Pool(replica, database_url, services.redis_url, tmp_path)
        try:
            yield pool
        finally:
            pool.close()


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP], ids=lambda number: number.name)
def test_a_worker_that_dies_or_hangs_is_replaced(pool: Pool, fault: signal.Signals) -> None:
    process = pool.run("--workers=2", "--until-empty", HARVESTER_HANG_SECONDS="2")
    victim, survivor = pool.at_work(2)
    pool.let(30)
    victim.send_signal(fault)
    pool.until(lambda: not victim.is_running(), "the victim is gone")
    replaced = pool.at_work(2)
    assert survivor in replaced
    pool.replica.let(None)
    assert pool.end(process) == 0
    assert pool.everything_is_stored()
    assert ("hangs: not heard of" in pool.log) == (fault is signal.SIGSTOP)


def test_recycling_loses_no_page_and_fetches_none_twice(pool: Pool) -> None:
    pool.replica.let(None)
    process = pool.run("--workers=2", "--until-empty", HARVESTER_RECYCLE_PAGES="50")
    assert pool.end(process) == 0
    assert pool.everything_is_stored()
    assert pool.log.count("A harvester is recycled") >= 2
    assert "recycled_pages" in pool.log
    assert max(pool.replica.answered().values()) == 1


def test_an_end_in_order_gives_back_what_is_in_work(pool: Pool) -> None:
    queued = pool.waiting()["exist"]
    process = pool.run("--workers=1", HARVESTER_STOP_SECONDS="4")
    pool.at_work(1)
    pool.let(30)
    assert pool.waiting()["leased"] > 0
    began = time.monotonic()
    process.terminate()  # pages are in work that the replica does not answer
    assert pool.end(process) == 0
    assert time.monotonic() - began < 4 + 20, "not the time that a page may take"
    left = pool.waiting()
    assert left["leased"] == left["dead"] == 0
    assert left["exist"] > 0
    assert pool.stored() + left["exist"] >= queued
    assert pool.ended("harvest") == ["shutdown"]
    pool.replica.let(None)
    assert pool.end(pool.run("--workers=1", "--until-empty")) == 0
    assert pool.everything_is_stored()
    assert pool.ended("harvest") == ["finished", "shutdown"]
    assert pool.registered() == [], "who has ended is not shown"


def test_workers_wait_for_more_and_say_so(pool: Pool) -> None:
    pool.replica.let(None)
    process = pool.run("--workers=1")
    [worker] = pool.at_work(1)
    pool.until(pool.everything_is_stored, "what the scout queued")
    pool.until(lambda: [one.state for one in pool.registered()] == ["waiting"], "it waits")
    fetched = pool.replica.answered().total()
    pool.queue(next(iter(pool.replica.truth.values()))["url"])
    pool.until(lambda: pool.replica.answered().total() > fetched, "what was queued later")
    command = [sys.executable, "-m", "immobe", "harvest", "--status"]
    shown = subprocess.run(command, cwd=ROOT, env=pool.environment(), capture_output=True, text=True).stdout
    assert f"pid {worker.pid}, up " in shown
    assert "immoweb waiting" in shown
    process.send_signal(signal.SIGINT)
    assert pool.end(process, 8) == 0


def test_a_pool_leaves_search_pages_that_no_scout_works_on(pool: Pool) -> None:
    """A scout died, or nobody has started one: what an operator asked for, the listings, is done."""
    pool.replica.let(None)
    pool.queue("https://www.immoweb.be/en/search/house/for-sale")
    assert pool.end(pool.run("--workers=1", "--until-empty"), 40) == 0
    assert pool.stored() == len(pool.replica.truth)
    assert pool.waiting() == {"exist": 1, "leased": 0, "dead": 0}
    assert pool.log.count("no listing page is left; 1 search pages wait") == 1


def test_a_second_signal_kills_at_once(pool: Pool) -> None:
    process = pool.run("--workers=1")
    pool.at_work(1)
    pool.let(10)
    process.terminate()
    pool.until(lambda: "The pool ends" in pool.log, "it begins to end")
    process.terminate()
    assert pool.end(process, 5) == 1
    assert "killed by a second SIGTERM" in pool.log


def test_a_worker_does_not_outlive_its_supervisor(pool: Pool) -> None:
    process = pool.run("--workers=1", HARVESTER_STOP_SECONDS="3")
    workers = pool.at_work(1)
    pool.let(10)
    process.kill()
    assert psutil.wait_procs(workers, 10)[1] == []
    assert pool.waiting()["leased"] == 0, "what they held is given back"


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        ((), {"DATABASE_POOL_SIZE": "many"}, "DATABASE_POOL_SIZE is wrong"),
        ((), {"SCRAPY_SETTINGS_MODULE": "nowhere.settings"}, "No module named 'nowhere'"),
        (("--platform=somewhere",), {}, "no platform is called somewhere; there are: "),
    ],
)
def test_wrong_settings_end_the_pool_with_one_message(
    pool: Pool, arguments: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    process = pool.run("--workers=2", *arguments, **variables)
    assert pool.end(process, 20) == 1
    assert len([line for line in pool.log.splitlines() if line.startswith("immobe: ") and said in line]) == 1
    assert "Traceback" not in pool.log
    assert pool.log.count("A harvester starts") <= 2, "no restart"

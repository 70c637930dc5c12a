"""What the supervisor decides, without processes."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from immobe.config import load_config
from immobe.harvesting.backoff import Backoff
from immobe.harvesting.lifeline import Lifeline
from immobe.harvesting.options import Order, PoolOptions
from immobe.harvesting.process import WorkerProcess
from immobe.harvesting.registry import Entry
from immobe.harvesting.reports import Report, WorkerExit
from immobe.harvesting.slot import Life, Slot
from immobe.harvesting.supervisor import HarvestFailed, Supervisor
from immobe.harvesting.worker import working_modules

OPTIONS = PoolOptions(
    workers=2,
    hang_seconds=60.0,
    stop_seconds=30.0,
    restart_seconds=1.0,
    longest_restart_seconds=300.0,
    healthy_seconds=60.0,
    recycle_pages=100,
    recycle_mb=1000,
    longest_page_seconds=180.0,
    platforms=("immoweb",),
)


def supervisor(**options: Any) -> Supervisor:
    config = load_config(None, database_url="postgresql://u:p@nowhere/d", redis_url="redis://nowhere")
    return Supervisor(config, OPTIONS)


def test_an_order_survives_the_command_line() -> None:
    order = Order("harvester-1", 7, OPTIONS)
    assert Order.from_json(order.to_json()) == order


def test_options_come_from_the_configuration_unless_given() -> None:
    config = load_config(None, harvester_workers=7, harvester_recycle_pages=5)
    options = PoolOptions.of(config, until_empty=True, workers=3)
    assert (options.workers, options.recycle_pages, options.until_empty) == (3, 5, True)
    assert options.stall_seconds > 2 * (config.scrape_timeout + config.budget_patience)


def test_a_report_that_is_cut_off_is_refused() -> None:
    line = Report("working", 3, 5, 0.1, platforms={"immoweb": "working"}).to_line()
    assert Report.from_line(line).platforms == {"immoweb": "working"}
    for broken in (line[:-9], b"{}", b"[]"):
        with pytest.raises((ValueError, TypeError)):
            Report.from_line(broken)


def test_an_entry_is_read_as_it_was_written() -> None:
    entry = Entry("a:1:harvester-1", "a", 12, "working", "immoweb working", 9, 10**8, 1.5, 2.5, 3)
    written = {name.encode(): str(getattr(entry, name)).encode() for name in Entry.__slots__}
    assert Entry.of(written) == entry


def test_pauses_grow_to_their_bound_and_are_spread() -> None:
    backoff = Backoff(1.0, 60.0, healthy_seconds=30.0)
    pauses = [backoff.pause_after(0.1) for _ in range(200)]
    assert max(pauses) <= 60.0
    assert max(pauses) - min(pauses) > 20.0
    assert backoff.failures == 200
    backoff.pause_after(31.0)
    assert backoff.failures == 1


async def test_wrong_settings_end_a_pool_that_never_worked() -> None:
    pool = supervisor()
    pool.cannot_start(WorkerExit.MISCONFIGURED, 1, Report("stopping", error="X is wrong"))
    pool.cannot_start(WorkerExit.MISCONFIGURED, 1, Report("stopping", error="said once"))
    assert pool.stopping.is_set()
    with pytest.raises(HarvestFailed, match="cannot be started: X is wrong"):
        pool._say_how_it_went()


async def test_wrong_settings_later_do_not_end_a_pool_that_works() -> None:
    pool = supervisor()
    pool.is_ready()
    for failures in range(1, 20):
        pool.cannot_start(WorkerExit.MISCONFIGURED, failures, None)
    assert not pool.stopping.is_set()


async def test_workers_that_die_at_once_are_not_started_for_ever() -> None:
    pool = supervisor()
    for failures in range(1, 5):
        pool.cannot_start(1, failures, None)
        assert not pool.stopping.is_set()
    pool.cannot_start(1, 5, None)
    with pytest.raises(HarvestFailed, match="exit code 1"):
        pool._say_how_it_went()


async def test_only_a_recycled_worker_that_worked_has_a_successor_at_once() -> None:
    slot = Slot(supervisor(), "harvester-1", "x", {})
    assert slot._pause_after(Life(WorkerExit.RECYCLED, 5.0, 100, True)) == 0.0
    assert slot._pause_after(Life(WorkerExit.RECYCLED, 5.0, 0, True)) > 0.0
    assert slot._pause_after(Life(WorkerExit.MISCONFIGURED, 1.0, 0, False)) == 300.0
    assert not slot._is_over(Life(WorkerExit.DONE, 5.0, 3, True)), "somebody else asked it to end"


def worker(report: Report | None, *, silent: float = 0.0, lived: float = 0.0, stopping: float | None = None) -> Any:
    now = time.monotonic()
    one = SimpleNamespace(
        report=report,
        lived=lived or silent,
        _heard_at=now - silent,
        _stopping_at=None if stopping is None else now - stopping,
    )
    return WorkerProcess.trouble(one, OPTIONS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trouble", "listens"),
    [
        (worker(None, lived=59), None),
        (worker(None, lived=61), False),
        (worker(Report("starting"), lived=61), False),
        (worker(Report("waiting"), silent=61), None),
        (worker(Report("waiting"), silent=63), False),
        (worker(Report("working", stalled=419.0), lived=10**6), None),
        (worker(Report("working", stalled=421.0)), True),
        (worker(Report("stopping"), silent=20, stopping=29), None),
        (worker(Report("stopping"), stopping=31), False),
    ],
)
def test_when_a_worker_is_replaced(trouble: Any, listens: bool | None) -> None:
    assert (trouble.listens if trouble else None) is listens


def test_a_broken_lifeline_is_noticed_and_hurts_nobody() -> None:
    ours, theirs = socket.socketpair()
    broken = threading.Event()
    lifeline = Lifeline(theirs.detach(), hang_seconds=60, stop_seconds=3600)
    lifeline.on_break(broken.set)
    lifeline.send(Report("working", 1))
    assert b'"working"' in ours.recv(4096)
    for _ in range(5000):  # nobody reads
        lifeline.send(Report("working", 1))
    assert not broken.is_set()
    ours.close()
    assert broken.wait(10)
    lifeline.send(Report("working", 2))


def test_modules_that_cannot_be_imported_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "some_spiders"
    package.mkdir()
    for name, text in {"__init__": "", "fine": "x = 1", "wrong": "1 / 0", "torn": "def"}.items():
        (package / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    assert working_modules(["some_spiders"]) == ["some_spiders.fine"]


async def test_the_pool_waits_for_postgres_until_it_is_asked_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = supervisor()
    asyncio.get_running_loop().call_later(0.05, pool.stopping.set)
    pool._config = pool._config.model_copy(update={"database_url": "postgresql+psycopg2://u:p@127.0.0.1:1/d"})
    await pool._wait_for_database()
    assert pool.stopping.is_set()

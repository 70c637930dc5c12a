"""One place in the pool: a worker process, and after it the next one."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from immobe.harvesting.backoff import Backoff
from immobe.harvesting.options import PoolOptions
from immobe.harvesting.process import WorkerProcess
from immobe.harvesting.registry import Entry
from immobe.harvesting.reports import Report, WorkerExit

_log = structlog.get_logger(__name__)
_LOOK_SECONDS = 0.25


class Pool(Protocol):
    """What a slot needs of its supervisor."""

    options: PoolOptions
    stopping: asyncio.Event

    def is_ready(self) -> None:
        """A worker has begun to crawl: the settings are right."""

    def cannot_start(self, exit_code: int, failures: int, report: Report | None) -> None:
        """A worker ended before it was ready, for the `failures`th time in a row."""


@dataclass(frozen=True, slots=True)
class Life:
    """How one worker process ended. `code`: its exit code, negative for a signal."""

    code: int
    lived: float
    pages: int
    was_ready: bool


class Slot:
    """Keeps one worker running until the pool stops or, with `until_empty`, the worker is done."""

    def __init__(self, pool: Pool, name: str, registered_as: str, environment: dict[str, str]) -> None:
        self._pool, self.name, self.registered_as = pool, name, registered_as
        self._options, self._environment = pool.options, environment
        self._backoff = Backoff(
            self._options.restart_seconds,
            self._options.longest_restart_seconds,
            healthy_seconds=self._options.healthy_seconds,
        )
        self._worker: WorkerProcess | None = None
        self._starts = 0
        self.gave_up = False
        """`until_empty`: its last worker left pages behind."""

    async def keep(self) -> None:
        """Returns when no worker runs here, and none shall."""
        while not self._pool.stopping.is_set():
            life = await self._live()
            if self._pool.stopping.is_set() or self._is_over(life):
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._pool.stopping.wait(), self._pause_after(life))

    def kill(self) -> None:
        """At once."""
        if self._worker is not None:
            self._worker.kill()

    def entry(self) -> Entry:
        """How its worker is, for the registry."""
        worker = self._worker
        report = (worker.report if worker else None) or Report("starting" if worker else "restarting")
        return Entry(
            name=self.registered_as,
            host=socket.gethostname(),
            pid=worker.pid if worker else 0,
            state=report.state,
            platforms=", ".join(f"{name} {state}" for name, state in report.platforms.items()),
            pages=report.pages,
            rss_bytes=report.rss_bytes,
            started=worker.started if worker else 0.0,
            last_progress=worker.last_page if worker else 0.0,
            restarts=max(0, self._starts - 1),
        )

    async def _live(self) -> Life:
        self._starts += 1
        self._worker = worker = await WorkerProcess.start(self.name, self._options, self._environment)
        _log.info("A harvester starts", harvester=self.name, pid=worker.pid)
        try:
            await self._watch(worker)
        except BaseException:
            worker.kill()
            raise
        code = await worker.wait()
        self._worker = None
        pages = worker.report.pages if worker.report else 0
        if not worker.is_ready and not self._pool.stopping.is_set():
            self._pool.cannot_start(code, self._backoff.failures + 1, worker.report)
        return Life(code, worker.lived, pages, worker.is_ready)

    async def _watch(self, worker: WorkerProcess) -> None:
        """Returns when the process has ended, whoever ended it."""
        told = False
        while not worker.has_ended:
            if worker.is_ready and not told:
                told = True
                self._pool.is_ready()
            if self._pool.stopping.is_set():
                await worker.end(self._options.stop_seconds)
                return
            if trouble := worker.trouble(self._options):
                _log.error("A harvester is replaced", harvester=self.name, pid=worker.pid, reason=trouble.reason)
                await worker.end(self._options.stop_seconds if trouble.listens else 0.0)
            await worker.ended_within(_LOOK_SECONDS)

    def _is_over(self, life: Life) -> bool:
        self.gave_up = life.code == WorkerExit.GAVE_UP
        return self._options.until_empty and life.code in (WorkerExit.DONE, WorkerExit.GAVE_UP)

    def _pause_after(self, life: Life) -> float:
        if life.code == WorkerExit.RECYCLED and life.pages:
            _log.info("A harvester is recycled", harvester=self.name, pages=life.pages, lived_seconds=round(life.lived))
            return 0.0
        pause = self._backoff.pause_after(life.lived)
        if life.code == WorkerExit.MISCONFIGURED:
            pause = self._options.longest_restart_seconds
        _log.error(
            "A harvester ended and is started again",
            harvester=self.name,
            exit_code=life.code,
            lived_seconds=round(life.lived, 1),
            pause_seconds=round(pause, 1),
            failures=self._backoff.failures,
        )
        return pause

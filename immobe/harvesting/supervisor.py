"""The pool's parent process: starts workers, replaces those that die or hang, and ends them all in the end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from immobe.config import Config, child_environment
from immobe.errors import ImmobeError, ServiceError
from immobe.harvesting import registry
from immobe.harvesting.backoff import Backoff
from immobe.harvesting.options import PoolOptions
from immobe.harvesting.reports import Report, WorkerExit
from immobe.harvesting.slot import Slot
from immobe.redis import make_redis
from immobe.storage.schema import migrate

_log = structlog.get_logger(__name__)
_PUBLISH_SECONDS = 1.0
# A worker that so often in a row is not even ready will not be the next time either.
_MOST_START_FAILURES = 5
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.5, 10.0


class HarvestFailed(ImmobeError):  # noqa: N818 - reads as what happened
    """The pool could not do its work."""


def harvest(config: Config, options: PoolOptions) -> None:
    """Runs a pool until SIGTERM or SIGINT, or, with `until_empty`, until all queues are empty.

    `config` names PostgreSQL and Redis. Must be called in the main thread. Raises HarvestFailed when workers cannot be
    started at all, when they gave up, or when a second signal ended them at once.
    """
    asyncio.run(Supervisor(config, options).run())


class Supervisor:
    """One pool."""

    def __init__(self, config: Config, options: PoolOptions) -> None:
        self._config, self.options = config, options
        self.stopping = asyncio.Event()
        self._failure: str | None = None
        self._any_was_ready = False
        self._redis = make_redis(config.redis_url or "", client_name="immobe-harvest")
        self._redis_is_away = False
        # Each process takes this part of the budget while Redis is away.
        sharers = max(options.workers, config.harvester_workers)
        environment = child_environment(config, HARVESTER_WORKERS=str(sharers))
        where = f"{socket.gethostname()}:{os.getpid()}"
        self._slots = [
            Slot(self, f"harvester-{number}", f"{where}:harvester-{number}", environment)
            for number in range(1, options.workers + 1)
        ]

    async def run(self) -> None:
        """See `harvest`."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)
        await self._wait_for_database()
        publishing = asyncio.create_task(self._publish_always())
        try:
            await asyncio.gather(*(slot.keep() for slot in self._slots))
        finally:
            self._kill_all()
            publishing.cancel()
            await self._tell_redis(self._forget)
        self._say_how_it_went()

    def is_ready(self) -> None:
        """A worker has begun to crawl: from now on no failure is the settings' fault for all."""
        self._any_was_ready = True

    def cannot_start(self, exit_code: int, failures: int, report: Report | None) -> None:
        """Ends the pool when no worker ever started, and none will."""
        misconfigured = exit_code == WorkerExit.MISCONFIGURED
        said = (report.error if report else "") or f"they end at once, with exit code {exit_code}; see their last lines"
        _log.error("A harvester could not start", exit_code=exit_code, reason=said, failures=failures)
        if not self._any_was_ready and (misconfigured or failures >= _MOST_START_FAILURES):
            self._fail(f"harvesters cannot be started: {said}")

    def _fail(self, reason: str) -> None:
        self._failure = self._failure or reason
        self.stopping.set()

    def _on_signal(self, number: signal.Signals) -> None:
        if not self.stopping.is_set():
            _log.info("The pool ends; a second signal kills it", signal=number.name)
            self.stopping.set()
            return
        self._fail(f"killed by a second {number.name}; what was in work goes to others when its leases end")
        self._kill_all()

    def _kill_all(self) -> None:
        for slot in self._slots:
            slot.kill()

    def _say_how_it_went(self) -> None:
        gave_up = [slot.name for slot in self._slots if slot.gave_up]
        if gave_up and self._failure is None:
            self._failure = f"not everything was harvested: {', '.join(gave_up)} gave up; see the log"
        if self._failure is not None:
            raise HarvestFailed(self._failure)
        _log.info("The pool has ended")

    async def _wait_for_database(self) -> None:
        """Brings the schema up to date, once for all workers; while PostgreSQL is away that is tried again and again.

        Raises ServiceError when it is there, but of no use.
        """
        backoff = Backoff(_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS, healthy_seconds=1.0)
        while not self.stopping.is_set():
            try:
                await asyncio.to_thread(migrate, self._config.database_url or "")
                return
            except ServiceError as error:
                if not isinstance(error.__cause__, OperationalError):
                    raise
                pause = backoff.pause_after(0.0)
                _log.warning("Harvesters wait for PostgreSQL", error=str(error), pause_seconds=round(pause, 1))
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), pause)

    async def _publish_always(self) -> None:
        while True:
            await self._tell_redis(self._publish)
            await asyncio.sleep(_PUBLISH_SECONDS)

    def _publish(self) -> None:
        registry.publish(self._redis, [slot.entry() for slot in self._slots])

    def _forget(self) -> None:
        registry.forget(self._redis, [slot.registered_as for slot in self._slots])

    async def _tell_redis(self, tell: Callable[[], None]) -> None:
        """In a thread: a Redis that hangs must not hold up the pool."""
        try:
            await asyncio.to_thread(tell)
        except RedisError as error:
            if not self._redis_is_away:
                _log.warning("Redis cannot be told about the harvesters", error=str(error))
            self._redis_is_away = True
        else:
            self._redis_is_away = False

"""One worker process, as its supervisor sees it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import NamedTuple, Self

import structlog

from immobe.harvesting.options import Order, PoolOptions
from immobe.harvesting.reports import REPORT_SECONDS, Report

_log = structlog.get_logger(__name__)
# Until every platform's components are imported the event loop stands; a loaded machine takes its time for that.
_STARTING_SECONDS = 60.0
_LAST_WORDS_SECONDS = 5.0


class Trouble(NamedTuple):
    """Why a worker has to be replaced."""

    reason: str
    listens: bool
    """It can still be asked to end."""


class WorkerProcess:
    """Started by `start`; `wait` must be awaited in the end."""

    def __init__(self, process: asyncio.subprocess.Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self._process, self._reader, self._writer = process, reader, writer
        self.started, self.began = time.time(), time.monotonic()
        self.report: Report | None = None
        """The latest; None before the first."""
        self._heard_at = self.began
        self._stopping_at: float | None = None
        self._listening = asyncio.create_task(self._listen())
        self._exit = asyncio.create_task(process.wait())

    @classmethod
    async def start(cls, name: str, options: PoolOptions, environment: dict[str, str]) -> Self:
        """In a session of its own, so that a terminal's Ctrl-C reaches the supervisor alone."""
        ours, theirs = socket.socketpair()
        order = Order(name, theirs.fileno(), options)
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "immobe.harvesting.worker", order.to_json()),
                stdin=asyncio.subprocess.DEVNULL,
                env=environment,
                pass_fds=[order.socket],
                start_new_session=True,
            )
        return cls(process, *await asyncio.open_connection(sock=ours))

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def lived(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    @property
    def is_ready(self) -> bool:
        """Whether it has begun to crawl."""
        return self.report is not None and self.report.state != "starting" and not self.report.error

    @property
    def has_ended(self) -> bool:
        return self._exit.done()

    @property
    def last_page(self) -> float:
        """When it had a page, in seconds since 1970; 0 before the first."""
        age = self.report.page_age if self.report else None
        return 0.0 if age is None else time.time() - (time.monotonic() - self._heard_at) - age

    async def ended_within(self, seconds: float) -> bool:
        """Waits until it has ended, so long at most."""
        await asyncio.wait({self._exit}, timeout=seconds)
        return self.has_ended

    async def wait(self) -> int:
        """Its exit code, negative for a signal; what it said last is read by then, and what it started is gone."""
        code = await self._exit
        self.kill()
        await asyncio.wait({self._listening}, timeout=_LAST_WORDS_SECONDS)
        self._writer.close()
        return code

    def trouble(self, options: PoolOptions) -> Trouble | None:
        """Why it has to be replaced, if so."""
        now = time.monotonic()
        silent = now - self._heard_at
        if self.report is None or self.report.state == "starting":
            late = self.lived > _STARTING_SECONDS
            return Trouble(f"did not start within {self.lived:.0f} s", False) if late else None
        if self._stopping_at is not None:
            late = now - self._stopping_at > options.stop_seconds
            return Trouble(f"did not end within {options.stop_seconds:.0f} s", False) if late else None
        if silent > options.hang_seconds + 2 * REPORT_SECONDS:
            return Trouble(f"hangs: not heard of for {silent:.0f} s", False)
        if self.report.stalled > options.stall_seconds:
            return Trouble(f"hangs: holds pages and finished none for {self.report.stalled:.0f} s", True)
        return None

    async def end(self, patience: float) -> None:
        """Asks it to end; kills it after `patience` seconds."""
        self._signal(signal.SIGTERM)
        if not await self.ended_within(patience):
            _log.warning("A harvester did not end in time and is killed", pid=self.pid, seconds=patience)
            self.kill()

    def kill(self) -> None:
        """It and what it has started (browsers), at once. Its leases expire by themselves."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def _listen(self) -> None:
        with suppress(ConnectionError):
            async for line in self._reader:
                try:
                    self.report = Report.from_line(line)
                except (ValueError, TypeError):  # cut off by its death
                    continue
                self._heard_at = time.monotonic()
                if self.report.state == "stopping":
                    self._stopping_at = self._stopping_at or self._heard_at

"""The asyncio way into the database: many callers, few transactions, and nobody is told "stored" before the commit."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from immobe.errors import ServiceError
from immobe.observability.metrics import BATCH_COMMIT
from immobe.storage.deliveries import Writable

_log = structlog.get_logger(__name__)
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 30.0
_PAUSE_WHEN_CLOSING_SECONDS = 1.0
GIVE_UP_SECONDS = 10.0
# After such a silence nothing is about to join the batch. With 0.02 a busy crawl had 3 listings in a transaction.
_SILENCE_SECONDS = 0.1


class Writer(Protocol):
    """What commits a batch: `ListingWriter`."""

    def write(self, items: Sequence[Writable]) -> list[Exception | None]:
        """See `ListingWriter.write`."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    item: Writable
    done: asyncio.Future[None]
    since: float


class BatchWriter:
    """Gathers items and commits them by number, by age, or as soon as no more are coming.

    While PostgreSQL cannot be reached, batches are tried again with growing pauses, and callers wait: that is the
    backpressure. `on_outage` hears when that begins (True) and ends (False); when `giving_up` says so, waiting records
    fail after `GIVE_UP_SECONDS`. All calls must come from one event loop.
    """

    def __init__(
        self,
        writer: Writer,
        *,
        batch_size: int,
        batch_seconds: float,
        threads: int = 1,
        on_outage: Callable[[bool], object] = lambda down: None,
        giving_up: Callable[[], bool] = lambda: False,
    ) -> None:
        self._writer = writer
        self._batch_size = batch_size
        self._batch_seconds = batch_seconds
        self._threads = threads
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="immobe-writer")
        self._queue: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        self._gathering = asyncio.Lock()
        self._workers: list[asyncio.Task[None]] = []
        self._closing = asyncio.Event()
        self._give_up_at: float | None = None
        self._outage_since: float | None = None
        self._on_outage, self._giving_up = on_outage, giving_up

    async def write(self, item: Writable) -> None:
        """Returns after the commit. Raises the error of this item when it alone could not be stored."""
        if self._closing.is_set():
            raise ServiceError("The writer is closed.")
        if not self._workers:
            self._workers = [asyncio.create_task(self._work()) for _ in range(self._threads)]
        waiting = _Waiting(item, asyncio.get_running_loop().create_future(), time.monotonic())
        self._queue.put_nowait(waiting)
        await waiting.done

    async def close(self, patience: float = 30.0) -> None:
        """Commits what is waiting and stops. What a dead database still refuses after `patience` seconds fails."""
        self._give_up_at = time.monotonic() + patience
        self._closing.set()
        for _ in self._workers:
            self._queue.put_nowait(None)
        await asyncio.gather(*self._workers)
        self._executor.shutdown(wait=False)

    async def _work(self) -> None:
        open_ = True
        while open_:
            async with self._gathering:
                batch, open_ = await self._gather()
            if batch:
                await self._commit(batch)

    async def _gather(self) -> tuple[list[_Waiting], bool]:
        """(the next batch, whether more may follow)."""
        first = await self._queue.get()
        if first is None:
            return [], False
        batch = [first]
        while len(batch) < self._batch_size:
            left = first.since + self._batch_seconds - time.monotonic()
            try:
                async with asyncio.timeout(max(0.0, min(left, _SILENCE_SECONDS))):
                    following = await self._queue.get()
            except TimeoutError:
                break
            if following is None:
                return batch, False
            batch.append(following)
        return batch, True

    async def _commit(self, batch: list[_Waiting]) -> None:
        try:
            results = await self._until_stored([waiting.item for waiting in batch])
        except Exception as error:  # whatever it is, the callers must hear of it
            results = [error] * len(batch)
        for waiting, result in zip(batch, results, strict=True):
            if waiting.done.done():  # its caller was cancelled meanwhile
                continue
            if result is None:
                waiting.done.set_result(None)
            else:
                waiting.done.set_exception(result)

    async def _until_stored(self, items: list[Writable]) -> list[Exception | None]:
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            try:
                results = await loop.run_in_executor(self._executor, self._writer.write, items)
            except ServiceError as error:
                self._note_outage(error)
                if self._give_up_at is None and self._giving_up():
                    self._give_up_at = time.monotonic() + GIVE_UP_SECONDS
                if self._give_up_at is not None and time.monotonic() >= self._give_up_at:
                    raise
                await self._pause(random.uniform(0, pause))  # noqa: S311 - no secret; spreads the workers out
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            else:
                BATCH_COMMIT.observe(time.monotonic() - began)
                self._note_recovery()
                return results

    async def _pause(self, seconds: float) -> None:
        """Waits; `close` cuts a long wait short."""
        if self._closing.is_set():
            await asyncio.sleep(min(seconds, _PAUSE_WHEN_CLOSING_SECONDS))
            return
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._giving_up():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), min(left, _PAUSE_WHEN_CLOSING_SECONDS))
                return

    def _note_outage(self, error: ServiceError) -> None:
        if self._outage_since is None:
            self._outage_since = time.monotonic()
            _log.warning("The database cannot be used: records wait until it can", error=str(error))
            self._on_outage(True)

    def _note_recovery(self) -> None:
        if self._outage_since is not None:
            seconds = round(time.monotonic() - self._outage_since, 1)
            self._outage_since = None
            _log.info("The database can be used again: waiting records are being stored", outage_seconds=seconds)
            self._on_outage(False)

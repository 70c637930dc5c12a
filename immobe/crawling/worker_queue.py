"""The queue as one worker process uses it: no method waits for Redis, and none raises.

A thread of its own talks to Redis. It claims ahead, so that `pop` only takes from memory; it renews the leases; it
sends finished requests together with what was found on their pages. While Redis is down it writes these to the journal,
and brings them back afterwards. Whatever happens, `has_pending` says "nothing" only when Redis said so.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_records import Claimed, Entry, Verdict
from immobe.crawling.leases_start_urls import StartUrls
from immobe.crawling.worker_queue_crash import CrashPoints
from immobe.crawling.worker_queue_options import RunSeeds, WorkerOptions, WorkerStats
from immobe.crawling.worker_queue_state import Holdings
from immobe.crawling.worker_queue_thread import QueueThread
from immobe.crawling.worker_queue_worker import Callbacks, Worker
from immobe.redis import BreakerState, CircuitBreaker, FallbackQueue

__all__ = ["Callbacks", "RunSeeds", "WorkerOptions", "WorkerQueue", "WorkerStats"]

_log = logging.getLogger(__name__)


class WorkerQueue:
    """One worker's front to a `LeasedQueue`, which it has for itself from now on.

    `journal` is the path of the fallback queue; without one, an outage is sat out in memory. Call `start` once, `close`
    once. All else may be called from one thread, the reactor's.
    """

    def __init__(
        self,
        queue: LeasedQueue,
        options: WorkerOptions | None = None,
        *,
        breaker: CircuitBreaker | None = None,
        journal: Path | str | None = None,
        run: RunSeeds | None = None,
        start_urls: StartUrls | None = None,
        callbacks: Callbacks | None = None,
        crash_at: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        crash = CrashPoints(crash_at)
        self._options = options or WorkerOptions()
        self._worker = Worker(
            queue=queue,
            owner=uuid4().hex,
            holdings=Holdings(clock),
            options=self._options,
            breaker=breaker or CircuitBreaker(),
            journal=FallbackQueue(journal, crash_point=crash) if journal else None,
            run=run,
            start_urls=start_urls,
            callbacks=callbacks or Callbacks(),
            crash=crash,
            clock=clock,
            journal_waits=journal is not None,
        )
        self._thread = QueueThread(self._worker)

    @property
    def owner(self) -> str:
        """The random name under which this process leases requests."""
        return self._worker.owner

    @property
    def run_id(self) -> str:
        """The run that was joined or created; empty before the first connection."""
        return self._worker.queue.run_id

    def start(self) -> None:
        """Begins to connect, to join or create the run, and to claim. Waits for nothing."""
        self._thread.start()

    def push(self, entry: Entry, parent: str | None = None) -> None:
        """Queues a found request: with `parent`, the id of a claimed request, in one step with the parent's end."""
        holdings = self._worker.holdings
        holdings.push(entry, parent)
        if holdings.pushes == 1:
            self._worker.signal.set()

    def pop(self) -> Claimed | None:
        """A request to work on, or None: nothing there, claims paused, or Redis down."""
        worker = self._worker
        if worker.paused or worker.breaker.state is not BreakerState.CLOSED:
            return None
        claimed = worker.holdings.pop()
        if worker.holdings.ready == self._options.prefetch // 2:
            worker.signal.set()
        return claimed

    def finish(self, request_id: str, verdict: Verdict = Verdict.ACCEPT, delay_ms: int = 0, reason: str = "") -> None:
        """Ends a claimed request: its items are stored, its children pushed. An unknown id is ignored."""
        holdings = self._worker.holdings
        if not holdings.finish(request_id, verdict, delay_ms, reason):
            _log.debug("finished a request that is not held: %s", request_id)
        elif not holdings.ready or holdings.finished == self._options.prefetch // 2:
            self._worker.signal.set()

    def has_pending(self) -> bool:
        """False only when Redis said that nothing exists any more and nothing is held here: exact for all workers.

        A worker of search pages alone asks for search pages alone; one of listing pages asks for both, but for search
        pages only while somebody works on them (`EndOfWork`).
        """
        return not (self._worker.drained and self._worker.holdings.is_empty())

    def pause(self) -> None:
        """No new work until `resume`; leases are renewed. For an outage of what comes behind: PostgreSQL."""
        self._worker.paused = True

    def resume(self) -> None:
        """Work again; nothing happens when it was not paused."""
        if self._worker.paused:
            self._worker.paused = False
            self._thread.poll_soon()

    @property
    def stats(self) -> WorkerStats:
        """Numbers for metrics; costs nothing."""
        worker = self._worker
        worker.stats.round_trips = worker.queue.round_trips
        worker.stats.breaker_state = int(worker.breaker.state)
        return worker.stats

    def close(self, timeout: float = 30.0) -> bool:
        """Flushes finished requests, releases the others; True when that was done within `timeout` seconds.

        The only method that waits. What is not released is claimed by others when its lease expires.
        """
        if not self._thread.is_alive():
            return True
        self._thread.close_by(self._worker.clock() + timeout)
        self._thread.join(timeout + 1.0)
        return not self._thread.is_alive()

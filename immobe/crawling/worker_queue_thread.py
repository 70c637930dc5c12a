"""The one thread of a worker that talks to Redis."""

from __future__ import annotations

import logging
import threading

from immobe.crawling.worker_queue_exchange import Exchange
from immobe.crawling.worker_queue_link import Link
from immobe.crawling.worker_queue_worker import Worker
from immobe.redis import BreakerState

_log = logging.getLogger(__name__)

_OUTAGE_SECONDS = 0.2  # between looks at what waits for the journal: each write of it waits for the disk
_AFTER_SURPRISE_SECONDS = 1.0
_RESTORE_SECONDS = 1.0


class QueueThread(threading.Thread):
    """Exchanges, heartbeats, recovery; ends when `close_by` has been called and all is flushed, or time is up."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(name="queue", daemon=True)
        self._worker = worker
        self._link = Link(worker)
        self._exchange = Exchange(worker, self._link)
        self._closing_by: float | None = None
        self._beat_at = self._restore_at = 0.0

    def close_by(self, deadline: float) -> None:
        """Ends after what waits is flushed and the rest released; at `deadline` (the worker's clock) at the latest."""
        self._worker.paused = True
        self._closing_by = deadline
        self._worker.signal.set()

    def poll_soon(self) -> None:
        """Looks for work now."""
        self._exchange.poll_soon()
        self._worker.signal.set()

    def run(self) -> None:
        """The thread never dies of an error: without it, leases would expire and the crawl would hang."""
        while self._closing_by is None:
            try:
                wait = self._step()
            except Exception:
                _log.exception("unexpected error in the queue's thread")
                self._link.lost_state()
                wait = _AFTER_SURPRISE_SECONDS
            self._worker.signal.wait(wait)
            self._worker.signal.clear()
        try:
            self._close()
        except Exception:
            _log.exception("the queue was not closed in order; its leases will expire")

    def _step(self) -> float:
        """Does what is due; returns the seconds until more is."""
        worker = self._worker
        if not self._link.up and self._link.try_connect():
            self._exchange.poll_soon()
            self._beat_at = worker.clock() + worker.options.beat_seconds
        if self._link.up:
            try:
                return self._work()
            except Exception as error:
                self._link.failed(error)
        if worker.breaker.state is BreakerState.OPEN:
            self._save()
            self._link.look_at_journal()
        return min(self._link.seconds_to_try(), _OUTAGE_SECONDS)

    def _work(self) -> float:
        worker, now = self._worker, self._worker.clock()
        if now >= self._beat_at:
            self._link.beat()
            self._link.look_at_journal()
            self._beat_at = now + worker.options.beat_seconds
        if worker.journal_waits and now >= self._restore_at:
            self._restore_at = now + _RESTORE_SECONDS
            self._link.restore()
        more_to_sweep = self._link.sweep_some()
        if self._exchange.seconds_to_next() <= 0:
            self._exchange.run()
            self._link.worked()
        if more_to_sweep or not self._link.up:
            return 0.0
        return max(0.0, min(self._exchange.seconds_to_next(), self._beat_at - worker.clock()))

    def _save(self) -> None:
        """During an outage: everything that would go to Redis goes to the journal, or stays within its bound."""
        worker = self._worker
        while True:
            flush = worker.holdings.next_flush()
            if not flush.pushes and not flush.finished:
                return
            if not self._link.save(flush):
                break
            worker.holdings.pushed(len(flush.pushes))
            worker.holdings.acknowledged(flush.finished)
        if worker.holdings.bytes > worker.options.buffer_bytes:
            forgotten = worker.holdings.forget_children()
            worker.stats.forgotten += len(forgotten)
            _log.error("%d finished pages will be fetched again: what they held fits nowhere", len(forgotten))

    def _close(self) -> None:
        """Flushes what waits, then releases the rest; an outage leaves the first to the journal, the second to time."""
        worker = self._worker
        while self._flush_waits() and worker.clock() < (self._closing_by or 0.0):
            try:
                if not self._link.up and not self._link.try_connect():
                    if worker.journal is not None:
                        break
                    worker.signal.wait(min(self._link.seconds_to_try(), _OUTAGE_SECONDS))
                elif worker.stats.memory_full:
                    break
                else:
                    self._exchange.run()
            except Exception as error:
                self._link.failed(error)
        if self._flush_waits():
            self._save()
        if self._flush_waits():
            _log.critical(
                "%d requests could be put neither into Redis nor into the journal; %d pages will be fetched again",
                worker.holdings.pushes,
                worker.holdings.finished,
            )
        if self._link.up:
            self._release()

    def _flush_waits(self) -> bool:
        return self._worker.holdings.pushes > 0 or self._worker.holdings.finished > 0

    def _release(self) -> None:
        worker = self._worker
        ids = [one.id for one in worker.holdings.held()]
        half = len(ids) // 2
        try:
            worker.queue.release(worker.owner, ids[:half])
            worker.crash("during_release")
            worker.queue.release(worker.owner, ids[half:], leaving=True)
        except Exception as error:
            _log.warning("%d requests were not released, their leases will expire: %s", len(ids), error)

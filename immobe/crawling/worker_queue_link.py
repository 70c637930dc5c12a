"""The way to Redis: whether it is there, whether it is still the same one, and what to mend when it is not."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence

from redis.exceptions import ResponseError

from immobe.crawling.leases_log import mend_log
from immobe.crawling.leases_records import LISTING_PAGES
from immobe.crawling.worker_queue_journal import Record, records_of, replay
from immobe.crawling.worker_queue_state import Flush
from immobe.crawling.worker_queue_worker import Worker
from immobe.redis import JournalBusy, JournalError, equal_jitter, means_down

_log = logging.getLogger(__name__)

# A restart of the server must not open the circuit breaker, which would cost a minute: five tries take 4 to 8 seconds.
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.5, 4.0


class Link:
    """Connects, notices failures, and brings everything back after them. Used by the queue's thread alone."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.up = False
        self.epoch = b""
        """Empty before the first connection."""
        self._server_run: str | None = None
        self._failures = 0
        self._retry_at = self._beaten_at = 0.0
        self._sweep_cursor: tuple[str, str] | None = None

    def try_connect(self) -> bool:
        """Connects when the time has come; True when Redis is there and everything is mended."""
        if self._worker.clock() < self._retry_at or not self._worker.breaker.allow():
            return False
        try:
            self._connect()
        except Exception as error:
            self.failed(error)
            return False
        self.up = True
        return True

    def worked(self) -> None:
        """Redis did what was asked after the connection: only that counts, for a sick server still answers PING."""
        failures, self._failures = self._failures, 0
        self._worker.breaker.success()
        if failures:
            _log.warning("Redis is back after %d failures", failures)
            self._worker.callbacks.call(self._worker.callbacks.wake)  # `pop` gives again what is held

    def seconds_to_try(self) -> float:
        """Seconds until `try_connect` does something."""
        return max(0.0, self._retry_at - self._worker.clock(), self._worker.breaker.seconds_to_trial())

    def failed(self, error: Exception) -> None:
        """Redis could not be used: waits longer each time, with jitter, and tells the breaker."""
        worker = self._worker
        self.up = worker.drained = False
        worker.stats.failures += 1
        if means_down(error):
            worker.breaker.failure()
        wait = equal_jitter(self._failures, base=_FIRST_WAIT_SECONDS, cap=_LONGEST_WAIT_SECONDS)
        self._retry_at = worker.clock() + wait
        self._failures += 1
        if self._failures & (self._failures - 1) == 0:  # the 1st, 2nd, 4th, 8th …
            name, known = type(error).__name__, means_down(error)
            _log.error("Redis cannot be used (failure %d): %s: %s", self._failures, name, error, exc_info=not known)

    def lost_state(self) -> None:
        """Somebody found Redis empty: the next connection mends that."""
        self.up = self._worker.drained = False

    def sweep_some(self) -> bool:
        """Goes on looking for requests that a torn write left nowhere; True while there is more to look at."""
        if self._sweep_cursor is not None:
            self._sweep_cursor, mended = self._worker.queue.sweep(self._sweep_cursor)
            self._worker.stats.swept += mended
        return self._sweep_cursor is not None

    def save(self, flush: Flush) -> bool:
        """Writes to the journal what Redis cannot take; False when the journal cannot take it either."""
        worker = self._worker
        if worker.journal is None:
            return False
        records = records_of(worker.queue, worker.owner, self.epoch, flush.pushes, flush.finished)
        try:
            worker.journal.append(records)
        except JournalError as error:
            _log.error("nothing is lost, but pages will be fetched again: %s", error)
            return False
        worker.stats.journaled += len(records)
        worker.journal_waits = True
        return True

    def _connect(self) -> None:
        worker = self._worker
        epoch = worker.queue.epoch()
        self._look_at_server()
        lost = bool(self.epoch) and epoch != self.epoch
        if lost:
            _log.critical(
                "Redis has lost its data: queueing again what this worker holds (%d requests). Known URLs are in "
                "PostgreSQL: immobe reconcile",
                len(worker.holdings.held()),
            )
            worker.queue.hold(worker.owner, worker.options.lease_ms, worker.holdings.held())
        if lost or not self.epoch:
            self._start_run()
        self.restore()
        self.beat()
        self.epoch = epoch
        if lost:
            worker.stats.state_lost += 1
            worker.callbacks.call(worker.callbacks.on_state_lost)

    def look_at_journal(self) -> None:
        """Notes for the metrics how much waits in the file, whoever wrote it."""
        if self._worker.journal is not None:
            with contextlib.suppress(JournalError, OSError):
                self._worker.stats.journal_size = self._worker.journal.size()

    def beat(self) -> None:
        """Renews all leases. Raises redis' errors."""
        worker = self._worker
        ids = worker.holdings.leased_ids(worker.options.longest_work_seconds)
        until = worker.clock() + worker.options.lease_seconds
        scouting = worker.options.band != LISTING_PAGES
        lost = worker.queue.beat(worker.owner, worker.options.lease_ms, ids, scouting=scouting)
        worker.holdings.renew(ids, lost, until)
        worker.stats.lost_leases += len(lost)
        self._beaten_at = worker.clock()

    def restore(self) -> None:
        """Brings the journal back to Redis, ours and that of any process that shares the file. Raises redis' errors."""
        worker = self._worker
        if worker.journal is None:
            return
        try:
            worker.stats.restored += worker.journal.restore(self._replay)
        except JournalBusy:
            return  # another process restores it
        except JournalError as error:
            _log.error("what may be in the fallback queue is not restored: %s", error)
        worker.journal_waits = False
        self.look_at_journal()

    def _replay(self, records: Sequence[Record]) -> list[int]:
        refused = replay(self._worker.queue.scripts.redis, records)
        if self._worker.clock() >= self._beaten_at + self._worker.options.beat_seconds:
            self.beat()  # a long journal must not cost the leases
        return refused

    def _start_run(self) -> None:
        worker, run = self._worker, self._worker.run
        if run is None:
            return
        run_id, created = worker.queue.start_run(run.scope, run.run_id, run.seeds, run.band)
        worker.callbacks.call(worker.callbacks.on_run, run_id, created)

    def _look_at_server(self) -> None:
        """After a restart of the server, looks through the queue for what a torn log may have left half done."""
        redis = self._worker.queue.scripts.redis
        self._worker.queue.scripts.round_trips += 1
        try:
            server_run = str(redis.info("server").get("run_id", ""))
        except ResponseError:  # our user may not ask
            return
        if self._server_run not in (None, server_run):
            self._sweep_cursor = ("0", "0")
            mend_log(redis, self._worker.queue.key)
        self._server_run = server_run

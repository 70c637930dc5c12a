"""One round trip for everything: found requests and acknowledgements go to Redis, new claims come back."""

from __future__ import annotations

import random
from typing import Any

from redis.exceptions import OutOfMemoryError

from immobe.crawling.leases_arguments import parse_claims
from immobe.crawling.leases_records import Acknowledged, Claims
from immobe.crawling.leases_scripts import Call
from immobe.crawling.worker_queue_end import EndOfWork
from immobe.crawling.worker_queue_link import Link
from immobe.crawling.worker_queue_state import Flush
from immobe.crawling.worker_queue_worker import Worker
from immobe.redis import BreakerState

_SHORTEST_GAP = 0.02  # seconds between exchanges of a worker that has nothing to do
_FULL_SECONDS = 1.0  # until a server without memory is asked again to take more
_START_URLS_SECONDS = 1.0


class Exchange:
    """Knows when the next round trip is due, and makes it. Used by the queue's thread alone; raises redis' errors."""

    def __init__(self, worker: Worker, link: Link) -> None:
        self._worker, self._link, self._end = worker, link, EndOfWork(worker)
        self._poll_at = self._full_until = self._exchanged_at = self._start_urls_at = 0.0
        self._empty_polls = 0
        self._in_order = True
        """The last claim was carried out after what was sent with it."""

    def seconds_to_next(self) -> float:
        """Seconds until a round trip is due."""
        worker, holdings, options = self._worker, self._worker.holdings, self._worker.options
        now = worker.clock()
        due = [now + options.longest_poll_seconds]
        if holdings.pushes:
            due.append(holdings.pushed_at + options.push_seconds)
        if holdings.finished:
            due.append(holdings.finished_at + options.acknowledge_seconds)
            if holdings.finished >= options.prefetch // 2:
                due.append(now)
            elif not holdings.ready:
                due.append(self._exchanged_at + _SHORTEST_GAP)
        if self._hungry():
            due.append(self._poll_at)
        if worker.breaker.state is not BreakerState.CLOSED:
            due.append(now)  # only an exchange closes it, and while it is open nothing is taken from a full buffer
        return max(0.0, min(due) - now, self._full_until - now)

    def poll_soon(self) -> None:
        """There may be work again: the next poll is due now."""
        self._empty_polls, self._poll_at = 0, 0.0

    def run(self) -> None:
        """Sends what waits, claims what there is room for."""
        worker = self._worker
        if self._hungry():
            self._take_start_urls()
        flush = worker.holdings.next_flush(childless_only=worker.stats.memory_full)
        if flush.pushes or flush.finished:
            worker.drained = False  # before it leaves memory, so that the crawl never looks finished in between
        if flush.finished:
            worker.crash("before_done")
        wanted = worker.options.prefetch - worker.holdings.ready if self._hungry() and not worker.paused else 0
        began, reloads = worker.clock(), worker.queue.scripts.reloads
        calls, readers = self._calls(flush, wanted)
        answers = worker.queue.scripts.run_together(calls)
        self._exchanged_at = worker.clock()
        self._in_order = worker.queue.scripts.reloads == reloads
        self._read(answers, readers, began)

    def _calls(self, flush: Flush, wanted: int) -> tuple[list[Call], list[Any]]:
        """Calls in the order of their execution, and what reads the answer of each."""
        worker, queue, options = self._worker, self._worker.queue, self._worker.options
        calls, readers = [], []
        if flush.pushes:
            calls.append(queue.enqueue_call(flush.pushes))
            readers.append(lambda answer, began: self._pushed(flush, answer))
        if flush.finished:
            calls.append(queue.done_call(worker.owner, flush.finished, self._link.epoch))
            readers.append(lambda answer, began: self._acknowledged(flush, Acknowledged(*answer)))
            if worker.crash.reached("inside_done"):
                queue.scripts.send_unread(calls[-1])
                worker.crash.die()
        last_chances = 0 if worker.holdings.holds_last_chance(options.max_attempts, flush.finished) else 1
        claim = (wanted, options.lease_ms, options.max_attempts, options.band, last_chances)
        calls.append(queue.claim_call(worker.owner, *claim))
        readers.append(lambda answer, began: self._claimed(parse_claims(answer), wanted, began))
        return calls, readers

    def _read(self, answers: list[Any], readers: list[Any], began: float) -> None:
        """Reads all answers there are, then raises the first error among them; lack of memory is only noted."""
        errors = []
        for answer, reader in zip(answers, readers, strict=True):
            if isinstance(answer, Exception):
                errors.append(answer)
            else:
                reader(answer, began)
        grave = [error for error in errors if not isinstance(error, OutOfMemoryError)]
        if grave:
            raise grave[0]
        self._worker.stats.memory_full = bool(errors)
        if errors:
            self._worker.drained = False
            self._full_until = self._worker.clock() + _FULL_SECONDS

    def _pushed(self, flush: Flush, answer: list[int]) -> None:
        stats = self._worker.stats
        self._worker.holdings.pushed(len(flush.pushes))
        stats.queued += sum(answer)
        stats.seen += len(answer) - sum(answer)
        self.poll_soon()

    def _acknowledged(self, flush: Flush, answer: Acknowledged) -> None:
        stats = self._worker.stats
        self._worker.holdings.acknowledged(flush.finished)
        stats.finished += len(flush.finished)
        stats.queued += answer.fresh
        stats.seen += answer.seen
        stats.stale += answer.stale
        if answer.fresh:
            self.poll_soon()

    def _claimed(self, claims: Claims, wanted: int, began: float) -> None:
        worker, stats, options = self._worker, self._worker.stats, self._worker.options
        stats.requests, stats.searches = claims.requests, claims.searches
        stats.expired += claims.expired
        stats.buried += claims.buried
        stats.unnoted = claims.unnoted
        stats.claimed += len(claims.claimed)
        worker.holdings.add(claims.claimed, began + options.lease_seconds)
        if claims.claimed:
            worker.crash("after_claim")
        if claims.epoch != self._link.epoch:
            self._link.lost_state()
            return
        if wanted and len(claims.claimed) < wanted:
            wait = min(options.longest_poll_seconds, options.first_poll_seconds * 2.0**self._empty_polls)
            self._poll_at = worker.clock() + wait * random.uniform(0.75, 1.25)  # noqa: S311 - only spreads workers out
            self._empty_polls = min(self._empty_polls + 1, 16)
        elif wanted:
            self.poll_soon()
        self._tell(claims)

    def _tell(self, claims: Claims) -> None:
        """Notes whether the crawl is over, and wakes the owner when that or new work is news."""
        worker = self._worker
        if claims.unnoted:
            worker.callbacks.call(worker.callbacks.on_dead_letters)
        was_drained = worker.drained
        nothing_here = worker.holdings.is_empty() and not worker.journal_waits
        worker.drained = self._end.left(claims) == 0 and nothing_here
        if not self._in_order:
            worker.drained = False  # the claim may not have seen what we sent before it
            self.poll_soon()
        if claims.claimed or (worker.drained and not was_drained):
            worker.callbacks.call(worker.callbacks.wake)

    def _hungry(self) -> bool:
        return self._worker.holdings.ready <= self._worker.options.prefetch // 2 and not self._worker.stats.memory_full

    def _take_start_urls(self) -> None:
        worker = self._worker
        if worker.start_urls is None or worker.paused or worker.clock() < self._start_urls_at:
            return
        taken = worker.start_urls.take(worker.options.prefetch)
        worker.stats.start_urls += taken.queued
        worker.stats.bad_start_urls += taken.bad
        if sum(taken) < worker.options.prefetch:
            self._start_urls_at = worker.clock() + _START_URLS_SECONDS
        if taken.queued:
            self.poll_soon()

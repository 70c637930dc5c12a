"""What the parts of a worker's queue share."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_start_urls import StartUrls
from immobe.crawling.worker_queue_crash import CrashPoints
from immobe.crawling.worker_queue_options import RunSeeds, WorkerOptions, WorkerStats
from immobe.crawling.worker_queue_state import Holdings
from immobe.redis import CircuitBreaker, FallbackQueue

_log = logging.getLogger(__name__)


@dataclass
class Callbacks:
    """What the owner wants to hear of. Called in the queue's thread; an error in one is logged and changes nothing."""

    wake: Callable[[], object] = lambda: None
    """Work has come, or the end is reached."""
    on_run: Callable[[str, bool], object] = lambda run_id, created: None
    """The run was joined or created."""
    on_state_lost: Callable[[], object] = lambda: None
    """Redis came back empty; what this worker held is queued again. It may push, and must return soon."""

    on_dead_letters: Callable[[], object] = lambda: None
    """PostgreSQL has not heard of some dead letters. Called again and again until it has; must return soon."""

    def call(self, callback: Callable[..., object], *arguments: object) -> None:
        """Calls one of them."""
        try:
            callback(*arguments)
        except Exception:
            _log.exception("a callback of the queue failed")


@dataclass
class Worker:
    """One worker process, as its queue sees it."""

    queue: LeasedQueue
    owner: str
    """Random, new with each process: what others hold can never be taken for ours."""
    holdings: Holdings
    options: WorkerOptions
    breaker: CircuitBreaker
    journal: FallbackQueue | None
    run: RunSeeds | None
    start_urls: StartUrls | None
    callbacks: Callbacks
    crash: CrashPoints
    clock: Callable[[], float]
    stats: WorkerStats = field(default_factory=WorkerStats)
    signal: threading.Event = field(default_factory=threading.Event)
    """Set when the thread has to look at once."""
    paused: bool = False
    drained: bool = False
    """Redis said that nothing is left, and we have sent nothing since."""
    journal_waits: bool = False
    """The journal holds records that have to return to Redis."""

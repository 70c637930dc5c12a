"""Keeps Redis and PostgreSQL of one mind during a crawl, in threads of its own: both may be slow, or away."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine

from immobe.crawling.dead_listings import note_dead_listings
from immobe.crawling.leases import LeasedQueue
from immobe.crawling.reconcile import reconcile
from immobe.errors import ServiceError
from immobe.redis import make_redis

_log = logging.getLogger(__name__)
_NOTE_PAUSE_SECONDS = 1.0
_AWAY_SECONDS = 15.0
_LAST_NOTE_SECONDS = 15.0


class Reconciler:
    """The scheduler's helper; `immobe reconcile` does the same by hand. No method raises for a service that is away."""

    def __init__(
        self,
        platform: str,
        redis_url: str,
        open_queue: Callable[[Redis], LeasedQueue],
        open_database: Callable[[], Engine],
    ) -> None:
        self._platform, self._redis_url = platform, redis_url
        self._open_queue, self._open_database = open_queue, open_database
        self._noting = threading.Lock()
        self._note_at = 0.0

    def reconcile_soon(self, *, only_if_empty: bool = False) -> None:
        """Queues again what PostgreSQL knows and Redis has lost."""
        threading.Thread(target=self._reconcile, args=(only_if_empty,), name="reconcile", daemon=True).start()

    def note_dead_soon(self) -> None:
        """Tells PostgreSQL of dead letters; nothing happens when that is being done, or has failed just now."""
        if time.monotonic() >= self._note_at and self._noting.acquire(blocking=False):
            self._start_noting()

    def note_dead(self) -> None:
        """As `note_dead_soon`, and waits for it, but not for ever: whoever comes next does the rest."""
        if self._noting.acquire(timeout=_LAST_NOTE_SECONDS):
            self._start_noting().join(_LAST_NOTE_SECONDS)

    def _start_noting(self) -> threading.Thread:
        thread = threading.Thread(target=self._note_and_release, name="dead letters", daemon=True)
        thread.start()
        return thread

    def _reconcile(self, only_if_empty: bool) -> None:
        try:
            with self._services() as (engine, redis):
                queue = self._open_queue(redis)
                if not only_if_empty or queue.finished():
                    reconcile(engine, redis, queue, self._platform)
        except (ServiceError, RedisError) as error:
            _log.error("known listings could not be queued again (immobe reconcile): %s", error)

    def _note_and_release(self) -> None:
        pause = _AWAY_SECONDS
        try:
            with self._services() as (engine, redis):
                count = note_dead_listings(engine, self._open_queue(redis), self._platform)
            pause = _NOTE_PAUSE_SECONDS
            if count:
                _log.warning("%d listings are failed: `immobe queue show` says why", count)
        except (ServiceError, RedisError) as error:
            _log.warning("dead letters wait to be noted in PostgreSQL: %s", error)
        finally:
            self._note_at = time.monotonic() + pause
            self._noting.release()

    @contextmanager
    def _services(self) -> Iterator[tuple[Engine, Redis]]:
        engine = self._open_database()
        try:
            with make_redis(self._redis_url) as redis:
                yield engine, redis
        finally:
            engine.dispose()

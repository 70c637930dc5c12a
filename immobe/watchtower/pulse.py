"""Asks Redis now and then, so that the circuit breaker's state is true even when nobody asks for anything."""

from __future__ import annotations

import threading

import structlog

from immobe.errors import ServiceError
from immobe.watchtower.backend import Backend

_log = structlog.get_logger(__name__)
_SECONDS = 2.0


class Pulse(threading.Thread):
    """A daemon thread of a process."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(name="redis pulse", daemon=True)
        self._backend, self._over = backend, threading.Event()

    def end(self) -> None:
        """Asks no more."""
        self._over.set()

    def run(self) -> None:
        """Says so once when Redis goes, and when it is back."""
        down = False
        while not self._over.wait(_SECONDS):
            was_down, down = down, not self._answers()
            if down and not was_down:
                _log.warning("Redis does not answer: limits are counted by this process alone")
            elif was_down and not down:
                _log.info("Redis answers again")

    def _answers(self) -> bool:
        try:
            self._backend.ask_redis(lambda redis: redis.ping())
        except ServiceError:
            return False
        return True

"""Circuit breaker: while Redis is down nobody waits for it, and one trial at a time finds out when it is back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar

import redis.exceptions as errors

from immobe.errors import ServiceError

T = TypeVar("T")

# Answers of a server that runs but cannot do its work now. redis-py has classes for some of them only.
_DOWN_CODES = ("OOM", "READONLY", "LOADING", "MASTERDOWN", "MISCONF", "BUSY ", "NOREPLICAS", "CLUSTERDOWN", "TRYAGAIN")


class BreakerState(IntEnum):
    """The value that the metric `redis_circuit_breaker_state` shows."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class BreakerOpen(ServiceError):  # noqa: N818 - reads as what happened
    """Redis was not asked: it failed too often and the time for the next trial has not come."""


def means_down(error: BaseException) -> bool:
    """Whether an error says that Redis cannot serve now, rather than that the command is wrong.

    >>> means_down(errors.TimeoutError()), means_down(errors.ResponseError("WRONGTYPE Operation against a key"))
    (True, False)
    """
    if isinstance(error, errors.AuthenticationError | errors.AuthorizationError):
        return False  # both derive from ConnectionError, but waiting does not mend them
    if isinstance(error, errors.ConnectionError | errors.TimeoutError | OSError):
        return True
    if isinstance(error, errors.OutOfMemoryError | errors.ReadOnlyError):
        return True
    return isinstance(error, errors.ResponseError) and str(error).startswith(_DOWN_CODES)


class CircuitBreaker:
    """Opens after `threshold` failures in a row; after `timeout` seconds lets one trial through: it closes, or waits.

    Safe to share between threads. `listener(old, new)` is called at every change, outside the lock, by the thread that
    caused it; it must not raise.
    """

    def __init__(
        self,
        threshold: int = 5,
        timeout: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        listener: Callable[[BreakerState, BreakerState], None] | None = None,
    ) -> None:
        if threshold < 1 or timeout < 0:
            raise ValueError("threshold must be at least 1, timeout at least 0")
        self._threshold, self._timeout, self._clock, self._listener = threshold, timeout, clock, listener
        self._lock = threading.Lock()
        self._state = BreakerState.CLOSED
        self._failures = 0
        self._opened_at = 0.0
        self._trial_began: float | None = None

    @property
    def state(self) -> BreakerState:
        """CLOSED, HALF_OPEN while a trial is under way, or OPEN."""
        return self._state

    def seconds_to_trial(self) -> float:
        """Seconds until the next trial may begin; 0 when a call may be made now."""
        with self._lock:
            if self._state is BreakerState.CLOSED:
                return 0.0
            began = self._opened_at if self._trial_began is None else self._trial_began
            return max(0.0, began + self._timeout - self._clock())

    def allow(self) -> bool:
        """Whether a call may be made now. True while open means: this is the trial; report how it went."""
        with self._lock:
            if self._state is BreakerState.CLOSED:
                return True
            now = self._clock()
            # A trial that nobody reported on (its thread died) does not block for ever.
            began = self._opened_at if self._trial_began is None else self._trial_began
            if now - began < self._timeout:
                return False
            self._trial_began = now
            change = self._change(BreakerState.HALF_OPEN)
        self._tell(change)
        return True

    def success(self) -> None:
        """A call was answered."""
        with self._lock:
            self._failures, self._trial_began = 0, None
            change = self._change(BreakerState.CLOSED)
        self._tell(change)

    def failure(self) -> None:
        """A call failed in a way that `means_down`."""
        change = None
        with self._lock:
            self._failures += 1
            due = self._state is BreakerState.HALF_OPEN or self._failures >= self._threshold
            if due and self._state is not BreakerState.OPEN:  # late failures do not put the next trial off
                self._opened_at, self._trial_began = self._clock(), None
                change = self._change(BreakerState.OPEN)
        self._tell(change)

    def call(self, call: Callable[[], T]) -> T:
        """`call()`, counted. Raises BreakerOpen without calling while open, else what `call` raises."""
        if not self.allow():
            raise BreakerOpen(f"Redis is down; next trial in {self.seconds_to_trial():.0f} s")
        try:
            result = call()
        except Exception as error:
            if means_down(error):
                self.failure()
            elif isinstance(error, errors.ResponseError):
                self.success()  # the server is there, the command was wrong
            raise
        self.success()
        return result

    def _change(self, new: BreakerState) -> tuple[BreakerState, BreakerState] | None:
        old, self._state = self._state, new
        return None if old is new else (old, new)

    def _tell(self, change: tuple[BreakerState, BreakerState] | None) -> None:
        if change and self._listener:
            self._listener(*change)

"""Retry with exponential backoff and full jitter, for commands that may be repeated."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from immobe.redis.breaker import means_down

T = TypeVar("T")


def full_jitter(attempt: int, *, base: float, cap: float, draw: Callable[[], float] = random.random) -> float:
    """Seconds to wait after failure number `attempt` (from 0): anywhere below min(cap, base x 2^attempt).

    Spread over the whole interval, so that workers that failed together do not come back together.

    >>> full_jitter(3, base=0.1, cap=2.0, draw=lambda: 1.0)
    0.8
    >>> full_jitter(60, base=0.1, cap=2.0, draw=lambda: 0.5)
    1.0
    """
    return draw() * min(cap, base * 2.0 ** min(attempt, 32))


def equal_jitter(attempt: int, *, base: float, cap: float, draw: Callable[[], float] = random.random) -> float:
    """As `full_jitter`, but never less than half of the bound: for waits that have to add up to some time.

    >>> equal_jitter(3, base=0.5, cap=8.0, draw=lambda: 0.5)
    3.0
    """
    return full_jitter(attempt, base=base, cap=cap, draw=lambda: (1.0 + draw()) / 2)


def retry(
    call: Callable[[], T],
    *,
    attempts: int = 4,
    base: float = 0.1,
    cap: float = 2.0,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """`call()`, repeated while it fails because Redis is down; raises the last error after `attempts` calls in all.

    Only for calls that do no harm when the server executes them twice.
    """
    for attempt in range(attempts - 1):
        try:
            return call()
        except Exception as error:
            if not means_down(error):
                raise
            sleep(full_jitter(attempt, base=base, cap=cap))
    return call()

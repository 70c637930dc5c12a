"""How long to wait before something that failed is started again."""

from __future__ import annotations

import random
from collections.abc import Callable

from immobe.redis import full_jitter


class Backoff:
    """Pauses that grow with every failure, with jitter; a long enough life makes the failures before it forgotten.

    >>> backoff = Backoff(1.0, 60.0, healthy_seconds=30.0, draw=lambda: 1.0)
    >>> [backoff.pause_after(lived) for lived in (0.5, 0.5, 29.0, 31.0, 0.5)]
    [1.0, 2.0, 4.0, 1.0, 2.0]
    """

    def __init__(
        self, first: float, longest: float, *, healthy_seconds: float, draw: Callable[[], float] = random.random
    ) -> None:
        self._first, self._longest, self._healthy_seconds = first, longest, healthy_seconds
        self._draw = draw
        self.failures = 0
        """In a row."""

    def pause_after(self, lived_seconds: float) -> float:
        """Seconds to wait after a failure that came `lived_seconds` after the start."""
        if lived_seconds >= self._healthy_seconds:
            self.failures = 0
        pause = full_jitter(self.failures, base=self._first, cap=self._longest, draw=self._draw)
        self.failures += 1
        return pause

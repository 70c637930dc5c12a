"""Named points at which the fault tests let a worker die. Without `crash_at` nothing happens."""

from __future__ import annotations

import os
import signal

from immobe.config import CRASH_POINTS


class CrashPoints:
    """Calling it with a name kills this process (SIGKILL) when it is the chosen point, the n-th time it is passed."""

    def __init__(self, crash_at: str | None = None) -> None:
        """`crash_at`: `<point>` or `<point>:<n>`. Raises ValueError for an unknown point."""
        self._point, _, times = (crash_at or "").partition(":")
        if self._point and self._point not in CRASH_POINTS:
            raise ValueError(f"unknown crash point {self._point!r}; there are {', '.join(CRASH_POINTS)}")
        self._left = int(times or 1)

    def __call__(self, name: str) -> None:
        if self.reached(name):
            self.die()

    @staticmethod
    def die() -> None:
        """Ends this process at once: nothing is flushed, nothing is said to anybody."""
        os.kill(os.getpid(), signal.SIGKILL)

    def reached(self, name: str) -> bool:
        """Counts; True when this is the moment to die."""
        if name != self._point:
            return False
        self._left -= 1
        return self._left == 0

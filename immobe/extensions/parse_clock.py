"""An end to what holds the event loop: a page that is read for too long is broken off in the middle of it.

asyncio cannot interrupt a function; a timer of the kernel's can. Its signal (SIGALRM) raises in the main thread between
two bytecodes, and in the middle of a search of `re`, which looks for signals too. For what never comes back to Python
there is a second timer (SIGVTALRM, of processor time): the kernel ends the process, and leases end with it.
"""

from __future__ import annotations

import faulthandler
import io
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from types import FrameType
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_AGAIN_SECONDS = 0.2  # whoever swallows the exception meets the next one


def _last_resort(seconds: float) -> float:
    """Processor seconds, of all threads, after which a step of at most `seconds` will not end by itself any more."""
    return 3 * seconds + 2


class ParseTimeout(Exception):  # noqa: N818 - reads as what happened
    """A page was read for longer than it may take."""


class ParseClock:
    """Runs what may take long; one for a process, in its main thread."""

    def __init__(self) -> None:
        self._running: FrameType | None = None

    def start(self) -> None:
        """Takes the two signals. Raises ValueError in any but the main thread; may be called again."""
        signal.signal(signal.SIGALRM, self._ring)
        with suppress(io.UnsupportedOperation, AttributeError):  # a stderr that is no file has no place for a traceback
            faulthandler.register(signal.SIGVTALRM, chain=True)

    def run(self, seconds: float, call: Callable[[Any], T], argument: Any) -> T:
        """`call(argument)`. Raises ParseTimeout in the middle of it when it takes longer than `seconds`."""
        self._running = sys._getframe()
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, _last_resort(seconds))
            signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
            return call(argument)
        finally:
            self._rest()

    def _rest(self) -> None:
        self._running = None
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    def _ring(self, _number: int, frame: FrameType | None) -> None:
        """Raises only within `run`: anywhere else an exception from nowhere would stop the crawl."""
        while frame is not None and frame is not self._running:
            frame = frame.f_back
        if frame is None:
            self._rest()  # it rang at the very end
        else:
            raise ParseTimeout("the page was read for too long")


class ReadingTime:
    """What is left of the seconds in which one page may be read, over all its steps."""

    def __init__(self, clock: ParseClock, seconds: float) -> None:
        self._clock, self.left = clock, seconds

    def step(self, call: Callable[[Any], T], argument: Any) -> T:
        """`call(argument)`, as part of the page. Raises ParseTimeout."""
        if self.left <= 0:
            raise ParseTimeout("the page was read for too long")
        began = time.monotonic()
        try:
            return self._clock.run(self.left, call, argument)
        finally:
            self.left -= time.monotonic() - began


class Timed(Generic[T]):
    """Awaits a coroutine; only what it computes counts, not what it waits for."""

    def __init__(self, work: Coroutine[Any, Any, T], reading: ReadingTime) -> None:
        self._work, self._reading = work, reading

    def __await__(self) -> Generator[Any, Any, T]:
        resume: Callable[[Any], Any] = self._work.send
        argument: Any = None
        while True:
            try:
                waits_for = self._reading.step(resume, argument)
            except StopIteration as end:
                result: T = end.value
                return result
            except BaseException:
                self._work.close()  # broken off before or in a step, it must not be resumed
                raise
            try:
                resume, argument = self._work.send, (yield waits_for)
            except BaseException as error:  # cancelled, for one
                resume, argument = self._work.throw, error

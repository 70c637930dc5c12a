"""What holds the event loop is broken off in the middle; what only waits is left alone."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from immobe.extensions.parse_clock import ParseClock, ParseTimeout, ReadingTime, Timed


@pytest.fixture
def clock() -> Iterator[ParseClock]:
    before = signal.getsignal(signal.SIGALRM)
    clock = ParseClock()
    clock.start()
    yield clock
    signal.signal(signal.SIGALRM, before)


def loop_for_ever(_: object) -> None:
    while True:
        pass


def search_for_ever(_: object) -> object:
    return re.match(r"(?:a+)+$", "a" * 60 + "b")


def sleep_for_ever(_: object) -> None:
    time.sleep(60)


@pytest.mark.parametrize("endless", [loop_for_ever, search_for_ever, sleep_for_ever])
def test_what_takes_too_long_is_broken_off(clock: ParseClock, endless: Callable[[object], object]) -> None:
    began = time.monotonic()
    with pytest.raises(ParseTimeout):
        clock.run(0.1, endless, None)
    assert time.monotonic() - began < 10
    assert signal.getitimer(signal.ITIMER_REAL)[0] == signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0


def test_what_swallows_the_exception_meets_the_next_one(clock: ParseClock) -> None:
    met = []

    def swallow_once(_: object) -> None:
        while len(met) < 1:
            try:
                loop_for_ever(None)
            except ParseTimeout as error:
                met.append(error)
        loop_for_ever(None)

    with pytest.raises(ParseTimeout):
        clock.run(0.05, swallow_once, None)
    assert len(met) == 1


def test_a_ring_outside_of_a_step_raises_nothing_and_is_the_last(clock: ParseClock) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    deadline = time.monotonic() + 10
    while signal.getitimer(signal.ITIMER_REAL)[0]:
        assert time.monotonic() < deadline


def test_a_step_in_time_returns_its_value(clock: ParseClock) -> None:
    assert clock.run(5, str, 12) == "12"


def test_all_steps_of_a_page_share_its_time(clock: ParseClock) -> None:
    reading = ReadingTime(clock, 0.3)
    reading.step(time.sleep, 0.2)
    with pytest.raises(ParseTimeout):
        reading.step(time.sleep, 0.2)
    with pytest.raises(ParseTimeout):
        reading.step(str, "even the shortest")


async def test_waiting_costs_no_time(clock: ParseClock) -> None:
    async def wait() -> str:
        await asyncio.sleep(0.3)
        return "done"

    reading = ReadingTime(clock, 0.2)
    assert await Timed(wait(), reading) == "done"
    assert reading.left > 0.1


async def test_an_exception_and_the_end_of_an_iterator_pass(clock: ParseClock) -> None:
    async def one() -> AsyncIterator[int]:
        await asyncio.sleep(0)
        yield 1
        raise ValueError("from within")

    outputs, reading = one(), ReadingTime(clock, 5)
    assert await Timed(outputs.__anext__(), reading) == 1  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="from within"):
        await Timed(outputs.__anext__(), reading)  # type: ignore[arg-type]
    with pytest.raises(StopAsyncIteration):
        await Timed(outputs.__anext__(), reading)  # type: ignore[arg-type]


async def test_what_is_cancelled_hears_of_it(clock: ParseClock) -> None:
    heard = []

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            heard.append("cancelled")
            raise

    async def timed() -> None:
        await Timed(wait(), ReadingTime(clock, 5))

    task = asyncio.create_task(timed())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert heard == ["cancelled"]


def test_what_never_returns_to_python_ends_the_process_and_is_shown() -> None:
    program = """
from immobe.extensions.parse_clock import ParseClock
clock = ParseClock()
clock.start()
def compute_for_ever(_):
    return sum(range(10**13))
clock.run(0.2, compute_for_ever, None)
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == -signal.SIGVTALRM
    assert "in compute_for_ever" in found.stderr

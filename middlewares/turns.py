"""Who of this process may send next to a domain: requests wait here for the moments that the budget grants."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from immobe.redis.budget import Answers, Grant

BATCH = 100  # moments asked for at once
Grants = Callable[[float, Answers, Sequence[float]], Awaitable[Grant]]


class NoTurn(Exception):  # noqa: N818 - reads as what happened
    """The queue is longer than the caller is patient; `seconds` until the first free moment."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no free moment for {seconds:.0f} s")
        self.seconds = seconds


@dataclass(eq=False)
class _Waiting:
    patience_ends: float
    moment: asyncio.Future[float] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Turns:
    """One domain's queue. `grants` asks the shared bucket and never fails for want of Redis."""

    def __init__(self, grants: Grants, jitter: float, lookahead: float) -> None:
        self._grants, self._jitter, self._lookahead = grants, jitter, lookahead
        self._waiting: deque[_Waiting] = deque()
        self._answers = Answers()
        self._asking: asyncio.Task[None] | None = None
        self._interval, self._base, self._paused_until = 0.0, 0.0, 0.0

    async def wait(self, interval: float, patience: float) -> None:
        """Returns at this request's moment. Raises NoTurn when none is free within `patience` seconds."""
        self._base = interval
        ends = time.monotonic() + patience
        while True:
            turn = _Waiting(ends)
            self._waiting.append(turn)
            self._ask()
            moment = await turn.moment
            await asyncio.sleep(moment - time.monotonic())
            # A moment that was slept through is lost: used late, it would come on top of the next one.
            if moment >= self._paused_until and time.monotonic() <= moment + self._interval:
                return

    def answered(self, latency: float | None, *, success: bool) -> None:
        """A request was answered after `latency` seconds (None: unknown)."""
        self._answers.successes += success
        if latency is not None:
            self._answers.latency_seconds += latency
            self._answers.latency_count += 1

    def refused(self, pause: float) -> None:
        """The portal asked for fewer requests, and for none at all for `pause` seconds; all workers learn it now."""
        self._answers.slow_down = True
        self._answers.pause_seconds = max(self._answers.pause_seconds, pause)
        self._paused_until = max(self._paused_until, time.monotonic() + pause)
        self._ask()

    def _ask(self) -> None:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.ensure_future(self._ask_for_all())

    async def _ask_for_all(self) -> None:
        """While one question is under way others gather: under load one round trip serves many requests."""
        while True:
            wanted = min(len(self._waiting), BATCH)
            answers, self._answers = self._answers, Answers()
            try:
                grant = await self._grants(self._base, answers, [random.random() * self._jitter for _ in range(wanted)])  # noqa: S311
            except Exception as error:
                self._fail(error)
                return
            self._hand_out(grant)
            if not self._waiting and not self._answers.slow_down:
                return
            if len(grant.delays) < wanted:
                await asyncio.sleep(max(0.01, grant.free_in - self._lookahead))

    def _hand_out(self, grant: Grant) -> None:
        now, self._interval = time.monotonic(), grant.interval
        for delay in grant.delays:
            turn = self._waiting.popleft()
            if not turn.moment.done():
                turn.moment.set_result(now + delay)
        self._waiting = deque(turn for turn in self._waiting if not self._gave_up(turn, now, grant.free_in))

    def _gave_up(self, turn: _Waiting, now: float, free_in: float) -> bool:
        if not turn.moment.done() and now + free_in > turn.patience_ends:
            turn.moment.set_exception(NoTurn(free_in))
        return turn.moment.done()

    def _fail(self, error: Exception) -> None:
        for turn in self._waiting:
            if not turn.moment.done():
                turn.moment.set_exception(error)
        self._waiting.clear()

"""The politeness budget of a domain: moments to send, granted by a token bucket that all workers share in Redis.

A worker asks for as many moments as it has requests waiting, and reports how the portal answered since it last asked;
both in one round trip. While Redis is away each worker keeps a bucket of its own with its share of the rate.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from redis import Redis

from immobe.redis.namespace import PORTALS

_SCRIPT = files("immobe.redis").joinpath("lua/budget.lua").read_text("utf-8")
_MICRO = 1_000_000


@dataclass(frozen=True)
class BudgetRules:
    """How fast a domain may be asked. All but the counts are seconds."""

    interval: float = 3.0
    """Between two requests of all workers together."""
    highest_interval: float = 300.0
    """Slow answers and refusals never make the interval longer than this."""
    burst: int = 1
    """Requests that may go at once after a silence."""
    lookahead: float = 10.0
    """Moments are granted so far ahead: the longest time in which a slow-down is not yet obeyed by other workers."""
    workers: int = 5
    """Processes that share the budget; what each takes is divided by this while Redis is away."""


@dataclass
class Answers:
    """How the portal answered since the last report."""

    latency_seconds: float = 0.0
    latency_count: int = 0
    successes: int = 0
    slow_down: bool = False
    pause_seconds: float = 0.0


@dataclass(frozen=True)
class Grant:
    """`delays`: seconds from now to each moment granted; `free_in`: seconds until the first that is not yet taken."""

    delays: tuple[float, ...]
    free_in: float
    interval: float


class RedisBucket:
    """The shared bucket of one domain, kept by Redis's clock. Its calls block; redis-py's errors pass through."""

    def __init__(self, rules: BudgetRules, domain: str, namespace: str = PORTALS) -> None:
        self._rules, self._key = rules, f"{namespace}:budget:{domain}"

    def grant(self, redis: Redis, interval: float, answers: Answers, jitters: Sequence[float]) -> Grant:
        """One moment for each of `jitters` (0..1: how much longer than the interval the gap after it is), or fewer."""
        rules = self._rules
        times = (interval, rules.highest_interval, rules.lookahead, answers.latency_seconds, answers.pause_seconds)
        base, highest, ahead, latency, pause = (round(seconds * _MICRO) for seconds in times)
        report = (latency, answers.latency_count, answers.successes, int(answers.slow_down), pause)
        script = redis.register_script(_SCRIPT)
        now, used, free, *moments = script(
            keys=[self._key], args=[base, highest, rules.burst, ahead, *report, *jitters]
        )
        return Grant(tuple((m - now) / _MICRO for m in moments), (free - now) / _MICRO, used / _MICRO)


class LocalBucket:
    """The same rules in this process alone; the caller divides the rate by multiplying the interval."""

    def __init__(self, rules: BudgetRules, clock: Callable[[], float] = time.monotonic) -> None:
        self._rules, self._clock = rules, clock
        self._free, self._interval, self._latency, self._slowed = float("-inf"), 0.0, 0.0, float("-inf")

    def grant(self, interval: float, answers: Answers, jitters: Sequence[float]) -> Grant:
        """As RedisBucket.grant."""
        now = self._clock()
        self._adapt(now, interval, answers)
        delays: list[float] = []
        for jitter in jitters:
            moment = max(self._free, now)
            if moment - now > self._rules.lookahead:
                break
            delays.append(moment - now)
            self._free += self._interval * (1 + jitter)
        return Grant(tuple(delays), max(0.0, self._free - now), self._interval)

    def _adapt(self, now: float, base: float, answers: Answers) -> None:
        rules = self._rules
        if answers.latency_count:
            mean = answers.latency_seconds / answers.latency_count
            weight = 1 - 0.8**answers.latency_count if self._latency else 1.0
            self._latency += (mean - self._latency) * weight
        interval = self._interval * 0.98**answers.successes
        if answers.slow_down and now - self._slowed > rules.lookahead + 2 * self._latency:
            interval, self._slowed = 2 * max(interval, base), now
        self._interval = min(max(interval, base, self._latency), max(base, rules.highest_interval))
        self._free = max(self._free, now - (rules.burst - 1) * self._interval)
        if answers.pause_seconds:
            self._free = max(self._free, now + answers.pause_seconds)

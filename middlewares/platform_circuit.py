"""A platform that blocks us is left alone, by all workers, for a pause that grows; then one request asks again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from redis import Redis
from redis.client import Pipeline
from scrapy import Spider
from scrapy.crawler import Crawler

from middlewares.shared_redis import RedisAway, SharedRedis

T = TypeVar("T")
_circuits: WeakKeyDictionary[Crawler, PlatformCircuit] = WeakKeyDictionary()
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 6 * 3600.0  # seconds
PROBE_SECONDS = 180.0  # a probe without an outcome by then is given up, and another one may go
REMEMBERED = 24 * 3600  # seconds; how long a closed circuit knows how often it opened
BELIEVED = 2.0  # seconds for which a worker does not ask Redis again about a closed circuit


@dataclass(frozen=True)
class Circuit:
    """Closed while `kind` is empty. `until` and `probe_until` are Unix times; `step` counts openings in a row."""

    kind: str = ""
    until: float = 0.0
    step: int = 0
    probe_until: float = 0.0

    def opened(self, now: float, kind: str) -> Circuit:
        """After a block. Answers to requests that were sent before it opened change nothing."""
        if self.kind and self.until > now:
            return self
        pause = min(FIRST_PAUSE * 2 ** min(self.step, 20), LONGEST_PAUSE)
        return Circuit(kind, now + pause, self.step + 1)

    def closed(self) -> Circuit:
        """After a probe that was answered. A platform that blocks again soon gets a longer pause than the first."""
        return Circuit(step=max(0, self.step - 1)) if self.kind else self

    def asked(self, now: float) -> tuple[Circuit, float, bool]:
        """(circuit, seconds to wait, whether the asking request is the probe)."""
        wait = max(self.until, self.probe_until) - now if self.kind else 0.0
        if not self.kind or wait > 0:
            return self, wait, False
        return replace(self, probe_until=now + PROBE_SECONDS), 0.0, True


class PlatformCircuit:
    """One platform's circuit, in Redis; in this process while Redis is away."""

    def __init__(self, redis: SharedRedis, platform: str) -> None:
        self.name = platform
        self._redis, self._key = redis, f"immobe:blocks:{platform}"
        self._circuit, self._known_at = Circuit(), float("-inf")

    @classmethod
    def of(cls, crawler: Crawler) -> PlatformCircuit:
        """The crawl's one instance; the platform has its spider's name."""
        if crawler not in _circuits:
            spider = cast("Spider", crawler.spider)  # there is one as soon as there are requests
            _circuits[crawler] = cls(SharedRedis.of(crawler), spider.name)
        return _circuits[crawler]

    async def open(self, kind: str) -> tuple[float, bool]:
        """(seconds until the next probe, whether this call opened it)."""

        def change(circuit: Circuit, now: float) -> tuple[Circuit, tuple[float, bool]]:
            after = circuit.opened(now, kind)
            return after, (after.until - now, after is not circuit)

        return await self._change(change)

    async def close(self) -> None:
        """The probe was answered."""
        await self._change(lambda circuit, now: (circuit.closed(), None))

    async def ask(self) -> tuple[float, bool]:
        """(seconds to wait, whether the asking request is the probe); (0, False) while closed."""
        if not self._circuit.kind and time.monotonic() - self._known_at < BELIEVED:
            return 0.0, False

        def change(circuit: Circuit, now: float) -> tuple[Circuit, tuple[float, bool]]:
            after, wait, probe = circuit.asked(now)
            return after, (wait, probe)

        return await self._change(change)

    async def _change(self, change: Callable[[Circuit, float], tuple[Circuit, T]]) -> T:
        def in_redis(redis: Redis) -> tuple[Circuit, T]:
            def once(pipe: Pipeline) -> tuple[Circuit, T]:
                before = _loads(pipe.get(self._key))
                seconds, micro = pipe.time()
                after, outcome = change(before, seconds + micro / 1e6)
                pipe.multi()
                if after != before:
                    pipe.set(self._key, json.dumps(asdict(after)), ex=REMEMBERED)
                return after, outcome

            # redis-py types the callable as if value_from_callable did not exist.
            found = redis.transaction(once, self._key, value_from_callable=True)  # type: ignore[arg-type]
            return cast("tuple[Circuit, T]", found)

        try:
            self._circuit, outcome = await self._redis.ask(in_redis)
        except RedisAway:
            self._circuit, outcome = change(self._circuit, time.time())
        self._known_at = time.monotonic()
        return outcome


def _loads(stored: Any) -> Circuit:
    """What is stored; a closed circuit for nothing, and for what another release wrote."""
    try:
        return Circuit(**json.loads(stored)) if stored else Circuit()
    except (ValueError, TypeError):
        return Circuit()

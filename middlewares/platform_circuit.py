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
from scrapy.settings import BaseSettings

from middlewares.shared_redis import RedisAway, SharedRedis

T = TypeVar("T")
_circuits: WeakKeyDictionary[Crawler, PlatformCircuit] = WeakKeyDictionary()
REMEMBERED = 24 * 3600  # seconds; so much longer than any pause a circuit knows how often it opened
BELIEVED = 2.0  # seconds for which a worker does not ask Redis again about a closed circuit


@dataclass(frozen=True)
class Pauses:
    """How long a blocked platform is left alone. All are seconds."""

    first: float = 60.0
    """After the first block; it doubles with each one that follows."""
    longest: float = 6 * 3600.0
    probe: float = 180.0
    """A probe without an outcome by then is given up, and another one may go."""

    @classmethod
    def of(cls, settings: BaseSettings) -> Pauses:
        """BLOCK_FIRST_PAUSE, BLOCK_LONGEST_PAUSE and BLOCK_PROBE_SECONDS."""
        return cls(
            settings.getfloat("BLOCK_FIRST_PAUSE", cls.first),
            settings.getfloat("BLOCK_LONGEST_PAUSE", cls.longest),
            settings.getfloat("BLOCK_PROBE_SECONDS", cls.probe),
        )


@dataclass(frozen=True)
class Circuit:
    """Closed while `kind` is empty. `until` and `probe_until` are Unix times; `step` counts openings in a row."""

    kind: str = ""
    until: float = 0.0
    step: int = 0
    probe_until: float = 0.0

    def opened(self, now: float, kind: str, pauses: Pauses) -> Circuit:
        """After a block. Answers to requests that were sent before it opened change nothing."""
        if self.kind and self.until > now:
            return self
        pause = min(pauses.first * 2 ** min(self.step, 20), pauses.longest)
        return Circuit(kind, now + pause, self.step + 1)

    def closed(self) -> Circuit:
        """After a probe that was answered. A platform that blocks again soon gets a longer pause than the first."""
        return Circuit(step=max(0, self.step - 1)) if self.kind else self

    def rests(self, now: float) -> float:
        """Seconds until a probe may go; 0 while closed."""
        return max(self.until, self.probe_until, now) - now if self.kind else 0.0

    def asked(self, now: float, pauses: Pauses) -> tuple[Circuit, float, bool]:
        """(circuit, seconds to wait, whether the asking request is the probe)."""
        wait = self.rests(now)
        if not self.kind or wait > 0:
            return self, wait, False
        return replace(self, probe_until=now + pauses.probe), 0.0, True


class PlatformCircuit:
    """One platform's circuit, in Redis; in this process while Redis is away."""

    def __init__(self, redis: SharedRedis, platform: str, pauses: Pauses | None = None) -> None:
        self.name, self.pauses = platform, pauses or Pauses()
        self._redis, self._key = redis, redis.key("blocks", platform)
        self._circuit, self._known_at = Circuit(), float("-inf")

    @classmethod
    def of(cls, crawler: Crawler) -> PlatformCircuit:
        """The crawl's one instance; the platform has its spider's name."""
        if crawler not in _circuits:
            spider = cast("Spider", crawler.spider)  # there is one as soon as there are requests
            _circuits[crawler] = cls(SharedRedis.of(crawler), spider.name, Pauses.of(crawler.settings))
        return _circuits[crawler]

    async def open(self, kind: str) -> tuple[float, bool]:
        """(seconds until the next probe, whether this call opened it)."""

        def change(circuit: Circuit, now: float) -> tuple[Circuit, tuple[float, bool]]:
            after = circuit.opened(now, kind, self.pauses)
            return after, (after.until - now, after is not circuit)

        return await self._change(change)

    async def close(self) -> None:
        """The probe was answered."""
        await self._change(lambda circuit, now: (circuit.closed(), None))

    async def ask(self) -> tuple[float, bool]:
        """(seconds to wait, whether the asking request is the probe); (0, False) while closed."""
        if self._is_known_as_closed:
            return 0.0, False

        def change(circuit: Circuit, now: float) -> tuple[Circuit, tuple[float, bool]]:
            after, wait, probe = circuit.asked(now, self.pauses)
            return after, (wait, probe)

        return await self._change(change)

    async def rests(self) -> float | None:
        """Seconds until a probe may go; None while closed. Chooses no probe."""
        if self._is_known_as_closed:
            return None
        return await self._change(lambda circuit, now: (circuit, circuit.rests(now) if circuit.kind else None))

    @property
    def _is_known_as_closed(self) -> bool:
        return not self._circuit.kind and time.monotonic() - self._known_at < BELIEVED

    async def _change(self, change: Callable[[Circuit, float], tuple[Circuit, T]]) -> T:
        def in_redis(redis: Redis) -> tuple[Circuit, T]:
            def once(pipe: Pipeline) -> tuple[Circuit, T]:
                before = _loads(pipe.get(self._key))
                seconds, micro = pipe.time()
                after, outcome = change(before, seconds + micro / 1e6)
                pipe.multi()
                if after != before:
                    pipe.set(self._key, json.dumps(asdict(after)), ex=REMEMBERED + round(self.pauses.longest))
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

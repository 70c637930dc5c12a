"""One Redis connection pool and circuit breaker for all middlewares of a crawl, asked in threads of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from weakref import WeakKeyDictionary

from redis import Redis
from redis.exceptions import RedisError
from scrapy import signals
from scrapy.crawler import Crawler

from immobe.errors import ServiceError
from immobe.redis import CircuitBreaker, make_redis
from immobe.redis.namespace import PORTALS, namespace

T = TypeVar("T")
THREADS = 4  # the default executor also resolves names; a Redis that hangs must not hold that up
_shared: WeakKeyDictionary[Crawler, SharedRedis] = WeakKeyDictionary()


class RedisAway(ServiceError):  # noqa: N818 - reads as what happened
    """Redis cannot be asked now; each middleware says what it does without it."""


class SharedRedis:
    """Redis for coroutines in the reactor: never blocks it, never waits for a server that is down."""

    def __init__(self, url: str | None, breaker: CircuitBreaker | None = None, namespace: str = PORTALS) -> None:
        self._redis = make_redis(url) if url else None
        self._breaker = breaker or CircuitBreaker()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="middlewares-redis")
        self.namespace = namespace
        """What keys begin with; another one for each replica."""

    @classmethod
    def of(cls, crawler: Crawler) -> SharedRedis:
        """The crawl's one instance, made at the first call; closed with the engine."""
        if crawler not in _shared:
            settings = crawler.settings
            breaker = CircuitBreaker(
                settings.getint("REDIS_CIRCUIT_BREAKER_THRESHOLD", 5),
                settings.getfloat("REDIS_CIRCUIT_BREAKER_TIMEOUT", 60.0),
            )
            _shared[crawler] = shared = cls(settings.get("REDIS_URL"), breaker, namespace(settings.get("REPLICA_URL")))
            crawler.signals.connect(shared.close, signals.engine_stopped, weak=False)
        return _shared[crawler]

    def key(self, kind: str, name: str) -> str:
        """The key under which all workers find what they know of `name`."""
        return f"{self.namespace}:{kind}:{name}"

    async def ask(self, call: Callable[[Redis], T]) -> T:
        """`call(redis)`, run in a thread. Raises RedisAway when it cannot be had."""
        redis = self._redis
        if redis is None:
            raise RedisAway("there is no REDIS_URL, or the crawl has ended")
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, lambda: self._breaker.call(lambda: call(redis)))
        except (RedisError, ServiceError, OSError) as error:
            raise RedisAway(str(error)) from error

    async def close(self) -> None:
        """Ends threads and connections when the calls under way have finished."""
        redis, self._redis = self._redis, None
        await asyncio.to_thread(self._threads.shutdown)
        if redis is not None:
            redis.close()

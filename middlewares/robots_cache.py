"""One robots.txt a host for all workers: who fetches it, and who waits for the result."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import cast

from redis import Redis

from middlewares.robots_rules import RobotsRules
from middlewares.shared_redis import RedisAway, SharedRedis

LOCK_SECONDS = 60  # a fetch takes no longer: 30 s to answer, and what it waits for its turn
KEPT_SECONDS = 7200  # beyond `until`, so that the count of failures is not forgotten
Fetch = Callable[[str, RobotsRules | None], Awaitable[RobotsRules]]


class RobotsCache:
    """Rules by `scheme://host`: in this process until they expire, in Redis for the others."""

    def __init__(self, redis: SharedRedis, fetch: Fetch) -> None:
        self._redis, self._fetch = redis, fetch
        self._known: dict[str, RobotsRules] = {}
        self._flights: dict[str, asyncio.Task[RobotsRules]] = {}

    async def rules(self, site: str) -> RobotsRules:
        """The site's rules; however many ask, one of them fetches."""
        known = self._known.get(site)
        if known and known.until > time.time():
            return known
        if site not in self._flights:
            self._flights[site] = flight = asyncio.ensure_future(self._find(site))
            flight.add_done_callback(lambda _: self._flights.pop(site))
        return await asyncio.shield(self._flights[site])

    async def _find(self, site: str) -> RobotsRules:
        try:
            self._known[site] = rules = await self._shared_or_fetched(site)
        except RedisAway:
            self._known[site] = rules = await self._fetch(site, self._known.get(site))
        return rules

    async def _shared_or_fetched(self, site: str) -> RobotsRules:
        key, gives_up = self._redis.key("robots", site), time.monotonic() + LOCK_SECONDS

        def look(redis: Redis) -> tuple[RobotsRules | None, bool]:
            """(cached rules, whether this process shall fetch)"""
            cached = RobotsRules.loads(cast("bytes | None", redis.get(key)))
            if cached and cached.until > time.time():
                return cached, False
            return cached, bool(redis.set(f"{key}:lock", 1, nx=True, ex=LOCK_SECONDS))

        while True:
            before, mine = await self._redis.ask(look)
            if before and not mine and before.until > time.time():
                return before
            if mine or time.monotonic() > gives_up:
                rules = await self._fetch(site, before)
                await self._share(key, rules)
                return rules
            await asyncio.sleep(0.1)

    async def _share(self, key: str, rules: RobotsRules) -> None:
        def keep(redis: Redis) -> None:
            seconds = int(max(rules.until - time.time(), 0)) + KEPT_SECONDS
            redis.set(key, rules.dumps(), ex=seconds)
            redis.delete(f"{key}:lock")

        try:
            await self._redis.ask(keep)
        except RedisAway:
            return  # this process knows them; the lock expires

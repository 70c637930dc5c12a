"""What workers share through Redis: one robots.txt a host, one circuit a platform. Each object stands for a process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from redis import Redis

from immobe.redis import make_redis
from middlewares.platform_circuit import PlatformCircuit
from middlewares.robots_cache import RobotsCache
from middlewares.robots_rules import RobotsRules
from middlewares.shared_redis import SharedRedis

pytestmark = pytest.mark.integration
SITE, KEY = "https://www.immoweb.be", "immobe:robots:https://www.immoweb.be"


@pytest.fixture
def server(redis_url: str) -> Iterator[Redis]:
    with make_redis(redis_url) as client:
        yield client


class Host:
    """Counts how often its robots.txt is fetched."""

    def __init__(self) -> None:
        self.fetched: list[RobotsRules | None] = []

    async def fetch(self, site: str, before: RobotsRules | None) -> RobotsRules:
        self.fetched.append(before)
        await asyncio.sleep(0.05)
        return RobotsRules("User-agent: *\nDisallow: /api", time.time() + 60)


async def test_of_all_processes_one_fetches(redis_url: str, server: Redis) -> None:
    host = Host()
    workers = [SharedRedis(redis_url) for _ in range(4)]
    caches = [RobotsCache(worker, host.fetch) for worker in workers]
    found = await asyncio.gather(*(cache.rules(SITE) for cache in caches for _ in range(10)))
    assert host.fetched == [None]
    assert not any(rules.allows(f"{SITE}/api/x", "Immo-Be") for rules in found)
    assert server.exists(f"{KEY}:lock") == 0
    for worker in workers:
        await worker.close()


async def test_what_is_old_or_cannot_be_read_is_fetched_again(redis_url: str, server: Redis) -> None:
    old = RobotsRules(None, time.time() - 1, failures=3)
    for stored, before in ((old.dumps(), old), ("{}", None), ('{"release": 9}', None), ("no json", None)):
        server.set(KEY, stored)
        host, redis = Host(), SharedRedis(redis_url)
        assert (await RobotsCache(redis, host.fetch).rules(SITE)).text
        assert host.fetched == [before]
        await redis.close()


async def test_a_circuit_holds_for_all_workers_and_lets_one_probe_pass(redis_url: str, server: Redis) -> None:
    workers = [SharedRedis(redis_url) for _ in range(3)]
    circuits = [PlatformCircuit(worker, "immoweb") for worker in workers]
    opened = await asyncio.gather(*(circuit.open("datadome") for circuit in circuits))
    assert [first for _, first in opened].count(True) == 1
    assert all(59 < wait <= 60 for wait, _ in [await circuit.ask() for circuit in circuits])

    server.set("immobe:blocks:immoweb", '{"kind": "datadome", "until": 1, "step": 1}')
    asked = await asyncio.gather(*(circuit.ask() for circuit in circuits for _ in range(5)))
    assert [probe for _, probe in asked].count(True) == 1
    await circuits[0].close()
    assert [await circuit.ask() for circuit in circuits] == [(0.0, False)] * 3
    for worker in workers:
        await worker.close()


async def test_platforms_have_circuits_of_their_own(redis_url: str, server: Redis) -> None:
    redis = SharedRedis(redis_url)
    await PlatformCircuit(redis, "immoweb").open("datadome")
    assert await PlatformCircuit(redis, "zimmo").ask() == (0.0, False)
    await redis.close()

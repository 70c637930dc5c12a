"""RFC 9309: what an answer for robots.txt means; and how often it is asked for."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from middlewares.robots_cache import RobotsCache
from middlewares.robots_rules import PARSED_BYTES, RobotsRules, rules_of
from middlewares.shared_redis import SharedRedis

URL, AGENT = "https://www.immoweb.be/en/search", "Immo-Be"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_no_file_allows_all(status: int) -> None:
    assert rules_of(status, b"Disallow", 0, 100, None).allows(URL, AGENT)


@pytest.mark.parametrize("status", [429, 500, 503, 302, None])
def test_a_file_that_cannot_be_had_forbids_all(status: int | None) -> None:
    assert not rules_of(status, b"", 0, 100, None).allows(URL, AGENT)


def test_it_is_asked_for_again_after_pauses_that_grow() -> None:
    rules, pauses = None, []
    for _ in range(9):
        rules = rules_of(503, b"", 0, 100, rules)
        pauses.append(rules.until)
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert rules_of(200, b"", 0, 100, rules).failures == 0


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("User-agent: *\nDisallow: /en/search", False),
        ("User-agent: *\nDisallow: /en/\nAllow: /en/search", True),
        ("User-agent: other\nDisallow: /", True),
        ("User-agent: *\nDisallow:\nUser-agent: immo-be\nDisallow: /", False),
        ("User-agent: *\nDisallow: /*/search$", False),
        ("\ufeffUser-agent: *\nDisallow: /", False),
        ("<html>no rules</html>", True),
    ],
)
def test_the_longest_rule_of_our_group_decides(text: str, allowed: bool) -> None:
    assert rules_of(200, text.encode(), 0, 100, None).allows(URL, AGENT) is allowed


def test_only_500_kib_are_read_and_no_cut_line() -> None:
    filler = b"#" * (PARSED_BYTES - 40) + b"\n"
    body = filler + b"User-agent: *\nDisallow: /other\nDisallow: /en"
    rules = rules_of(200, body, 0, 100, None)
    assert rules.allows(URL, AGENT)
    assert len(rules.text or "") <= PARSED_BYTES


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("Crawl-delay: 7", 7),
        ("Request-rate: 1/20", 20),
        ("Crawl-delay: 2\nRequest-rate: 2/8", 4),
        ("Crawl-delay: x", 0),
        ("Crawl-delay: 99999999", 86400),
        ("Crawl-delay: nan", 0),
        ("Crawl-delay: -3", 0),
    ],
)
def test_the_delay_that_it_asks_for(text: str, delay: float) -> None:
    rules = RobotsRules(f"User-agent: *\n{text}\nDisallow: /x", 0)
    assert rules.crawl_delay(AGENT) == delay
    assert RobotsRules.loads(rules.dumps()) == rules


async def test_one_flight_for_all_who_wait_and_a_new_one_when_it_expires() -> None:
    fetched = []

    async def fetch(site: str, before: RobotsRules | None) -> RobotsRules:
        fetched.append((site, before))
        await asyncio.sleep(0)
        return RobotsRules("", time.time() + (60 if len(fetched) > 1 else 0))

    cache = RobotsCache(SharedRedis(None), fetch)
    await asyncio.gather(*(cache.rules("https://x.be") for _ in range(50)))
    assert len(fetched) == 1
    await asyncio.gather(*(cache.rules("https://x.be") for _ in range(50)))
    assert len(fetched) == 2
    await cache.rules("https://x.be")
    assert len(fetched) == 2


async def test_a_waiter_that_goes_does_not_take_the_flight_with_it() -> None:
    landed = asyncio.Event()

    async def fetch(site: str, before: Any) -> RobotsRules:
        await landed.wait()
        return RobotsRules("", time.time() + 60)

    cache = RobotsCache(SharedRedis(None), fetch)
    first, second = (asyncio.ensure_future(cache.rules("https://x.be")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    landed.set()
    assert (await second).text == ""

"""Every script, cut off after each of its writes: sweep and claims recover everything.

A torn append-only file does this to a script. Here the script itself is made to fail at its n-th write, which leaves
what it has written so far: Redis takes nothing back.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import ResponseError

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_dead import DeadLetters
from immobe.crawling.leases_records import Claimed, Entry, Finished, Verdict
from immobe.crawling.leases_scripts import Call, Script, Scripts
from immobe.crawling.leases_start_urls import StartUrls
from immobe.redis import make_redis

pytestmark = pytest.mark.integration

_CUT = """
local writes_left = %d
local READS = {TIME=1, GET=1, HGET=1, HMGET=1, HLEN=1, HSCAN=1, HEXISTS=1, ZRANGE=1, ZSCORE=1, SCARD=1, SISMEMBER=1,
  SSCAN=1, LPOS=1, ZCOUNT=1}
local function call(name, ...)
  if not READS[name] then
    if writes_left == 0 then error('cut off') end
    writes_left = writes_left - 1
  end
  return redis.call(name, ...)
end
"""


class CutScripts(Scripts):
    """Runs scripts that fail at a write."""

    writes: int | None = None

    def run(self, call: Call) -> Any:
        if self.writes is None:
            return super().run(call)
        text = call.script.text.replace("local call = redis.call\n", _CUT % self.writes)
        assert text != call.script.text
        digest = self.redis.script_load(text)
        return super().run(Call(Script(text, digest), call.arguments, call.keys))


@dataclass
class Site:
    """A queue, and what was processed."""

    redis: Redis
    queue: LeasedQueue
    done: set[str]

    def process_all(self) -> None:
        """What the workers that are left do after a restart: sweep, claim, finish, until nothing exists."""
        cursor: tuple[str, str] | None = ("0", "0")
        while cursor:
            cursor, _ = self.queue.sweep(cursor, 2)
        deadline = time.monotonic() + 5
        while (claims := self.queue.claim("heir", 100, 60_000, 100, last_chances=100)).requests:
            assert time.monotonic() < deadline
            self.done |= {one.payload.decode() for one in claims.claimed}
            self.queue.done("heir", [Finished(one.id) for one in claims.claimed], claims.epoch)

    def reached(self) -> set[str]:
        """Names of the requests that were processed, or can be looked at."""
        return self.done | {letter.payload.decode() for letter in DeadLetters(self.queue).page()}


def entry(name: str, score: float = 0, fingerprint: str | None = None, delay_ms: int = 0) -> Entry:
    """A request whose id, payload and fingerprint follow from its name."""
    seen = name if fingerprint is None else fingerprint
    return Entry(f"id-{name}", name.encode(), score, seen.encode(), delay_ms)


@pytest.fixture
def site(redis_url: str) -> Iterator[Site]:
    with make_redis(redis_url) as client:
        queue = LeasedQueue(client, "site:requests", "site:dupefilter")
        queue.scripts = CutScripts(client, queue.scripts.keys)
        yield Site(client, queue, set())


def claimed(site: Site, *names: str, lease_ms: int = 0) -> None:
    """Requests that the worker `me` holds; their leases expire at once, for it will not come back."""
    site.queue.enqueue([entry(name, -100 if name.startswith("s") else 0) for name in names])
    assert len(site.queue.claim("me", 100, lease_ms, 100).claimed) == len(names)


def dead(site: Site, *names: str) -> None:
    claimed(site, *names, lease_ms=60_000)
    site.queue.done("me", [Finished(f"id-{name}", Verdict.DEAD, reason="planned") for name in names], b"")


CHILDREN = {"c1", "c2", "c3", "c4"}


def finish(site: Site, verdict: Verdict) -> object:
    children = [entry("c1"), entry("c2", -60), entry("c3", fingerprint=""), entry("c4", delay_ms=1)]
    ends = [Finished("id-a", verdict, 1, "planned", children), Finished("id-s1", verdict, 1, "planned")]
    return site.queue.done("me", ends, b"")


def take_urls(site: Site) -> object:
    return StartUrls(site.queue, "site:start_urls", lambda message: entry(message["url"][-1])).take()


def start_run(site: Site, suffix: str = "") -> object:
    seeds = [entry(f"a{suffix}", 0, "a"), entry(f"s{suffix}", -100, "s")]
    return site.queue.start_run("all", f"r{suffix}", seeds)


@dataclass
class Scenario:
    """What was before, the script, and what must be reached in the end: one of the alternatives of each line."""

    before: Callable[[Site], object]
    script: Callable[[Site], object]
    must: list[tuple[set[str], ...]] = field(default_factory=list)
    again: Callable[[Site], object] = lambda site: None
    """What somebody repeats who got no answer and did not die."""
    ended: frozenset[str] = frozenset()
    """What the script itself ends, so that nobody has to reach it."""


def some(*names: str, delay_ms: int = 0) -> Callable[[Site], object]:
    return lambda site: site.queue.enqueue(
        [entry(name, -100 if name == "s" else 0, delay_ms=delay_ms) for name in names]
    )


SCENARIOS = {
    "enqueue": Scenario(
        lambda site: None, some("a", "s", "z"), [({"a"},), ({"s"},), ({"z"},)], again=some("a", "s", "z")
    ),
    "enqueue with delay": Scenario(lambda site: None, some("a", "s", delay_ms=1)),
    "claim": Scenario(some("a", "b", "s"), lambda site: site.queue.claim("me", 9, 0, 100), [({"a", "b", "s"},)]),
    "claim of expired leases": Scenario(
        lambda site: claimed(site, "a", "b", "s"), lambda site: site.queue.claim("me", 9, 0, 100), [({"a", "b", "s"},)]
    ),
    "claim of delayed requests": Scenario(
        some("a", "s", delay_ms=1), lambda site: site.queue.claim("me", 9, 0, 100), [({"a", "s"},)]
    ),
    "claim that buries": Scenario(
        lambda site: claimed(site, "a", "s"), lambda site: site.queue.claim("me", 9, 0, 1), [({"a", "s"},)]
    ),
    "done with ACCEPT": Scenario(
        lambda site: claimed(site, "a", "s1"),
        lambda site: finish(site, Verdict.ACCEPT),
        [({"a"}, CHILDREN)],
        ended=frozenset({"a", "s1"}),
    ),
    **{
        f"done with {verdict.name}": Scenario(
            lambda site: claimed(site, "a", "s1"),
            lambda site, verdict=verdict: finish(site, verdict),
            [({"a"},), ({"s1"},)],
        )
        for verdict in (Verdict.RETRY, Verdict.DEAD, Verdict.GIVE_BACK)
    },
    "beat": Scenario(
        lambda site: claimed(site, "a", "b"), lambda site: site.queue.beat("me", 0, ["id-a", "id-b"]), [({"a", "b"},)]
    ),
    "release": Scenario(
        lambda site: claimed(site, "a", "s"),
        lambda site: site.queue.release("me", ["id-a", "id-s"], leaving=True),
        [({"a", "s"},)],
    ),
    "hold": Scenario(
        lambda site: None,
        lambda site: site.queue.hold("me", 0, [Claimed("id-a", 0, b"a", 0), Claimed("id-s", 0, b"s", -100)]),
        again=lambda site: site.queue.hold("me", 0, [Claimed("id-a", 0, b"a", 0), Claimed("id-s", 0, b"s", -100)]),
        must=[({"a", "s"},)],
    ),
    "sweep": Scenario(
        lambda site: site.redis.hset("site:requests:d", mapping={"id-a": "0|a", "id-s": "-100|s"}),
        lambda site: site.queue.sweep(),
        [({"a", "s"},)],
    ),
    "start_run": Scenario(
        lambda site: None, start_run, [({"a"}, {"a2"}), ({"s"}, {"s2"})], again=lambda site: start_run(site, "2")
    ),
    "take_start_urls": Scenario(
        lambda site: site.redis.rpush("site:start_urls", "http://x/1", "rubbish", "http://x/2"),
        take_urls,
        [({"1", "2", "rubbish"},)],
        again=take_urls,
    ),
    "requeue": Scenario(
        lambda site: dead(site, "a", "s"), lambda site: DeadLetters(site.queue).requeue(), [({"a", "s"},)]
    ),
    "drop": Scenario(
        lambda site: dead(site, "a", "b"), lambda site: DeadLetters(site.queue).drop(), ended=frozenset({"a", "b"})
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_prefix_is_recoverable(site: Site, name: str) -> None:
    scenario = SCENARIOS[name]
    for writes in range(100):
        site.redis.delete("x", *site.redis.keys())  # FLUSHALL would wait for the disk
        site.done.clear()
        site.queue.use_run("")
        scenario.before(site)
        if "delayed" in name:
            time.sleep(0.002)  # until they are due
        if cut_off_after(site, scenario, writes):
            assert writes > 1, "the script was never cut"
            return
        fingerprints = {one.decode() for one in site.redis.smembers("site:dupefilter")}
        scenario.again(site)
        site.process_all()
        for alternatives in scenario.must:
            assert any(names <= site.reached() for names in alternatives), f"cut after {writes} writes"
        unqueued = fingerprints - site.reached() - scenario.ended
        assert not unqueued, f"seen but not queued, cut after {writes} writes"
        letters = {one.id.encode() for one in DeadLetters(site.queue).page() if one.score is not None}
        assert letters <= site.redis.smembers("site:requests:x:new"), "a dead letter that nobody hears of"
        assert_empty(site)
    pytest.fail("the script never came to its end")


def cut_off_after(site: Site, scenario: Scenario, writes: int) -> bool:
    """Runs the scenario's script with so many writes; True when that was all of it."""
    site.queue.scripts.writes = writes
    try:
        scenario.script(site)
    except ResponseError as error:
        if "cut off" not in str(error):
            raise
        return False
    finally:
        site.queue.scripts.writes = None
    return True


def assert_empty(site: Site) -> None:
    site.queue.claim("heir", 1, 60_000, 100)
    pending = site.queue.pending()._asdict()
    assert {key: count for key, count in pending.items() if count and key != "dead"} == {}
    assert not site.redis.exists("site:requests:o", "site:requests:t", "site:start_urls")

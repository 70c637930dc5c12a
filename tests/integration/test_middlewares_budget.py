"""The bucket in Redis follows the same rules as the one in the process, by Redis's clock; and forgets nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from redis import Redis

from immobe.redis import make_redis
from immobe.redis.budget import Answers, BudgetRules, LocalBucket, RedisBucket

pytestmark = pytest.mark.integration


@pytest.fixture
def server(redis_url: str) -> Iterator[Redis]:
    with make_redis(redis_url) as client:
        yield client


def test_both_buckets_grant_the_same(server: Redis) -> None:
    rules, chance = BudgetRules(burst=2, lookahead=400, highest_interval=40), random.Random(5)
    shared, local = RedisBucket(rules, "x.be"), LocalBucket(rules)
    for _ in range(60):
        answers = Answers(
            chance.uniform(0, 20), chance.choice([0, 0, 1, 3]), chance.randrange(4), chance.random() < 0.05
        )
        jitters = [chance.random() for _ in range(chance.randrange(5))]
        ours, theirs = local.grant(5, answers, jitters), shared.grant(server, 5, answers, jitters)
        assert theirs.interval == pytest.approx(ours.interval, abs=0.01)
        assert theirs.delays == pytest.approx(ours.delays, abs=1)
        assert theirs.free_in == pytest.approx(ours.free_in, abs=1)


def test_all_workers_share_one_bucket_a_domain(server: Redis) -> None:
    rules = BudgetRules(lookahead=100)
    first, second, other = RedisBucket(rules, "x.be"), RedisBucket(rules, "x.be"), RedisBucket(rules, "y.be")
    assert first.grant(server, 3, Answers(), [0, 0]).delays == pytest.approx((0, 3), abs=0.1)
    assert second.grant(server, 3, Answers(), [0]).delays == pytest.approx((6,), abs=0.5)
    assert other.grant(server, 3, Answers(), [0]).delays == (0,)


def test_a_pause_holds_for_all_and_outlives_it(server: Redis) -> None:
    rules = BudgetRules()
    RedisBucket(rules, "x.be").grant(server, 3, Answers(slow_down=True, pause_seconds=7200), [])
    grant = RedisBucket(rules, "x.be").grant(server, 3, Answers(), [0])
    assert grant.delays == ()
    assert grant.free_in == pytest.approx(7200, abs=1)
    assert grant.interval == 6
    assert server.pttl("immobe:budget:x.be") > 7200_000


def test_moments_keep_their_precision(server: Redis) -> None:
    bucket = RedisBucket(BudgetRules(lookahead=100), "x.be")
    delays = [d for _ in range(20) for d in bucket.grant(server, 0.001, Answers(), [0] * 50).delays]
    start = bucket.grant(server, 0.001, Answers(), [0])
    assert len(delays) == 1000
    assert start.interval == 0.001

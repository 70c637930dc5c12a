"""Moments to send: how they follow each other, what makes them rarer, and who waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from scrapy.exceptions import NotConfigured

from immobe.redis.budget import Answers, BudgetRules, Grant, LocalBucket
from middlewares.budget import BudgetMiddleware
from middlewares.turns import NoTurn, Turns


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_moments_are_an_interval_apart_and_jitter_only_adds() -> None:
    bucket = LocalBucket(BudgetRules(lookahead=100), Clock())
    assert bucket.grant(3, Answers(), [0, 0, 0]).delays == (0, 3, 6)
    assert bucket.grant(3, Answers(), [0.5, 1, 0]).delays == (9, 13.5, 19.5)


def test_no_moment_lies_beyond_the_lookahead() -> None:
    grant = LocalBucket(BudgetRules(lookahead=10), Clock()).grant(3, Answers(), [0] * 10)
    assert grant.delays == (0, 3, 6, 9)
    assert grant.free_in == 12


def test_a_burst_is_earned_by_silence() -> None:
    clock = Clock()
    bucket = LocalBucket(BudgetRules(burst=3, lookahead=100), clock)
    assert bucket.grant(2, Answers(), [0] * 5).delays == (0, 0, 0, 2, 4)
    clock.now += 6
    assert bucket.grant(2, Answers(), [0] * 3).delays == (0, 2, 4)
    clock.now += 1000
    assert bucket.grant(2, Answers(), [0] * 4).delays == (0, 0, 0, 2)


def test_a_refusal_doubles_the_interval_once_and_successes_shorten_it_slowly() -> None:
    clock = Clock()
    bucket = LocalBucket(BudgetRules(lookahead=10), clock)
    assert bucket.grant(3, Answers(slow_down=True), []).interval == 6
    assert bucket.grant(3, Answers(slow_down=True), []).interval == 6
    clock.now += 11
    assert bucket.grant(3, Answers(slow_down=True), []).interval == 12
    assert bucket.grant(3, Answers(successes=10), []).interval == pytest.approx(9.8, abs=0.1)
    assert bucket.grant(3, Answers(successes=1000), []).interval == 3


def test_slow_answers_lengthen_the_interval_up_to_the_highest() -> None:
    bucket = LocalBucket(BudgetRules(highest_interval=20), Clock())
    assert bucket.grant(3, Answers(latency_seconds=10, latency_count=2), []).interval == 5
    assert bucket.grant(3, Answers(latency_seconds=9999, latency_count=1), []).interval == 20
    assert bucket.grant(30, Answers(), []).interval == 30


def test_retry_after_pauses() -> None:
    grant = LocalBucket(BudgetRules(lookahead=10), Clock()).grant(3, Answers(slow_down=True, pause_seconds=120), [0])
    assert grant.delays == ()
    assert grant.free_in == 120


async def test_many_who_wait_need_few_questions() -> None:
    asked = []
    bucket = LocalBucket(BudgetRules(lookahead=10))

    async def grants(interval: float, answers: Answers, jitters: Sequence[float]) -> Grant:
        asked.append(len(jitters))
        await asyncio.sleep(0)
        return bucket.grant(interval, answers, jitters)

    turns = Turns(grants, jitter=0, lookahead=10)
    await asyncio.gather(*(turns.wait(0.001, patience=60) for _ in range(50)))
    assert sum(asked) >= 50
    assert len(asked) <= 4 or sum(asked) > 50  # more only for moments that this test's machine slept through


async def test_who_would_wait_too_long_is_told_how_long() -> None:
    async def grants(interval: float, answers: Answers, jitters: Sequence[float]) -> Grant:
        return Grant((), 500.0, interval)

    with pytest.raises(NoTurn) as caught:
        await Turns(grants, jitter=0, lookahead=10).wait(3, patience=60)
    assert caught.value.seconds == 500


async def test_a_moment_that_was_slept_through_is_not_used() -> None:
    delays = iter([-5.0, 0.0])

    async def grants(interval: float, answers: Answers, jitters: Sequence[float]) -> Grant:
        return Grant((next(delays),), 0.0, 3.0)

    await Turns(grants, jitter=0, lookahead=10).wait(3, patience=60)
    assert next(delays, None) is None


async def test_a_refusal_is_told_at_once_without_a_request_that_waits() -> None:
    told: list[Answers] = []

    async def grants(interval: float, answers: Answers, jitters: Sequence[float]) -> Grant:
        told.append(answers)
        return Grant((), 0.0, 3.0)

    turns = Turns(grants, jitter=0, lookahead=10)
    turns.answered(0.5, success=True)
    turns.refused(60)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert told == [Answers(0.5, 1, 1, True, 60)]


async def test_a_failure_reaches_everyone_who_waits() -> None:
    async def grants(interval: float, answers: Answers, jitters: Sequence[float]) -> Grant:
        raise ValueError("a mistake")

    turns = Turns(grants, jitter=0, lookahead=10)
    results = await asyncio.gather(*(turns.wait(3, patience=60) for _ in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [ValueError] * 3


def test_it_can_be_switched_off(make_crawler: Any) -> None:
    with pytest.raises(NotConfigured):
        BudgetMiddleware.from_crawler(make_crawler(THROTTLE_ENABLED=False))

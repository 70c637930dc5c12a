"""How many requests wait where, read from the shared queues' keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from redis import Redis

SCRAPE_QUEUE = "scrape_queue"
_STATES = ("in_flight", "delayed", "dead_letter")


def queue_lengths(redis: Redis, platforms: Sequence[str]) -> dict[str, int]:
    """{queue name: requests}, in one round trip.

    `scrape_queue` (ready), `in_flight`, `delayed` and `dead_letter` are sums over platforms; `immoweb` is what that
    platform has ready, `immoweb:delayed` and so on its other states.
    """
    pipeline: Any = redis.pipeline(transaction=False)
    for platform in platforms:
        key = f"{platform}:requests"
        pipeline.zcard(key).zcard(f"{key}:l").zcard(f"{key}:z").hlen(f"{key}:x")
    answers = iter(pipeline.execute())
    lengths = dict.fromkeys((SCRAPE_QUEUE, *_STATES), 0)
    for platform in platforms:
        ready, *others = (next(answers) for _ in range(1 + len(_STATES)))
        lengths[platform] = ready
        lengths[SCRAPE_QUEUE] += ready
        for state, count in zip(_STATES, others, strict=True):
            lengths[f"{platform}:{state}"] = count
            lengths[state] += count
    return lengths

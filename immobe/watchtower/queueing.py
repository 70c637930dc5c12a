"""Pages for the shared queue, as people push them: `<platform>:start_urls`; harvesters take them from there."""

from __future__ import annotations

import json
from collections.abc import Sequence

from immobe.watchtower.backend import Backend

HEAD_PRIORITY = 49
"""The most that a pushed listing may have: see `immobe.crawling.entries`."""


def message(url: str, correlation_id: str, priority: int = 0) -> str:
    """What is pushed; the same for the same arguments."""
    return json.dumps({"url": url, "priority": priority, "correlation_id": correlation_id})


def push_last(backend: Backend, platform: str, messages: Sequence[str]) -> None:
    """Behind what others pushed. Raises ServiceError when Redis is down: nothing is queued then."""
    backend.ask_redis(lambda redis: redis.rpush(_key(platform), *messages))


def push_first(backend: Backend, platform: str, pushed: str) -> None:
    """Before what others pushed. Raises ServiceError when Redis is down."""
    backend.ask_redis(lambda redis: redis.lpush(_key(platform), pushed))


def is_waiting(backend: Backend, platform: str, pushed: str) -> bool:
    """Whether nobody has taken it yet. Raises ServiceError when Redis is down."""
    return backend.ask_redis(lambda redis: redis.lpos(_key(platform), pushed)) is not None


def _key(platform: str) -> str:
    return f"{platform}:start_urls"

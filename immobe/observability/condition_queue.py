"""What Redis tells: whether it can keep what it is given, who rests, who died, and whether the queue moves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis
from sqlalchemy import Engine

from immobe.config import Config
from immobe.harvesting import registry
from immobe.observability import metrics, totals
from immobe.observability.blocks import resting
from immobe.observability.condition_kinds import (
    PLATFORM_BLOCKED,
    QUEUE_STUCK,
    REDIS_CANNOT_SAVE,
    WORKER_DEAD,
    Condition,
)
from immobe.observability.queues import queue_lengths
from immobe.platforms import PLATFORMS
from immobe.storage import monitoring, runs
from immobe.storage.faults import connected

_STUCK = timedelta(seconds=90)
_FULL = 0.95  # of maxmemory
_PROGRESS = (metrics.PAGES.name, metrics.SCRAPES.name, metrics.RETRIES.name)


def redis_conditions(redis: Redis, config: Config) -> Iterator[Condition]:
    """Raises redis' errors."""
    yield from _storage(redis)
    for platform, rest in resting(redis, sorted(PLATFORMS), config.replica_url).items():
        again = f"{datetime.fromtimestamp(rest.until, UTC):%H:%M:%S} UTC"
        yield Condition(PLATFORM_BLOCKED, f"It showed a page of the kind {rest.kind}; we rest until {again}.", platform)
    for name, heard in registry.silent(redis).items():
        yield Condition(WORKER_DEAD, f"The pool of {name} says nothing any more.", since=heard)


def queue_conditions(engine: Engine, redis: Redis, config: Config) -> Iterator[Condition]:
    """Pages that are ready while nobody has fetched one for a while. Raises ServiceError and redis' errors."""
    lengths = queue_lengths(redis, sorted(PLATFORMS))
    waiting = {name: lengths[name] for name in sorted(PLATFORMS) if lengths[name]}
    for rests in resting(redis, waiting, config.replica_url):
        waiting.pop(rests)
    if not waiting:
        return
    silent_seconds = runs.silent_seconds(config.run_heartbeat_seconds)
    with connected(engine) as connection:
        at = monitoring.now(connection)
        fetched = totals.last_counted(connection, _PROGRESS)
        began = runs.last_started(connection)
        found = monitoring.newest_listings(connection, sorted(waiting))
        at_work = {platform for platform, _ in runs.open_runs(connection, silent_seconds)}
    for platform, count in waiting.items():
        signs = [moments[platform] for moments in (fetched, began, found) if platform in moments]
        last = max(signs, default=None)
        if last is not None and at - last > _STUCK:
            who = "its workers finish none" if platform in at_work else "no worker is at work"
            yield Condition(QUEUE_STUCK, f"{count:,} pages are ready to be fetched, and {who}.", platform, last)


def _storage(redis: Redis) -> Iterator[Condition]:
    answer: Any = redis.info()
    for field, what in (
        ("rdb_last_bgsave_status", "its last snapshot failed"),
        ("aof_last_write_status", "its log cannot be written"),
        ("aof_last_bgrewrite_status", "its log could not be rewritten"),
    ):
        if answer.get(field, "ok") != "ok":
            yield Condition(REDIS_CANNOT_SAVE, f"Redis runs, but {what}.")
    used, most = answer.get("used_memory", 0), answer.get("maxmemory", 0)
    if most and used > _FULL * most:
        yield Condition(REDIS_CANNOT_SAVE, f"Redis uses {used / 1e6:,.0f} MB of {most / 1e6:,.0f} MB maxmemory.")

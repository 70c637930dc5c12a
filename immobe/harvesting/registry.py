"""Which harvesters there are, for the cockpit and `immobe harvest --status`, in Redis:

immobe:harvesters          zset  name -> ms when last heard of
immobe:harvesters:<name>   hash  see `Entry`; expires when its pool does not renew it
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Self

from redis import Redis

KEY = "immobe:harvesters"
EXPIRE_SECONDS = 15
STATES = ("starting", "working", "waiting", "stopping", "restarting")
_FORGET_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One worker. Times are seconds since 1970; 0 where there is none."""

    name: str
    """Unique among all pools on all machines."""
    host: str
    pid: int
    state: str
    """One of `STATES`."""
    platforms: str
    """As in `immoweb working, zimmo waiting`."""
    pages: int
    """Of this process."""
    rss_bytes: int
    started: float
    last_progress: float
    """When the last page came."""
    restarts: int

    @classmethod
    def of(cls, hash_: dict[bytes, bytes]) -> Self:
        """From what Redis holds. Raises KeyError or ValueError when it is no entry."""
        types = {"int": int, "float": float, "str": str}
        return cls(**{f.name: types[str(f.type)](hash_[f.name.encode()].decode()) for f in fields(cls)})


def publish(redis: Redis, entries: Iterable[Entry]) -> None:
    """Says how these workers are; one round trip. Raises redis' errors."""
    now = int(time.time() * 1000)
    pipeline: Any = redis.pipeline(transaction=False)
    pipeline.zremrangebyscore(KEY, "-inf", now - _FORGET_MS)
    for entry in entries:
        pipeline.zadd(KEY, {entry.name: now})
        pipeline.hset(f"{KEY}:{entry.name}", mapping=asdict(entry))
        pipeline.expire(f"{KEY}:{entry.name}", EXPIRE_SECONDS)
    pipeline.execute()


def forget(redis: Redis, names: Iterable[str]) -> None:
    """These workers have ended for good. Raises redis' errors."""
    pipeline: Any = redis.pipeline(transaction=False)
    for name in names:
        pipeline.zrem(KEY, name)
        pipeline.delete(f"{KEY}:{name}")
    pipeline.execute()


def harvesters(redis: Redis) -> list[Entry]:
    """All workers whose pool lives, by name. Raises redis' errors."""
    names: Any = redis.zrange(KEY, 0, -1)
    pipeline: Any = redis.pipeline(transaction=False)
    for name in sorted(names):
        pipeline.hgetall(f"{KEY}:{name.decode()}")
    return [Entry.of(hash_) for hash_ in pipeline.execute() if hash_]


def harvester_states(redis: Redis) -> dict[str, int]:
    """{state: workers}, every state named; `silent`: their pool died. Raises redis' errors."""
    counts = dict.fromkeys(STATES, 0)
    for entry in harvesters(redis):
        counts[entry.state] = counts.get(entry.state, 0) + 1
    return {**counts, "silent": len(silent(redis))}


def silent(redis: Redis) -> dict[str, datetime]:
    """{worker: when last heard of} of pools that died without a word within the hour. Raises redis' errors."""
    heard: Any = redis.zrange(KEY, 0, -1, withscores=True)
    pipeline: Any = redis.pipeline(transaction=False)
    for name, _ in heard:
        pipeline.exists(f"{KEY}:{name.decode()}")
    return {
        name.decode(): datetime.fromtimestamp(milliseconds / 1000, UTC)
        for (name, milliseconds), lives in zip(heard, pipeline.execute(), strict=True)
        if not lives
    }

"""What is wrong now, and what to do about it: for the Operations page, `immobe doctor` and alerts.

Nothing is remembered between two looks: whichever process asks, on whichever machine, says the same. Only room on disks
and the fallback queue are the asking machine's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine

from immobe.config import Config
from immobe.errors import ImmobeError
from immobe.observability.condition_database import database_conditions
from immobe.observability.condition_kinds import KINDS, POSTGRES_DOWN, REDIS_DOWN, Condition, Kind
from immobe.observability.condition_local import local_conditions, postgres_disks
from immobe.observability.condition_queue import queue_conditions, redis_conditions

S = TypeVar("S")
__all__ = ["KINDS", "Condition", "Kind", "conditions"]


def conditions(engine: Engine | None, redis: Redis | None, config: Config) -> list[Condition]:
    """All that is wrong now, the gravest first; empty when all is well. A service that is down raises nothing.

    None: the service is known not to answer.
    """
    found = list(local_conditions(config))
    found += _looked(engine, lambda engine: database_conditions(engine, config), POSTGRES_DOWN)
    found += _looked(redis, lambda redis: redis_conditions(redis, config), REDIS_DOWN)
    down = {condition.kind for condition in found}
    if engine is not None and POSTGRES_DOWN not in down:
        found += _looked(engine, postgres_disks, POSTGRES_DOWN)
        if redis is not None and REDIS_DOWN not in down:
            found += _looked(redis, lambda redis: queue_conditions(engine, redis, config), REDIS_DOWN)
    return sorted(found, key=lambda condition: (KINDS.index(condition.kind), condition.platform, condition.cause))


def _looked(service: S | None, look: Callable[[S], Iterator[Condition]], down: Kind) -> list[Condition]:
    """What a look finds; when its service is away, that is what is wrong."""
    if service is None:
        return [Condition(down, "It does not answer.")]
    try:
        return list(look(service))
    except (ImmobeError, RedisError, OSError) as error:
        return [Condition(down, str(error))]

"""What is wrong now, and what to do about it: for the Operations page, `immobe doctor` and alerts.

Nothing is remembered between two looks: whichever process asks, on whichever machine, says the same. Only room on disks
and the fallback queue are the asking machine's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine

from immobe.config import Config
from immobe.errors import ImmobeError
from immobe.observability.condition_database import database_conditions
from immobe.observability.condition_kinds import KINDS, POSTGRES_DOWN, REDIS_DOWN, Condition, Kind
from immobe.observability.condition_local import local_conditions, postgres_disks
from immobe.observability.condition_queue import queue_conditions, redis_conditions

__all__ = ["KINDS", "Condition", "Kind", "conditions"]


def conditions(engine: Engine, redis: Redis, config: Config) -> list[Condition]:
    """All that is wrong now, the gravest first; empty when all is well. A service that is down raises nothing."""
    from_postgres = _looked(lambda: database_conditions(engine, config), POSTGRES_DOWN)
    from_redis = _looked(lambda: redis_conditions(redis, config), REDIS_DOWN)
    found = [*local_conditions(config), *from_postgres, *from_redis]
    if not any(condition.kind is POSTGRES_DOWN for condition in found):
        found += _looked(lambda: postgres_disks(engine), POSTGRES_DOWN)
        if not any(condition.kind is REDIS_DOWN for condition in found):
            found += _looked(lambda: queue_conditions(engine, redis, config), REDIS_DOWN)
    return sorted(found, key=lambda condition: (KINDS.index(condition.kind), condition.platform, condition.cause))


def _looked(look: Callable[[], Iterator[Condition]], down: Kind) -> list[Condition]:
    """What a look finds; when its service is away, that is what is wrong."""
    try:
        return list(look())
    except (ImmobeError, RedisError, OSError) as error:
        return [Condition(down, str(error))]

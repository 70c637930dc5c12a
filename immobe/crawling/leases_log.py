"""Mends the server's append-only file after it was torn, by a power cut or a full disk."""

from __future__ import annotations

import logging
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

_log = logging.getLogger(__name__)


def mend_log(redis: Redis, key: str) -> None:
    """After a restart of the server: no later restart meets a transaction that the tear has left open.

    Redis 7.0 cuts a torn log after the last whole command, also within a transaction, and what it logs afterwards
    belongs to that transaction until the next EXEC. So two writes first, which close it; then a rewrite, which removes
    it. Not the other way round: a server that dies while it rewrites a log with an open transaction does not start any
    more ("the truncated file is not the last file"; seen with 7.0.15, November 2026). Raises redis' errors.
    """
    pipeline: Any = redis.pipeline(transaction=True)
    pipeline.set(f"{key}:log", "closed").delete(f"{key}:log")
    pipeline.execute()
    try:
        redis.bgrewriteaof()
    except ResponseError as error:
        _log.info("the server does not rewrite its log now: %s", error)

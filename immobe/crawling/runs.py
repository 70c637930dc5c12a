"""Runs: one crawl of a scope, shared by every process that works on it.

A run is created together with its first requests, in one atomic step: however many processes start the same scope at
once, its seeds are queued once. A process that comes later, or again after a crash, joins the run that is there. The
run is over when nothing is queued and no process is busy; the next start is a new run, which visits every listing anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from redis import Redis

# A process that does not report for so long is taken for dead. Redis' own clock decides.
BUSY_SECONDS = 60

_NOW = "local now = tonumber(redis.call('TIME')[1])\n"
_JOIN = (
    _NOW
    + """
local runs, queue, busy = KEYS[1], KEYS[2], KEYS[3]
redis.call('ZREMRANGEBYSCORE', busy, '-inf', now)
local run = redis.call('HGET', runs, ARGV[1])
local alive = redis.call('ZCARD', queue) > 0 or redis.call('ZCARD', busy) > 0
redis.call('ZADD', busy, now + tonumber(ARGV[4]), ARGV[3])
if run and alive then return {run, 0} end
for i = 5, #ARGV, 2 do redis.call('ZADD', queue, ARGV[i], ARGV[i + 1]) end
redis.call('HSET', runs, ARGV[1], ARGV[2])
return {ARGV[2], 1}
"""
)
_FINISHED = (
    _NOW
    + """
local queue, busy = KEYS[1], KEYS[2]
redis.call('ZREM', busy, ARGV[1])
redis.call('ZREMRANGEBYSCORE', busy, '-inf', now)
if redis.call('ZCOUNT', queue, ARGV[2], ARGV[3]) > 0 or redis.call('ZCARD', busy) > 0 then return 0 end
return 1
"""
)
_BUSY = _NOW + "return redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])"


class CrawlRuns:
    """The runs of one spider in Redis."""

    def __init__(self, redis: Redis, spider: str, queue_key: str) -> None:
        self._runs, self._queue, self._busy = f"{spider}:runs", queue_key, f"{spider}:busy"
        self._worker = uuid4().hex
        self._join = redis.register_script(_JOIN)
        self._finished = redis.register_script(_FINISHED)
        self._report = redis.register_script(_BUSY)

    def join(self, scope: str, seeds: Sequence[tuple[float, str]]) -> tuple[str, bool]:
        """The run of this scope, and whether it was created now, with `seeds` as (score, queue member) queued."""
        arguments: list[Any] = [scope, uuid4().hex, self._worker, BUSY_SECONDS]
        for seed in seeds:
            arguments.extend(seed)
        run, created = self._join(keys=[self._runs, self._queue, self._busy], args=arguments)
        return run.decode(), bool(created)

    def report_busy(self) -> None:
        """Says that this process is at work; to be repeated within BUSY_SECONDS."""
        self._report(keys=[self._busy], args=[self._worker, BUSY_SECONDS])

    def finished(self, lowest: str = "-inf", highest: str = "+inf") -> bool:
        """Says that this process is idle; True when all are, and nothing is queued between these scores."""
        return bool(self._finished(keys=[self._queue, self._busy], args=[self._worker, lowest, highest]))

"""Redis as we use it: a client that never repeats a command by itself, a circuit breaker, a journal for outages."""

from immobe.redis.backoff import equal_jitter, full_jitter, retry
from immobe.redis.breaker import BreakerOpen, BreakerState, CircuitBreaker, means_down
from immobe.redis.client import make_redis
from immobe.redis.journal import FallbackQueue, JournalBusy, JournalError, JournalFull

__all__ = [
    "BreakerOpen",
    "BreakerState",
    "CircuitBreaker",
    "FallbackQueue",
    "JournalBusy",
    "JournalError",
    "JournalFull",
    "equal_jitter",
    "full_jitter",
    "make_redis",
    "means_down",
    "retry",
]

"""What the routes work with: configuration, PostgreSQL, and Redis behind this process's circuit breaker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine

from immobe.config import Config
from immobe.embedded import ServiceUrls
from immobe.errors import ServiceError
from immobe.redis import CircuitBreaker, make_redis
from immobe.storage.engine import make_engine

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Backend:
    """One a process; threads share it."""

    config: Config
    urls: ServiceUrls
    engine: Engine
    redis: Redis
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)

    @classmethod
    def open(cls, config: Config, urls: ServiceUrls) -> Backend:
        """Connects to nothing yet."""
        threshold, timeout = config.redis_circuit_breaker_threshold, config.redis_circuit_breaker_timeout
        return cls(
            config,
            urls,
            make_engine(config, urls.database_url, "immobe watchtower"),
            make_redis(urls.redis_url, client_name="immobe-watchtower"),
            CircuitBreaker(threshold, timeout),
        )

    def ask_redis(self, ask: Callable[[Redis], T]) -> T:
        """What `ask` answers. Raises ServiceError when Redis is down, at once while the breaker is open."""
        try:
            return self.breaker.call(lambda: ask(self.redis))
        except RedisError as error:
            raise ServiceError(f"Redis: {error}") from error

    def close(self) -> None:
        """Ends all connections."""
        self.engine.dispose()
        self.redis.close()


def backend_of(request: Request) -> Backend:
    """The application's backend, for routes."""
    backend: Backend = request.app.state.backend
    return backend


TheBackend = Annotated[Backend, Depends(backend_of)]

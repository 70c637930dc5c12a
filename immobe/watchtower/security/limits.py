"""Rate limits: exact over all processes through Redis, each process by itself while Redis is away."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from slowapi import Limiter
from slowapi.errors import RateLimitExceeded
from starlette.requests import Request
from starlette.responses import Response

from immobe.watchtower.problems import problem
from immobe.watchtower.security.clients import client_key

DETECT, RUN_SCOUTS, MANUAL_SCRAPE, CLEAR_LISTINGS = "100/minute", "5/hour", "20/minute", "1/hour"
SIGN_IN, SIGN_IN_ACCOUNT = "10/minute;60/hour", "30/hour"
"""Attempts of one client, and at one operator's name from anywhere."""
SET_UP, KEYS, SAVED_SEARCHES = "10/minute", "30/hour", "60/hour"
LIMITS = {
    "detect": DETECT,
    "run-scouts": RUN_SCOUTS,
    "manual-scrape": MANUAL_SCRAPE,
    "clear-listings": CLEAR_LISTINGS,
    "sign-in": SIGN_IN,
    "set-up": SET_UP,
    "keys": KEYS,
    "saved-searches": SAVED_SEARCHES,
}
"""{name: what one client may}; signing in is limited by the operator's name too."""
_SOCKET_SECONDS = 1.0

Check = Callable[[Request], None]


class RateLimits:
    """A moving window for each name and client; `check` counts a request and may refuse it."""

    def __init__(self, redis_url: str) -> None:
        # Passed on to redis.from_url; slowapi's annotation knows texts alone.
        options: dict[str, Any] = {
            "key_prefix": "immobe:limits",
            "socket_timeout": _SOCKET_SECONDS,
            "socket_connect_timeout": _SOCKET_SECONDS,
            "retry": Retry(NoBackoff(), 0),
        }
        self._limiter = Limiter(
            client_key,
            strategy="moving-window",
            storage_uri=redis_url.replace("unix://", "redis+unix://", 1),
            storage_options=options,
            in_memory_fallback_enabled=True,
        )
        by_client = {name: (limit, client_key) for name, limit in LIMITS.items()}
        by_account = {"sign-in": [(SIGN_IN_ACCOUNT, _account)]}
        self._checks: dict[str, Check] = {
            name: self._counted(name, limit, *by_account.get(name, ())) for name, limit in by_client.items()
        }

    def check(self, name: str, request: Request) -> None:
        """Counts the request. Raises RateLimitExceeded. Asks Redis: not for the event loop."""
        self._checks[name](request)

    def retry_after(self, request: Request) -> int:
        """Whole seconds until a request that was refused may come again."""
        exceeded = getattr(request.state, "view_rate_limit", None)
        if exceeded is None:
            return 1
        item, arguments = exceeded
        try:
            reset, _ = self._limiter.limiter.get_window_stats(item, *arguments)
        except RedisError:  # it went since it refused
            return 1
        return max(1, math.ceil(reset - time.time()))

    def _counted(self, name: str, *limits: tuple[str, Callable[[Request], str]]) -> Check:
        def check(request: Request) -> None:
            """slowapi's decorator counts before it calls this."""

        check.__name__ = f"check_{name}"  # slowapi keeps limits by it
        counted: Check = check
        for number, (limit, key) in enumerate(limits):
            counted = _keyed(self._limiter, limit, f"{name}:{number}", key)(counted)
        return counted


def _keyed(limiter: Limiter, limit: str, scope: str, key: Callable[[Request], str]) -> Callable[[Check], Check]:
    def key_func(request: Request) -> str:  # slowapi asks for this very name of the parameter
        return key(request)

    return limiter.shared_limit(limit, scope, key_func)


def _account(request: Request) -> str:
    return getattr(request.state, "account", "") or "unknown"


def limited(name: str) -> Check:
    """A dependency: the route takes so many requests of one client."""

    def check(request: Request) -> None:
        limits: RateLimits = request.app.state.limits
        limits.check(name, request)

    check.limit = name  # type: ignore[attr-defined]  # where the document and tests find it
    return check


def install(app: FastAPI) -> None:
    """429 with Retry-After."""
    app.add_exception_handler(RateLimitExceeded, _exceeded)


def _exceeded(request: Request, error: Exception) -> Response:
    assert isinstance(error, RateLimitExceeded)  # noqa: S101 - as registered
    limits: RateLimits = request.app.state.limits
    seconds = limits.retry_after(request)
    detail = f"At most {error.detail}; again in {seconds} s."
    return problem(request, 429, detail=detail, headers={"Retry-After": str(seconds)})

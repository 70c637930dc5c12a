"""`/ui/operations`: the cockpit: what is wrong, and how each platform does."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import structlog
from fastapi import APIRouter, Request
from starlette.responses import Response

from immobe.errors import ServiceError
from immobe.harvesting.registry import harvesters
from immobe.observability.condition import conditions
from immobe.observability.queues import queue_lengths
from immobe.platforms import PLATFORMS
from immobe.redis import BreakerState, FallbackQueue, JournalError
from immobe.storage.faults import connected
from immobe.storage.platform_figures import platform_figures
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.pages.operations_words import CONDITIONS
from immobe.watchtower.rendering import is_part, render
from immobe.watchtower.security.access import Reader
from immobe.watchtower.standing import standings

router = APIRouter(include_in_schema=False)
_log = structlog.get_logger(__name__)


def cockpit(request: Request, name: str, *, moment: datetime | None = None, **shown: Any) -> Response:
    """A page of the cockpit, as of `moment` or now; a part of it, without frame, for what refreshes it."""
    moment = moment or datetime.now(UTC)
    return render(request, f"operations/{name}.html", part=is_part(request), tab=name, moment=moment, **shown)


@router.get("/ui/operations")
def overview(request: Request, backend: TheBackend, _: Reader) -> Response:
    """Shown also while a service is down: it is what says so."""
    redis = None if backend.breaker.state is BreakerState.OPEN else backend.redis
    found = groupby(conditions(backend.engine, redis, backend.config), lambda condition: condition.kind)
    platforms = _platforms(backend)
    return cockpit(
        request,
        "overview",
        moment=platforms[0]["figures"].counted_at if platforms else None,
        conditions=[(kind, list(several)) for kind, several in found],
        words=CONDITIONS,
        platforms=platforms,
        queues=queues(backend),
        workers=_workers(backend),
    )


def _platforms(backend: Backend) -> list[dict[str, Any]] | None:
    """How each stands, with its figures; None without PostgreSQL."""
    try:
        with connected(backend.engine) as connection:
            stand = standings(connection, backend)
        figures = platform_figures(backend.engine, sorted(PLATFORMS))
    except ServiceError as error:
        _log.warning("The cockpit has no figures", error=str(error))
        return None
    return [{"standing": one, "figures": figures[one.platform]} for one in stand]


def queues(backend: Backend) -> dict[str, Any]:
    """`lengths` (see `queue_lengths`; None without Redis), the fallback queue of this machine, the breaker's state."""
    try:
        lengths = backend.ask_redis(lambda redis: queue_lengths(redis, sorted(PLATFORMS)))
    except ServiceError:
        lengths = None
    try:
        fallback = FallbackQueue(backend.config.redis_fallback_queue).size()
    except JournalError:
        fallback = None
    return {
        "lengths": lengths,
        "fallback": fallback,
        "breaker": backend.breaker.state.name.lower(),
        "trial_seconds": round(backend.breaker.seconds_to_trial()),
    }


def _workers(backend: Backend) -> dict[str, int] | None:
    """{state: harvesters}; None without Redis."""
    try:
        found = backend.ask_redis(harvesters)
    except ServiceError:
        return None
    counted: dict[str, int] = {}
    for entry in found:
        counted[entry.state] = counted.get(entry.state, 0) + 1
    return counted

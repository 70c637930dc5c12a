"""`GET /ready`: whether the services that we need answer, and how fast."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import httpx
import structlog
from fastapi import APIRouter, Response
from pydantic import BaseModel
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from immobe.crawling.browser_platforms import browser_platforms
from immobe.crawling.chromium import chromium_version
from immobe.errors import ImmobeError
from immobe.storage.faults import connected
from immobe.watchtower.backend import Backend, TheBackend

router = APIRouter(tags=["operation"])
_log = structlog.get_logger(__name__)
# Threads of its own: what hangs here must not hold up other requests.
_threads = ThreadPoolExecutor(8, thread_name_prefix="ready")
_DOWN = (ImmobeError, RedisError, SQLAlchemyError, OSError, ValueError, httpx.HTTPError, subprocess.SubprocessError)
Check = Callable[[Backend], object]


class Dependency(BaseModel):
    """A service that we use."""

    state: Literal["up", "down"]
    latency_ms: float
    needed: bool
    """Without it Watchtower is not ready."""
    detail: str = ""


class Readiness(BaseModel):
    """`degraded`: what is down is not needed to answer."""

    status: Literal["ready", "degraded", "not_ready"]
    dependencies: dict[str, Dependency]


@router.get("/ready", responses={503: {"model": Readiness}})
async def ready(backend: TheBackend, response: Response) -> Readiness:
    """Each dependency with its state and latency; 503 when a needed one is down.

    It takes WATCHTOWER_READY_SECONDS at most.
    Browser and Scrapyd are asked only when they are configured.
    """
    checks = _checks(backend)
    found = await asyncio.gather(*(_checked(backend, name, check) for name, check in checks.items()))
    dependencies = dict(zip(checks, found, strict=True))
    down = [dependency for dependency in found if dependency.state == "down"]
    if any(dependency.needed for dependency in down):
        response.status_code = 503
        return Readiness(status="not_ready", dependencies=dependencies)
    return Readiness(status="degraded" if down else "ready", dependencies=dependencies)


_NEEDED = ("database", "redis")


def _checks(backend: Backend) -> dict[str, Check]:
    checks: dict[str, Check] = {"database": _database, "redis": lambda b: b.redis.ping()}
    if backend.config.browser_cdp_url or browser_platforms(backend.config):
        checks["browser"] = lambda b: chromium_version(b.config)
    if backend.config.scrapyd_url:
        checks["scrapyd"] = _scrapyd
    return checks


async def _checked(backend: Backend, name: str, check: Check) -> Dependency:
    began, detail = time.monotonic(), ""
    asking = asyncio.get_running_loop().run_in_executor(_threads, check, backend)
    try:
        await asyncio.wait_for(asking, backend.config.watchtower_ready_seconds)
    except TimeoutError:
        detail = "no answer in time"
    except _DOWN as error:
        _log.warning("Not ready", dependency=name, error=str(error))
        detail = "does not work: the log says more"
    latency = round((time.monotonic() - began) * 1000, 1)
    return Dependency(state="down" if detail else "up", latency_ms=latency, needed=name in _NEEDED, detail=detail)


def _database(backend: Backend) -> None:
    with connected(backend.engine) as connection:
        connection.execute(text("SELECT 1 FROM audit_log LIMIT 1"))


def _scrapyd(backend: Backend) -> None:
    answer = httpx.get(
        f"{backend.config.scrapyd_url}/daemonstatus.json", timeout=backend.config.watchtower_ready_seconds
    )
    answer.raise_for_status()

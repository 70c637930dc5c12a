"""Each request has a correlation id: in its log lines, its answer, and whatever it starts."""

from __future__ import annotations

import re
import time

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from immobe.observability.correlation import is_correlation_id, new_correlation_id, working_on
from immobe.watchtower.problems import problem

_SECRET_IN_PATH = re.compile(r"^(/(?:feeds|alerts)/)[^/]+")
_log = structlog.get_logger(__name__)
HEADER = "X-Correlation-ID"
_DETAIL = "It is noted in the log under the correlation id."


class Correlation:
    """Takes the client's id or makes one, logs the request, and answers 500 for what nobody handled."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        given = request.headers.get(HEADER, "")
        correlation_id = given if is_correlation_id(given) else new_correlation_id()
        status, began = 0, time.monotonic()

        async def noted_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = correlation_id
            await send(message)

        with working_on(correlation_id=correlation_id):
            try:
                await self._app(scope, receive, noted_send)
            except Exception:
                _log.exception("A request failed", method=request.method, path=_shown(request.url.path))
                if status:
                    raise
                scope.setdefault("state", {})
                await problem(request, 500, detail=_DETAIL)(scope, receive, noted_send)
            finally:
                _tell(request, status, time.monotonic() - began)


def _tell(request: Request, status: int, seconds: float) -> None:
    """What Prometheus and health checks ask for again and again is told at DEBUG."""
    tell = _log.debug if request.url.path in {"/health", "/ready", "/metrics"} else _log.info
    tell("Request", method=request.method, path=_shown(request.url.path), status=status, ms=round(seconds * 1000, 1))


def _shown(path: str) -> str:
    """A path without the secret that some have: whoever reads logs shall not read feeds, nor end
    alerts.

    >>> _shown("/feeds/abc/listings.atom"), _shown("/alerts/7.abc"), _shown("/ui/listings")
    ('/feeds/***/listings.atom', '/alerts/***', '/ui/listings')
    """
    return _SECRET_IN_PATH.sub(r"\g<1>***", path)

"""Requests that change something are taken from our own pages and from CORS_ORIGINS, not from other sites' pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from immobe.watchtower.problems import problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class OriginCheck:
    """Refuses (403) what a browser says comes from elsewhere; programs that are no browsers say nothing."""

    def __init__(self, app: ASGIApp, allowed: tuple[str, ...] = ()) -> None:
        self._app, self._allowed = app, {origin.rstrip("/").lower() for origin in allowed}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            request = Request(scope)
            if self._is_foreign(request):
                answer = problem(request, 403, "Foreign origin", "Requests from other sites' pages are not taken.")
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_foreign(self, request: Request) -> bool:
        origin = request.headers.get("origin")
        if origin is None:
            return request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
        own = f"{request.url.scheme}://{request.url.netloc}"
        return origin.lower() != own.lower() and origin.lower() not in self._allowed

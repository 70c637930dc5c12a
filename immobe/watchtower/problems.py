"""How a refusal looks: problem details (RFC 9457) for programs, a page for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match

from immobe.errors import ConfigError, ScopeError, ServiceError, UnknownPlatform
from immobe.observability.correlation import current_fields
from immobe.watchtower.languages import N_

_log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
_RETRY_SECONDS = "5"
# The titles that people meet, for their translation; HTTPStatus has them in English.
_TITLES = (
    *(N_("Not Found"), N_("Forbidden"), N_("Method Not Allowed"), N_("Conflict")),
    *(N_("Too Many Requests"), N_("Unauthorized")),
    *(N_("Internal Server Error"), N_("Wrong parameters"), N_("Unusable input"), N_("A service is down")),
)


class Problem(BaseModel):
    """Problem details, RFC 9457 (July 2023)."""

    type: str = Field("about:blank", examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field("", examples=["immoweb has no listing 123."])
    instance: str = Field("", examples=["/api/v1/listings/immoweb/123"])
    correlation_id: str | None = Field(None, examples=["5f1d0c1e8f9a4c1f8f6f2f4d3b2a1c0e"])
    errors: list[dict[str, Any]] | None = None
    """For wrong parameters: where each is and what is wrong."""


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's OpenAPI: the refusals it may answer with."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def wants_page(request: Request) -> bool:
    """Whether it is a person's browser that asks: it prefers HTML."""
    accept = request.headers.get("accept", "")
    html, json = accept.find("text/html"), accept.find("json")
    return html >= 0 and (json < 0 or html < json)


def problem(
    request: Request,
    status: int,
    title: str = "",
    detail: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, Any]] | None = None,
) -> Response:
    """The refusal, in the form that the client prefers."""
    title = title or HTTPStatus(status).phrase
    pages = getattr(request.scope.get("app", None), "state", None)
    if wants_page(request) and pages is not None:
        return _page(request, status, title, detail, headers)
    body = Problem(
        title=title,
        status=status,
        detail=detail,
        instance=request.url.path,
        correlation_id=current_fields().get("correlation_id"),
        errors=errors,
    )
    return JSONResponse(body.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)


def _page(request: Request, status: int, title: str, detail: str, headers: Mapping[str, str] | None) -> Response:
    from immobe.watchtower.rendering import render

    correlation_id = current_fields().get("correlation_id")
    seconds = (headers or {}).get("Retry-After")
    again_at = datetime.now(UTC) + timedelta(seconds=int(seconds)) if seconds and status == 429 else None
    shown = {"title": title, "detail": detail, "again_at": again_at, "correlation_id": correlation_id}
    page = render(request, "error.html", status, **shown)
    page.headers.update(headers or {})
    return page


def install(app: FastAPI) -> None:
    """Every error that a route raises becomes a refusal; what is left is a fault of ours: see `correlation`."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ServiceError, _service)
    for kind in (ConfigError, ScopeError, UnknownPlatform):
        app.add_exception_handler(kind, _unusable)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as registered
    if error.status_code == 401 and request.method == "GET" and wants_page(request):
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/ui/sign-in?next={quote(here, safe='')}", 303)
    phrase = HTTPStatus(error.status_code).phrase
    headers = {**(error.headers or {}), **_allowed(request)} if error.status_code == 405 else error.headers
    detail = "" if error.detail == phrase else str(error.detail)
    return problem(request, error.status_code, phrase, detail, headers=headers)


def _allowed(request: Request) -> dict[str, str]:
    """Every method that the path has: the router names those of its first route."""

    def serves(method: str) -> bool:
        scope = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    methods = [method for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT") if serves(method)]
    return {"Allow": ", ".join(methods)} if methods else {}


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as registered
    found = [{"in": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in error.errors()]
    return problem(
        request, 422, "Wrong parameters", "; ".join(f"{e['in']}: {e['message']}" for e in found), errors=found
    )


def _service(request: Request, error: Exception) -> Response:
    _log.error("A service is down", error=str(error))
    detail = f"{str(error).partition(':')[0]}; the log says more."
    return problem(request, 503, "A service is down", detail, headers={"Retry-After": _RETRY_SECONDS})


def _unusable(request: Request, error: Exception) -> Response:
    return problem(request, 422, "Unusable input", str(error))

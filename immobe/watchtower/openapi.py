"""The OpenAPI document, and `/docs` that shows it: both only with ENABLE_DOCS."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from immobe.watchtower.backend import Backend
from immobe.watchtower.openapi_examples import example_of, problem_example
from immobe.watchtower.problems import MEDIA_TYPE, Problem, responses
from immobe.watchtower.rendering import render
from immobe.watchtower.security import csrf, sessions
from immobe.watchtower.security.access import credential
from immobe.watchtower.security.limits import LIMITS

PATH = "/openapi.json"
_DESCRIPTION = """Adverts of the Belgian property market, their history, and the crawl that brings them.

**Who may.** Reading needs no credential unless WATCHTOWER_READ_ACCESS=credential. What changes something takes a key
with the scope `operate` (`Authorization: Bearer immobe_…`), or an operator's session with the form's token.

**Errors** are problem details (RFC 9457), also 404, 405, 413, 415 and 500. Every answer has `X-Correlation-ID`, under
which the log tells more.

**Limits** are counted by client address over all processes, in a moving window; 429 has `Retry-After`. What is refused
for its credential or its content is not counted. A page has 500 listings at most, a body 1 MiB unless configured.

**Pages** are in the order of `sort`; `next_cursor` and the header `Link` lead on. **ETag**: with `If-None-Match` what
has not changed is a 304.
"""
_SECURITY_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "bearerFormat": "immobe_…", "description": "A key of Watchtower."},
    "session": {"type": "apiKey", "in": "cookie", "name": sessions.COOKIE, "description": "Of an operator, signed in."},
    "csrf": {"type": "apiKey", "in": "header", "name": csrf.HEADER, "description": "The token of the session's forms."},
}
_TEXTS = {
    "text/csv": "platform,price_eur\nimmoweb,295000\n",
    "application/jsonl": '{"platform": "immoweb", "price_eur": 295000}\n',
    "application/geo+json": {"type": "FeatureCollection", "features": []},
    "text/plain": 'scrapes_total{platform="immoweb",status="SUCCESS"} 4711\n',
}
# Swagger UI as a package: nothing is loaded from other hosts. Its code is not used, only its files.
_SWAGGER_UI = files("fastapi_offline") / "static"


def install(app: FastAPI) -> None:
    """Adds the routes, and what FastAPI does not know of the document."""
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    app.mount("/docs/swagger-ui", StaticFiles(directory=str(_SWAGGER_UI)), name="swagger-ui")
    app.add_api_route("/docs", _docs, include_in_schema=False)


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the application; made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes)
        components = made.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        components["securitySchemes"] = _SECURITY_SCHEMES
        backend: Backend = app.state.backend
        limits, dependencies = limits_of(app), _dependencies(app)
        is_open = backend.config.watchtower_read_access == "open"
        for path, operations in made["paths"].items():
            for method, operation in operations.items():
                key = (method.upper(), path)
                _complete(operation, path, limits.get(key))
                _say_who_may(operation, method, anybody=is_open and credential not in dependencies[key])
                _add_examples(operation, path, components["schemas"])
        app.openapi_schema = made
    return app.openapi_schema


def limits_of(app: FastAPI) -> dict[tuple[str, str], str]:
    """{(method, path): the name of its limit}, read from the routes themselves."""
    named = {key: [getattr(call, "limit", None) for call in calls] for key, calls in _dependencies(app).items()}
    return {key: next(name for name in names if name) for key, names in named.items() if any(names)}


def _dependencies(app: FastAPI) -> dict[tuple[str, str], list[Any]]:
    """{(method, path): what is called before the route}."""
    return {
        (method, route.path or ""): list(_calls(dependant))
        for route in iter_route_contexts(app.routes)
        if (dependant := getattr(route, "dependant", None)) is not None
        for method in route.methods or ()
    }


def _calls(dependant: Any) -> Iterator[Any]:
    for needed in dependant.dependencies:
        yield needed.call
        yield from _calls(needed)


def _complete(operation: dict[str, Any], path: str, limit: str | None) -> None:
    """What any route may answer."""
    answers: dict[str, Any] = operation["responses"]
    possible = [500, *([413] if "requestBody" in operation else [])]
    for status, told in responses(*possible).items():
        answers.setdefault(str(status), told)
    if limit is not None:
        operation["description"] = (
            f"{operation.get('description', '')}\n\nLimit: {LIMITS[limit]} of one client.".strip()
        )
    for status in {"429", "503"} & answers.keys():
        if path != "/ready":
            answers[status]["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}


def _say_who_may(operation: dict[str, Any], method: str, *, anybody: bool) -> None:
    """A key, or a session with the form's token where something changes; nothing where anybody may read."""
    if "security" not in operation:
        return
    session: dict[str, list[str]] = {"session": []} if method == "get" else {"session": [], "csrf": []}
    operation["security"] = [*([{}] if anybody else []), {"key": []}, session]


def _add_examples(operation: dict[str, Any], path: str, schemas: dict[str, Any]) -> None:
    for status, told in operation["responses"].items():
        for media_type, content in told.get("content", {}).items():
            if "example" in content or "examples" in content:
                continue
            if media_type == MEDIA_TYPE:
                content["example"] = problem_example(int(status), path)
            elif media_type.endswith("json") and content.get("schema", {}).get("type") != "string":
                content["example"] = example_of(content.get("schema", {}), schemas)
            else:
                content["example"] = _TEXTS.get(media_type, "…")


def _docs(request: Request) -> Response:
    """Swagger UI."""
    return render(request, "docs.html", openapi=PATH)

"""The OpenAPI document, and `/docs` that shows it: both only with ENABLE_DOCS."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from immobe.watchtower.problems import Problem
from immobe.watchtower.rendering import render

PATH = "/openapi.json"
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
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = Problem.model_json_schema()
        app.openapi_schema = made
    return app.openapi_schema


def _docs(request: Request) -> Response:
    """Swagger UI."""
    return render(request, "docs.html", openapi=PATH)

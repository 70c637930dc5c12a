"""What an action of an operator led to: JSON for programs, `outcome.html` for browsers (a part of it for htmx)."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from immobe.watchtower.problems import wants_page
from immobe.watchtower.rendering import render


def outcome(request: Request, action: str, result: BaseModel, status: int = 200) -> Response:
    """`action` as in the audit log. The template knows it, `result`, and whether it is a `fragment` of a page."""
    is_fragment = request.headers.get("hx-request") == "true"
    if is_fragment or wants_page(request):
        shown: dict[str, Any] = {"action": action, "result": result, "fragment": is_fragment}
        return render(request, "outcome.html", status, **shown)
    return JSONResponse(result.model_dump(mode="json"), status)

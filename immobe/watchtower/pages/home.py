"""`/ui`: where people arrive."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from immobe.storage.queries import counts_by_stage
from immobe.storage.users import any_user
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.rendering import render
from immobe.watchtower.security.access import Reader

router = APIRouter(include_in_schema=False)


@router.get("/ui")
def home(request: Request, backend: TheBackend, _: Reader) -> Response:
    """How much is held; to the set-up while there is no operator."""
    if not any_user(backend.engine):
        return RedirectResponse("/ui/set-up", 303)
    return render(request, "home.html", stages=counts_by_stage(backend.engine))

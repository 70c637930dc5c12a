"""`/ui/operations/audit`: what operators did, or were refused. Who and from where, operators alone are shown."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from immobe.storage import audit
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.pages.operations import cockpit
from immobe.watchtower.pages.operations_words import ACTIONS
from immobe.watchtower.security.access import Reader

router = APIRouter(include_in_schema=False)
_SHOWN = 100


@router.get("/ui/operations/audit")
def log(
    request: Request, backend: TheBackend, _: Reader, action: Annotated[str | None, Query(max_length=100)] = None
) -> Response:
    """The latest entries, of one action or of all."""
    entries = audit.entries(backend.engine, action=action or None, limit=_SHOWN)
    return cockpit(request, "audit", entries=entries, actions=ACTIONS, chosen=action or None, most=_SHOWN)

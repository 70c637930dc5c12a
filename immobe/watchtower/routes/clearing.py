"""`POST /ui/clear-listings`: empties the table of listings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from immobe.platforms import get_platform
from immobe.storage.clearing import clear_listings
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.bodies import body_of, documented
from immobe.watchtower.outcomes import outcome
from immobe.watchtower.problems import responses
from immobe.watchtower.security.access import Operator, note
from immobe.watchtower.security.limits import limited
from immobe.watchtower.wishes import KnownPlatform

router = APIRouter(tags=["operation"])
ACTION = "clear-listings"


class ClearRequest(BaseModel):
    """What to empty, and the words that confirm it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"platform": "immoweb", "confirm": "clear listings of immoweb"}]},
    )

    platform: KnownPlatform | None = None
    """One platform's; without it all."""
    confirm: str = Field("", max_length=200, description="`clear listings`, or `clear listings of <platform>`.")


class Cleared(BaseModel):
    """How many listings there were."""

    platform: str | None
    deleted: int


def confirmed(body: Annotated[ClearRequest, Depends(body_of(ClearRequest))]) -> ClearRequest:
    """Before the limit counts it. Raises HTTPException (409) without the right words, UnknownPlatform."""
    words = f"clear listings of {get_platform(body.platform).name}" if body.platform else "clear listings"
    if body.confirm.strip() != words:
        raise HTTPException(409, f"To confirm, send {words!r} as confirm.")
    return body


@router.post(
    "/ui/clear-listings",
    response_model=Cleared,
    responses=responses(400, 401, 403, 409, 415, 422, 429, 503),
    openapi_extra=documented(ClearRequest),
)
def clear(
    request: Request,
    backend: TheBackend,
    _: Operator,
    body: Annotated[ClearRequest, Depends(confirmed)],
    __: Annotated[None, Depends(limited("clear-listings"))],
) -> Response:
    """Deletes listings with their payloads and history. Runs, quarantine and queues stay. Cannot be undone."""
    deleted = clear_listings(backend.engine, body.platform)
    note(request, ACTION, {"platform": body.platform, "deleted": deleted})
    return outcome(request, ACTION, Cleared(platform=body.platform, deleted=deleted))

"""What changed on the market, over all listings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from immobe.storage.events import latest_events
from immobe.storage.search_values import Moment, Name
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.routes.api.answers import NOT_MODIFIED, answer
from immobe.watchtower.routes.api.models import EventPage
from immobe.watchtower.security.access import Reader

router = APIRouter()


class EventParameters(BaseModel):
    """Which events. A parameter that is given several times means any of its values."""

    model_config = ConfigDict(extra="forbid")

    platform: list[Name] = Field([], max_length=100)
    field: list[Name] = Field([], max_length=100, examples=[["price_eur"]])
    cause: list[Name] = Field(["market"], max_length=3, description="`first`, `market`, `correction`.")
    since: Moment | None = None
    limit: int = Field(100, ge=1, le=1000)
    cursor: int | None = Field(None, ge=0, lt=2**63, description="`next_cursor` of the page before.")


@router.get("/events", response_model=EventPage, responses=NOT_MODIFIED)
def events(
    request: Request, backend: TheBackend, _: Reader, parameters: Annotated[EventParameters, Query()]
) -> Response:
    """A page of events, the latest recorded first."""
    found = latest_events(
        backend.engine,
        platforms=parameters.platform,
        fields=parameters.field,
        causes=parameters.cause,
        since=parameters.since,
        before_id=parameters.cursor,
        limit=parameters.limit + 1,
    )
    items = found[: parameters.limit]
    following = str(items[-1]["id"]) if len(found) > parameters.limit else None
    return answer(request, {"items": items, "next_cursor": following}, next_cursor=following)

"""What changed: a feed from which a client keeps a copy of all listings."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from immobe.storage import changes as feed
from immobe.storage.changes import Cursor, StartAnew
from immobe.storage.search_values import Name
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.problems import responses
from immobe.watchtower.routes.api.answers import NOT_MODIFIED, answer
from immobe.watchtower.routes.api.fields import chosen, field_names
from immobe.watchtower.routes.api.models import ListingRecord
from immobe.watchtower.security.access import Reader

router = APIRouter()
_CURSOR = "0a1b2c3d4e5f-1200-0"


class ListingChange(BaseModel):
    """What became of a listing. `put`: it is as `listing` says, whether it was known or not. `delete`: drop it."""

    change: Literal["put", "delete"]
    platform: str
    platform_listing_id: str
    listing: ListingRecord | None


class ChangePage(BaseModel):
    """In the order in which they are to be applied."""

    items: list[ListingChange]
    next_cursor: str = Field(description="`since` of the next request; there always is one.", examples=[_CURSOR])
    more: bool = Field(description="There is more already; else ask again in a while.")


class ChangeParameters(BaseModel):
    """From where on."""

    model_config = ConfigDict(extra="forbid")

    since: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{12}-[0-9]{1,18}-[0-9]{1,18}$",
        description="`next_cursor` of the answer before, or an export's `X-Changes-Cursor`; else from the beginning.",
        examples=[_CURSOR],
    )
    platform: list[Name] = Field([], max_length=100, examples=[["immoweb"]], description="Only these, any of them.")
    fields: str | None = field_names(feed.FIELDS)
    limit: int = Field(500, ge=1, le=1000)


@router.get("/changes", response_model=ChangePage, responses={**NOT_MODIFIED, **responses(410)})
def changes(
    request: Request, backend: TheBackend, _: Reader, parameters: Annotated[ChangeParameters, Query()]
) -> Response:
    """What changed since a cursor, of listings in every stage, deletions too; each listing once, at its latest.

    Without `since` the feed begins with the whole table. 410: the cursor is of another database, or older than the
    deletions that are kept (30 days): forget the copy and begin anew.
    """
    try:
        page = feed.changes(
            backend.engine,
            Cursor.parse(parameters.since) if parameters.since else None,
            platforms=parameters.platform,
            fields=chosen(parameters.fields, feed.FIELDS),
            limit=parameters.limit,
        )
    except StartAnew:
        raise HTTPException(
            410, "This cursor leads nowhere any more: forget the copy, and begin without one."
        ) from None
    items = [
        {
            "change": "delete" if one.listing is None else "put",
            "platform": one.platform,
            "platform_listing_id": one.platform_listing_id,
            "listing": one.listing,
        }
        for one in page.changes
    ]
    return answer(request, {"items": items, "next_cursor": str(page.cursor), "more": page.more})

"""Listings: in pages, and one by one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from immobe.storage import search
from immobe.storage.history import events_of
from immobe.storage.property_pages import number_of
from immobe.storage.search_terms import SearchTerms
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.problems import responses
from immobe.watchtower.routes.api import cursors
from immobe.watchtower.routes.api.answers import NOT_MODIFIED, answer
from immobe.watchtower.routes.api.fields import chosen, field_names
from immobe.watchtower.routes.api.models import ListingPage, ListingWithHistory
from immobe.watchtower.security.access import Reader

router = APIRouter()
# Long texts, and what explains nulls, only for those who ask.
_LONG = {"description", "image_urls", "missing", "raw"}
DEFAULT_FIELDS = tuple(name for name in search.FIELDS if name not in _LONG)
Order = Literal[
    "first_seen_at", "-first_seen_at", "last_seen_at", "-last_seen_at", "days_on_market", "-days_on_market",
    "price_eur", "-price_eur", "price_per_m2_eur", "-price_per_m2_eur", "living_area_m2", "-living_area_m2",
    "land_area_m2", "-land_area_m2", "bedroom_count", "-bedroom_count", "epc_kwh_m2_year", "-epc_kwh_m2_year",
    "postal_code", "-postal_code",
]  # fmt: skip


_KEY = ("platform", "platform_listing_id")
_LINKS: dict[int | str, dict[str, Any]] = {
    200: {
        "links": {
            "listing": {
                "operationId": "listing",
                "parameters": {name: f"$response.body#/items/0/{name}" for name in _KEY},
            }
        }
    }
}


class PageParameters(SearchTerms):
    """Which listings, in which order, and what of them."""

    sort: Order = Field("-first_seen_at", description="`-` before it: downwards. What a listing lacks puts it last.")
    limit: int | None = Field(None, ge=1, le=500, description="Else WATCHTOWER_LISTINGS_PAGE_SIZE.")
    cursor: str | None = Field(None, pattern=r"^[A-Za-z0-9_-]{0,500}$", description="`next_cursor` of the page before.")
    fields: str | None = field_names(search.FIELDS, "Else all but description, image_urls, missing and raw.")
    total: bool = Field(False, description="Count the listings of all pages, up to 10,000.")


@router.get("/listings", response_model=ListingPage, responses={**_LINKS, **NOT_MODIFIED, **responses(400)})
def listings(
    request: Request, backend: TheBackend, _: Reader, parameters: Annotated[PageParameters, Query()]
) -> Response:
    """A page of listings. The first has no cursor; the last gives none."""
    asked, order = parameters.search(parameters.sort), parameters.sort
    question = parameters.query_string()
    page = search.page(
        backend.engine,
        asked,
        fields=chosen(parameters.fields, DEFAULT_FIELDS),
        limit=parameters.limit or backend.config.watchtower_listings_page_size,
        after=cursors.decode(parameters.cursor, order, question) if parameters.cursor else None,
    )
    following = cursors.encode(page.last, order, question) if page.last else None
    content: dict[str, Any] = {"items": page.rows, "next_cursor": following}
    if parameters.total:
        content["total"], content["total_is_exact"] = search.count(backend.engine, asked)
    return answer(request, content, next_cursor=following)


@router.get(
    "/listings/{platform}/{platform_listing_id}",
    operation_id="listing",
    response_model=ListingWithHistory,
    responses={**NOT_MODIFIED, **responses(404)},
)
def listing(
    request: Request,
    backend: TheBackend,
    _: Reader,
    platform: Annotated[str, Path(pattern=r"^[a-z0-9_]{1,40}$", examples=["immoweb"])],
    platform_listing_id: Annotated[str, Path(pattern=r"^[0-9A-Za-z_.:~-]{1,200}$", examples=["20820613"])],
) -> Response:
    """One listing with all its fields and its history, whatever its stage."""
    found = search.one(backend.engine, platform, platform_listing_id)
    if found is None:
        raise HTTPException(404, f"{platform} has no listing {platform_listing_id}.")
    history = [asdict(event) for event in events_of(backend.engine, platform, platform_listing_id)]
    for event in history:
        event.pop("run_id")
    number = number_of(backend.engine, platform, platform_listing_id)
    return answer(request, {"listing": found, "property_id": number, "history": history})

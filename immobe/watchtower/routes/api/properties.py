"""Properties: the dwellings behind listings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from immobe.items import Amount
from immobe.storage.property_pages import prices_of, properties_page, property_numbered
from immobe.storage.search_values import Name
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.problems import responses
from immobe.watchtower.routes.api.answers import NOT_MODIFIED, answer
from immobe.watchtower.security.access import Reader

router = APIRouter()
_MOST = 2**63 - 1
_LINKS: dict[int | str, dict[str, Any]] = {
    200: {
        "links": {"property": {"operationId": "property", "parameters": {"property_id": "$response.body#/items/0/id"}}}
    }
}


class PropertyInList(BaseModel):
    """A dwelling. Prices are those of adverts that are on the market."""

    id: int
    advert_count: int
    platforms: list[str] = Field(examples=[["immoweb", "zimmo"]])
    transaction_types: list[str] = Field(examples=[["sale"]])
    postal_code: str | None
    on_offer_count: int = Field(description="Adverts that are on the market.")
    lowest_price_eur: Amount | None
    highest_price_eur: Amount | None
    on_market_since: datetime = Field(description="The beginning of its last stay on the market.")
    days_on_market: int


class PropertyPage(BaseModel):
    """In the order of their numbers. `next_cursor` is null on the last page."""

    items: list[PropertyInList]
    next_cursor: str | None


class Advert(BaseModel):
    """A listing of the dwelling."""

    platform: str
    platform_listing_id: str
    url: str
    stage: str
    price_eur: Amount | None
    first_seen_at: datetime
    gone_at: datetime | None


class Link(BaseModel):
    """Why two listings, as in `immoweb:20820613`, are one dwelling."""

    a: str
    b: str
    score: float = Field(description="Bits of evidence: the sum of `evidence`.")
    kind: str = Field(examples=["cross_posted"], description="`cross_posted`, `doubled`, `relisted` or `returned`.")
    evidence: dict[str, Any] = Field(examples=[{"street": ["same", 9.1]}], description="{what: [how alike, bits]}.")


class Verdict(BaseModel):
    """What a person said of two listings; the last one of a pair counts."""

    a: str
    b: str
    is_same: bool
    note: str | None
    said_at: datetime


class PriceThen(BaseModel):
    """What an advert asked from then on; null: it no longer told."""

    platform: str
    platform_listing_id: str
    price_eur: Amount | None
    seen_at: datetime


class WholeProperty(BaseModel):
    """One dwelling: adverts and prices oldest first, links best first."""

    id: int
    on_market_since: datetime
    days_on_market: int
    adverts: list[Advert]
    links: list[Link]
    verdicts: list[Verdict]
    prices: list[PriceThen]


class PropertyParameters(BaseModel):
    """Which properties."""

    model_config = ConfigDict(extra="forbid")

    platform: list[Name] = Field([], max_length=100, description="With an advert on any of these.")
    min_advert_count: int = Field(1, ge=1, le=1000)
    limit: int = Field(50, ge=1, le=500)
    cursor: int | None = Field(None, ge=0, le=_MOST, description="`next_cursor` of the page before.")


@router.get("/properties", response_model=PropertyPage, responses={**_LINKS, **NOT_MODIFIED})
def properties(
    request: Request, backend: TheBackend, _: Reader, parameters: Annotated[PropertyParameters, Query()]
) -> Response:
    """A page of dwellings that listings were found to be adverts of."""
    found = properties_page(
        backend.engine,
        after=parameters.cursor or 0,
        limit=parameters.limit + 1,
        least_adverts=parameters.min_advert_count,
        platforms=parameters.platform,
    )
    items = found[: parameters.limit]
    following = str(items[-1].id) if len(found) > parameters.limit else None
    return answer(request, {"items": [one._asdict() for one in items], "next_cursor": following}, next_cursor=following)


@router.get(
    "/properties/{property_id}",
    operation_id="property",
    response_model=WholeProperty,
    responses={**NOT_MODIFIED, **responses(404)},
)
def one_property(
    request: Request, backend: TheBackend, _: Reader, property_id: Annotated[int, Path(ge=1, le=_MOST, examples=[17])]
) -> Response:
    """One dwelling. A number that turned out to be another dwelling's answers that one, with its own `id`."""
    found = property_numbered(backend.engine, property_id)
    if found is None:
        raise HTTPException(404, f"There is no property {property_id}.")
    prices = [price._asdict() for price in prices_of(backend.engine, found.adverts)]
    told = {name: getattr(found, name) for name in ("id", "on_market_since", "days_on_market")}
    rows = {name: [_row(row) for row in getattr(found, name)] for name in ("adverts", "links", "verdicts")}
    return answer(request, {**told, **rows, "prices": prices})


def _row(row: Any) -> dict[str, Any]:
    """Without our own numbers, and without the names of those who judged."""
    return {name: value for name, value in row._mapping.items() if name not in {"listing_id", "said_by"}}

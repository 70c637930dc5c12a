"""Figures of the market as it is listed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from immobe.items import Amount
from immobe.storage.queries import counts_by_stage
from immobe.storage.search_terms import SearchTerms
from immobe.storage.statistics import figures
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.routes.api.answers import NOT_MODIFIED, answer
from immobe.watchtower.security.access import Reader

router = APIRouter()


class GroupFigures(BaseModel):
    """Medians, each with the number of listings that it is taken from."""

    group: str | None = Field(examples=["namur"], description="Null: listings that do not tell.")
    transaction_type: str | None
    listing_count: int
    price_count: int
    median_price_eur: Amount | None
    price_per_m2_count: int
    median_price_per_m2_eur: Amount | None
    median_days_on_market: int | None


class Stats(BaseModel):
    """`stages` counts all listings there are; `groups` those that were asked for."""

    stages: dict[str, int]
    groups: list[GroupFigures]


class StatsParameters(SearchTerms):
    """Which listings, and how to group them."""

    by: Literal["platform", "property_type", "province", "municipality_nis", "postal_code"] = "province"


@router.get("/stats", response_model=Stats, responses=NOT_MODIFIED)
def stats(
    request: Request, backend: TheBackend, _: Reader, parameters: Annotated[StatsParameters, Query()]
) -> Response:
    """Numbers and medians by group and transaction, the largest group first."""
    groups = [asdict(group) for group in figures(backend.engine, parameters.search(), parameters.by)]
    return answer(request, {"stages": counts_by_stage(backend.engine), "groups": groups})

"""Figures of the market as it is listed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Engine
from starlette.responses import Response

from immobe.items import Amount
from immobe.storage.keeping import KEPT_SECONDS, kept
from immobe.storage.queries import counts_by_stage
from immobe.storage.search_terms import SearchTerms
from immobe.storage.statistics import figures
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.routes.api.answers import NOT_MODIFIED, answer
from immobe.watchtower.security.access import Reader

router = APIRouter()
_AGE = {"description": f"Seconds since it was counted, {KEPT_SECONDS} at most", "schema": {"type": "integer"}}
_AGED = {**NOT_MODIFIED, 200: {"headers": {"Age": _AGE}}}


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


@router.get("/stats", response_model=Stats, responses=_AGED)
def stats(
    request: Request, backend: TheBackend, _: Reader, parameters: Annotated[StatsParameters, Query()]
) -> Response:
    """Numbers and medians by group and transaction, the largest group first. `Age` says how many seconds ago."""
    counted_at, counted = _counted(backend.engine, parameters.query_string(), parameters.by)
    return answer(request, counted, counted_at=counted_at)


@kept(64)
def _counted(engine: Engine, query: str, by: str) -> tuple[datetime, dict[str, Any]]:
    """Reads all that is on the market; `query` are search terms."""
    counted_at, search = datetime.now(UTC), SearchTerms.from_query_string(query).search()
    groups = [asdict(group) for group in figures(engine, search, by)]
    return counted_at, {"stages": counts_by_stage(engine), "groups": groups}

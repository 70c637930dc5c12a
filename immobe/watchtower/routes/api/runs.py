"""Runs of the crawl: what each process did."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from immobe.storage.runs import latest_runs, silent_seconds
from immobe.storage.search_values import Name
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.routes.api.answers import NOT_MODIFIED, answer
from immobe.watchtower.security.access import Reader

router = APIRouter()


class Run(BaseModel):
    """One process's part in a run; those with the same `run_id` worked together."""

    run_id: str
    platform: str
    mode: str = Field(examples=["scout"])
    scope: str
    state: str = Field(examples=["finished"], description="`running`, `silent` (perhaps dead), or how it ended.")
    started_at: datetime
    heartbeat_at: datetime
    ended_at: datetime | None
    page_count: int
    search_page_count: int
    stored_count: int
    gone_count: int
    quarantined_count: int
    failed_count: int
    timeout_count: int
    blocked_count: int
    retry_count: int
    scout_seconds: float | None


class Runs(BaseModel):
    """Latest start first."""

    items: list[Run]


class RunParameters(BaseModel):
    """Which runs."""

    model_config = ConfigDict(extra="forbid")

    platform: Name | None = None
    limit: int = Field(50, ge=1, le=1000)


@router.get("/runs", response_model=Runs, responses=NOT_MODIFIED)
def runs(request: Request, backend: TheBackend, _: Reader, parameters: Annotated[RunParameters, Query()]) -> Response:
    """The latest processes of the crawl, on all machines."""
    silent = silent_seconds(backend.config.run_heartbeat_seconds)
    rows = latest_runs(backend.engine, platform=parameters.platform, limit=parameters.limit, silent_seconds=silent)
    return answer(request, {"items": [{name: row[name] for name in Run.model_fields} for row in rows]})

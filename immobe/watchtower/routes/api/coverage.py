"""Coverage: what is held of what the portals count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection
from starlette.responses import Response

from immobe.platforms import PLATFORMS
from immobe.storage.coverage import coverage as measured
from immobe.storage.coverage import last_scouting
from immobe.storage.faults import connected
from immobe.storage.search_values import Name
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.routes.api.answers import NOT_MODIFIED, answer
from immobe.watchtower.security.access import Reader

router = APIRouter()


class CoveredPart(BaseModel):
    """One province of one platform and transaction, since the platform's latest scouting. Counts of adverts."""

    platform: str
    transaction_type: str
    province: str
    scouted_at: datetime
    total: int | None = Field(description="As the portal counts them; null when it does not say.")
    seen: int
    held: int
    ratio: float | None = Field(ge=0, le=1)


class CoverageRows(BaseModel):
    """In the order of platform, transaction and province."""

    items: list[CoveredPart]


class CoverageParameters(BaseModel):
    """Which platforms; else all."""

    model_config = ConfigDict(extra="forbid")

    platform: list[Name] = Field([], max_length=100)


@router.get("/coverage", response_model=CoverageRows, responses=NOT_MODIFIED)
def coverage(
    request: Request, backend: TheBackend, _: Reader, parameters: Annotated[CoverageParameters, Query()]
) -> Response:
    """What is held of what each portal counts. A platform that was never scouted has no rows."""
    names = sorted(set(parameters.platform or PLATFORMS))
    with connected(backend.engine) as connection:
        rows = [row for name in names for row in _of(connection, name)]
    return answer(request, {"items": rows})


def _of(connection: Connection, platform: str) -> Iterator[dict[str, Any]]:
    latest = last_scouting(connection, platform)
    if latest is None:
        return
    for row in measured(connection, platform, latest[1]):
        yield {**asdict(row), "scouted_at": latest[1], "ratio": row.ratio}

"""`/ui/operations/runs`: crawls that are at work, and what the latest ones did."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from immobe.platforms import PLATFORMS, get_platform
from immobe.storage.runs import latest_runs, silent_seconds
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.pages.operations import cockpit, queues
from immobe.watchtower.pages.operations_words import RUN_STATES
from immobe.watchtower.security.access import Reader

router = APIRouter(include_in_schema=False)
_SHOWN = 100
COUNTS = ("stored", "gone", "failed", "quarantined", "timeout", "blocked", "retry")


@router.get("/ui/operations/runs")
def runs(
    request: Request, backend: TheBackend, _: Reader, platform: Annotated[str | None, Query(max_length=40)] = None
) -> Response:
    """Those at work with how far they are: pages done, and what their platform's queue still holds."""
    name = get_platform(platform).name if platform else None
    silent = silent_seconds(backend.config.run_heartbeat_seconds)
    rows = latest_runs(backend.engine, platform=name, limit=_SHOWN, silent_seconds=silent)
    lengths = queues(backend)["lengths"]
    return cockpit(
        request,
        "runs",
        names=sorted(PLATFORMS),
        chosen=name,
        at_work=[row | {"left": _left(lengths, row["platform"])} for row in rows if row["ended_at"] is None],
        ended=[row for row in rows if row["ended_at"] is not None],
        states=RUN_STATES,
        counts=COUNTS,
    )


def _left(lengths: dict[str, int] | None, platform: str) -> int | None:
    """Pages that wait, are in work or come later; None without Redis."""
    if lengths is None:
        return None
    return sum(lengths[name] for name in (platform, f"{platform}:in_flight", f"{platform}:delayed"))

"""`/api/v1`: what is held, for programs. One concept a module; each has a `router`."""

from __future__ import annotations

from fastapi import APIRouter

from immobe.watchtower.problems import responses
from immobe.watchtower.routes.api import (
    changes,
    coverage,
    events,
    exports,
    listings,
    properties,
    runs,
    saved_searches,
    stats,
)

router = APIRouter(prefix="/api/v1", tags=["api"], responses=responses(401, 422, 503))
for _module in (listings, exports, changes, properties, events, stats, runs, coverage, saved_searches):
    router.include_router(_module.router)

"""`GET /health`: the process answers."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

router = APIRouter(tags=["operation"])


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"] = "ok"


@router.get("/health")
async def health() -> Health:
    """Liveness: asks no other service. `/ready` does."""
    return Health()

"""Routes for programs, one concept a module; each has a `router`."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter

from immobe.config import Config
from immobe.watchtower.routes import api, clearing, detect, feeds, health, metrics, ready, scouts, scrapes


def routers(config: Config) -> Iterator[APIRouter]:
    """All of them, as configured."""
    for module in (health, ready, metrics, detect, scouts, scrapes, clearing, feeds, api):
        yield module.router

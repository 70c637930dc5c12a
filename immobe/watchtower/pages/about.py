"""`/ui/about`: what Immo-Bé is, which portals it reads and by which rules, where its data comes from."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, Request
from starlette.responses import Response

from immobe.platforms import PLATFORMS
from immobe.platforms.base import Evidence
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.pages.about_words import PORTALS
from immobe.watchtower.rendering import render
from immobe.watchtower.security.access import Visitor

router = APIRouter(include_in_schema=False)


@router.get("/ui/about")
def about(request: Request, backend: TheBackend, _: Visitor) -> Response:
    """For everybody, also where reading takes a credential: portals and people must be able to ask who we are."""
    config = backend.config
    return render(
        request,
        "about/about.html",
        portals=[(PLATFORMS[name], PORTALS.get(name)) for name in sorted(PLATFORMS)],
        captured=Evidence.CAPTURED,
        contact=config.crawler_contact,
        user_agent=config.user_agent,
        delay_seconds=config.crawler_download_delay,
        robots_hours=config.robots_ttl / 3600,
        longest_pause_hours=config.block_longest_pause / 3600,
        quiet_hours=config.quiet_hours,
        replica=config.replica_url,
        version=version("immobe"),
    )

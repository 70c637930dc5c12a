"""`/ui/operations/actions`: forms for what operators start. The routes that do it are those for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from immobe.platforms import PLATFORMS
from immobe.storage.platform_figures import listing_counts
from immobe.storage.saved_scopes import saved_scopes
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.pages.operations import cockpit
from immobe.watchtower.pages.operations_words import limit_of
from immobe.watchtower.security.access import Reader
from immobe.watchtower.security.limits import CLEAR_LISTINGS, MANUAL_SCRAPE, RUN_SCOUTS

router = APIRouter(include_in_schema=False)


@router.get("/ui/operations/actions")
def actions(
    request: Request,
    backend: TheBackend,
    _: Reader,
    url: Annotated[str, Query(max_length=2000)] = "",
    clear: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """Run scouts, read one advert (`url`), clear listings (of the portal `clear`)."""
    held = listing_counts(backend.engine)
    limits = {"scouts": RUN_SCOUTS, "scrape": MANUAL_SCRAPE, "clear": CLEAR_LISTINGS}
    return cockpit(
        request,
        "actions",
        names=sorted(PLATFORMS),
        scopes=sorted({**saved_scopes(backend.engine), **backend.config.saved_scopes}),
        held=held,
        url=url,
        clear=clear if clear in PLATFORMS else "",
        limits={name: limit_of(limit) for name, limit in limits.items()},
        through="scrapyd" if backend.config.scrapyd_url else "pool",
    )

"""`POST /ui/manual-scrape`: one listing, before all others; and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Self

import structlog
from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.exceptions import HTTPException
from starlette.responses import Response

from immobe.errors import ServiceError, UnknownPlatform
from immobe.observability.correlation import current_fields, new_correlation_id
from immobe.platforms import get_platform
from immobe.storage import audit, visits
from immobe.storage.audit import AuditEntry
from immobe.storage.faults import connected
from immobe.storage.runs import open_runs, silent_seconds
from immobe.storage.visits import Visits
from immobe.watchtower import progress, queueing
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.bodies import body_of, documented
from immobe.watchtower.crawls import CrawlOrder, Launcher
from immobe.watchtower.detection import Detected, detect
from immobe.watchtower.outcomes import outcome
from immobe.watchtower.problems import responses
from immobe.watchtower.security.access import Operator, note
from immobe.watchtower.security.limits import limited
from immobe.watchtower.wishes import KnownPlatform, ListingUrl, one_of

router = APIRouter(tags=["operation"])
_log = structlog.get_logger(__name__)
ACTION = "manual-scrape"
OrderNumber = Annotated[int, Path(ge=1, le=2**63 - 1, examples=[12])]
_UNDER_WAY = {"waiting", "queued"}
_ITS_NUMBER = {"scrape_id": "$response.body#/id"}
_LINKS: dict[int | str, dict[str, Any]] = {
    202: {
        "links": {
            "outcome": {"operationId": "scrape_outcome", "parameters": _ITS_NUMBER},
            "events": {"operationId": "scrape_events", "parameters": _ITS_NUMBER},
        }
    }
}
# A crawl for one page: it takes few others, and gives them back.
_ONE_PAGE = {"CONCURRENT_REQUESTS": "1", "CLOSESPIDER_ITEMCOUNT": "1", "CLOSESPIDER_TIMEOUT": "300"}


class ScrapeRequest(BaseModel):
    """A listing by its URL, or by platform and id when we know it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"platform": "immoweb", "platform_listing_id": "20820613"}],
            "oneOf": one_of(
                {"url": {"type": "string"}},
                {"platform": {"type": "string"}, "platform_listing_id": {"type": "string"}},
            ),
        },
    )

    url: ListingUrl | None = None
    platform: KnownPlatform | None = None
    platform_listing_id: str | None = Field(None, max_length=200)

    @model_validator(mode="after")
    def _a_listing(self) -> Self:
        by_id = self.platform is not None and self.platform_listing_id is not None
        if by_id == (self.url is not None):
            raise ValueError("give url, or platform and platform_listing_id")
        return self


class Scrape(BaseModel):
    """An order to scrape one listing. `state`:

    `waiting`: nobody has taken it; `queued`: a crawl has it, its turn comes or it is being fetched; then what came of
    the page: `stored`, `unchanged`, `rejected`, `gone`, `failed`.
    """

    id: int
    state: str = Field(examples=["waiting"])
    platform: str
    platform_listing_id: str
    url: str
    requested_at: datetime
    crawls: int
    """Crawls of the platform that take listings, now; one was started when there was none."""
    reasons: list[str] = []
    """Why it is rejected, gone or failed."""
    correlation_id: str | None = None


def _listing_of(backend: TheBackend, body: Annotated[ScrapeRequest, Depends(body_of(ScrapeRequest))]) -> Detected:
    """Before the limit counts it. Raises UnknownPlatform for what is no listing, HTTPException (404)."""
    if body.url is not None:
        found = detect(body.url)
        if not found.platform_listing_id:
            raise UnknownPlatform(f"no URL of a listing: {body.url}")
        return found
    platform, listing_id = get_platform(body.platform or "").name, body.platform_listing_id or ""
    known = visits.visits_of(backend.engine, platform, listing_id)
    if known is None:
        raise HTTPException(404, f"{platform} has no listing {listing_id}.")
    return Detected(known.url, platform, known.url, listing_id)


@router.post(
    "/ui/manual-scrape",
    response_model=Scrape,
    status_code=202,
    responses={**_LINKS, **responses(400, 401, 403, 404, 415, 422, 429, 503)},
    openapi_extra=documented(ScrapeRequest),
)
def manual_scrape(
    request: Request,
    backend: TheBackend,
    _: Operator,
    listing: Annotated[Detected, Depends(_listing_of)],
    __: Annotated[None, Depends(limited("manual-scrape"))],
) -> Response:
    """Puts the listing at the head of its platform's queue, and starts a crawl for it when none is at work.

    `GET /ui/manual-scrape/{id}` tells what became of it.
    """
    correlation_id = current_fields().get("correlation_id") or new_correlation_id()
    pushed = queueing.message(listing.canonical_url or listing.url, correlation_id, queueing.HEAD_PRIORITY)
    requested_at = visits.database_now(backend.engine)
    queueing.push_first(backend, listing.platform, pushed)
    if _crawls(backend, listing.platform) == 0:
        _start_one(request.app.state.launcher, listing.platform)
    told = {
        "platform": listing.platform,
        "platform_listing_id": listing.platform_listing_id,
        "url": listing.canonical_url,
        "message": pushed,
        "requested_at": requested_at.isoformat(),
    }
    number = note(request, ACTION, told)
    return outcome(request, ACTION, _scrape(backend, number), 202)


@router.get(
    "/ui/manual-scrape/{scrape_id}",
    response_model=Scrape,
    operation_id="scrape_outcome",
    responses=responses(401, 403, 404, 422, 503),
)
def scrape_outcome(request: Request, backend: TheBackend, _: Operator, scrape_id: OrderNumber) -> Response:
    """What became of an order, so far."""
    return outcome(request, ACTION, _scrape(backend, scrape_id))


@router.get(
    "/ui/manual-scrape/{scrape_id}/events",
    operation_id="scrape_events",
    response_class=Response,
    responses={**progress.documented("the order"), **responses(401, 403, 404, 422, 503)},
)
def scrape_events(backend: TheBackend, _: Operator, scrape_id: OrderNumber) -> Response:
    """The order as server-sent events, until it is known what became of it; for ten minutes at most."""
    return progress.follow(lambda: _scrape(backend, scrape_id), lambda scrape: scrape.state not in _UNDER_WAY)


def _start_one(launcher: Launcher, platform: str) -> None:
    """When that fails the listing waits for the next crawl: it is queued."""
    try:
        launcher.start(CrawlOrder(platform, "harvest", settings=_ONE_PAGE))
    except ServiceError as error:
        _log.error("No crawl could be started for a listing", platform=platform, error=str(error))


def _crawls(backend: Backend, platform: str) -> int:
    with connected(backend.engine) as connection:
        found = open_runs(connection, silent_seconds(backend.config.run_heartbeat_seconds))
    return sum(count for (name, mode), count in found.items() if name == platform and mode != "scout")


def _scrape(backend: Backend, scrape_id: int) -> Scrape:
    entry = audit.entry(backend.engine, scrape_id, ACTION)
    if entry is None:
        raise HTTPException(404, "There is no such order.")
    platform, listing_id = entry.details["platform"], entry.details["platform_listing_id"]
    requested_at = datetime.fromisoformat(entry.details["requested_at"])
    found = visits.visits_of(backend.engine, platform, listing_id)
    state, reason = _came_of(found, requested_at) or (_still(backend, entry), "")
    reasons = visits.refusals_of(backend.engine, platform, listing_id) if state == "rejected" else [reason]
    return Scrape(
        id=scrape_id,
        state=state,
        platform=platform,
        platform_listing_id=listing_id,
        url=entry.details["url"],
        requested_at=requested_at,
        crawls=_crawls(backend, platform),
        reasons=[reason for reason in reasons if reason],
        correlation_id=entry.correlation_id,
    )


def _came_of(found: Visits | None, since: datetime) -> tuple[str, str] | None:
    """(state, reason) by the first time that lies after the order; None when there is none yet."""
    if found is None:
        return None
    times = (
        ("stored", found.scraped_at, ""),
        ("unchanged", found.unchanged_at, ""),
        ("rejected", found.rejected_at, ""),
        ("gone", found.gone_at, found.gone_evidence or ""),
        ("failed", found.failed_at, found.failure or ""),
    )
    return next(((state, reason) for state, at, reason in times if at is not None and at >= since), None)


def _still(backend: Backend, entry: AuditEntry) -> str:
    waits = queueing.is_waiting(backend, entry.details["platform"], entry.details["message"])
    return "waiting" if waits else "queued"

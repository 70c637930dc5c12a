"""`POST /ui/run-scouts`: crawls of search pages, now."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import structlog
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from immobe.crawling.scopes import parse_scope
from immobe.errors import ScopeError, ServiceError
from immobe.platforms import PLATFORMS, get_platform
from immobe.storage.saved_scopes import saved_scopes
from immobe.watchtower import progress
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.bodies import body_of, documented
from immobe.watchtower.crawls import CrawlOrder, Job, Launcher
from immobe.watchtower.outcomes import outcome
from immobe.watchtower.problems import responses
from immobe.watchtower.security.access import Operator, note
from immobe.watchtower.security.limits import limited
from immobe.watchtower.wishes import KnownPlatform, ScopeText

router = APIRouter(tags=["operation"])
_log = structlog.get_logger(__name__)


class ScoutRequest(BaseModel):
    """Which portals, and which part of the market; nothing named is all of it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"platforms": ["immoweb"], "scope": "transaction=sale province=namur"}]},
    )

    platforms: list[KnownPlatform] = Field(default_factory=list, max_length=100)
    scope: ScopeText = Field("", description="As `-a scope=` takes it; `@name` is a saved one.")


class StartedJob(BaseModel):
    """A crawl that was taken, or why it was not."""

    platform: str
    job: str | None = None
    state: str
    """`started`, `waiting` for others to end, `ended`, or `refused`."""
    through: str
    """`scrapyd`, or `pool`: processes of Watchtower's own."""
    exit_code: int | None = None


class StartedJobs(BaseModel):
    """One a platform."""

    jobs: list[StartedJob]


def _understood(backend: Backend, scope: str) -> str:
    """The scope's own text, that of a saved one for `@name`. Raises ScopeError for what no spider would take."""
    text = scope.strip()
    if text.startswith("@"):
        known = {**saved_scopes(backend.engine), **backend.config.saved_scopes}
        if text[1:] not in known:
            raise ScopeError(f"scope: no saved scope is called {text[1:]!r}")
        text = known[text[1:]]
    parse_scope(text)
    return text


class Asked(NamedTuple):
    """A request that can be carried out."""

    platforms: list[str]
    scope: str


def asked_for(backend: TheBackend, body: Annotated[ScoutRequest, Depends(body_of(ScoutRequest))]) -> Asked:
    """Before the limit counts it. Raises UnknownPlatform, ScopeError."""
    platforms = [get_platform(name).name for name in body.platforms] or list(PLATFORMS)
    return Asked(list(dict.fromkeys(platforms)), _understood(backend, body.scope))


@router.post(
    "/ui/run-scouts",
    response_model=StartedJobs,
    status_code=202,
    responses=responses(400, 401, 403, 415, 422, 429, 503),
    openapi_extra=documented(ScoutRequest, required=False),
)
def run_scouts(
    request: Request,
    backend: TheBackend,
    _: Operator,
    asked: Annotated[Asked, Depends(asked_for)],
    __: Annotated[None, Depends(limited("run-scouts"))],
) -> Response:
    """Starts a scout of each platform: through Scrapyd when SCRAPYD_URL is set, else as processes of our own.

    503 when none could be started.
    """
    launcher: Launcher = request.app.state.launcher
    jobs = [_start(launcher, CrawlOrder(name, "scout", asked.scope)) for name in asked.platforms]
    refused = [job.platform for job in jobs if job.state == "refused"]
    told = {"platforms": asked.platforms, "scope": asked.scope, "refused": refused or None}
    note(request, "run-scouts", told, outcome="failed" if refused else "done")
    if len(refused) == len(jobs):
        raise ServiceError("Scouts: none could be started")
    return outcome(request, "run-scouts", StartedJobs(jobs=jobs), 202)


@router.get("/ui/run-scouts", response_model=StartedJobs, responses=responses(401, 403))
def scout_jobs(request: Request, _: Operator) -> StartedJobs:
    """What this process has started, the latest last; with Scrapyd nothing: ask there, or `/api/v1/runs`."""
    launcher: Launcher = request.app.state.launcher
    return StartedJobs(jobs=[_shown(job) for job in launcher.jobs()])


@router.get(
    "/ui/run-scouts/events",
    response_class=Response,
    responses={**progress.documented("the jobs"), **responses(401, 403, 503)},
)
def scout_events(request: Request, _: Operator) -> Response:
    """The jobs as server-sent events, until all have ended; for ten minutes at most."""
    return progress.follow(
        lambda: scout_jobs(request, _), lambda started: all(job.state == "ended" for job in started.jobs)
    )


def _start(launcher: Launcher, order: CrawlOrder) -> StartedJob:
    try:
        return _shown(launcher.start(order))
    except ServiceError as error:
        _log.error("A scout could not be started", platform=order.platform, error=str(error))
        return StartedJob(platform=order.platform, state="refused", through="")


def _shown(job: Job) -> StartedJob:
    return StartedJob(platform=job.platform, job=job.job, state=job.state, through=job.through, exit_code=job.exit_code)

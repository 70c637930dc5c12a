"""`POST /detect`: what URLs are to us. No host is asked anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from immobe.errors import UnknownPlatform
from immobe.items import DetectedListing
from immobe.observability.correlation import current_fields, new_correlation_id
from immobe.storage.visits import database_now, stages_of
from immobe.storage.writer import ListingWriter
from immobe.watchtower import queueing
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.bodies import Flag, body_of, documented
from immobe.watchtower.detection import LONGEST_URL, Detected, detect, urls_in
from immobe.watchtower.problems import responses
from immobe.watchtower.security.access import Credential, may_operate, note
from immobe.watchtower.security.limits import limited
from immobe.watchtower.wishes import PortalUrl, one_of

router = APIRouter(tags=["operation"])
MOST_URLS = 1000
_EXAMPLE = "https://www.immoweb.be/en/classified/house/for-sale/namur/5000/20820613"


class DetectRequest(BaseModel):
    """One URL, several, or a text (an HTML page too) whose URLs are looked at."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"url": _EXAMPLE, "queue": True}],
            "oneOf": one_of(
                {"url": {"type": "string"}},
                {"urls": {"type": "array", "minItems": 1}},
                {"text": {"type": "string"}},
            ),
        },
    )

    url: PortalUrl | None = None
    urls: list[str] = Field(default_factory=list, max_length=MOST_URLS)
    text: str | None = None
    queue: Flag = False
    """Queue listings that are new. Takes the scope operate."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if sum((self.url is not None, bool(self.urls), self.text is not None)) != 1:
            raise ValueError("give one of url, urls and text")
        return self


class Detection(BaseModel):
    """What a URL is to us. Without id it is no listing's."""

    url: str
    platform: str | None = None
    canonical_url: str | None = None
    platform_listing_id: str | None = None
    known: bool = False
    """We have heard of the listing."""
    stage: str | None = Field(None, description="How far we are with a known listing.", examples=["scraped"])
    queued: bool = False
    error: str | None = None
    """Among several URLs: why this one is refused."""


class Detections(BaseModel):
    """In the order given, each URL once."""

    results: list[Detection]


@router.post(
    "/detect",
    response_model=Detection | Detections,
    responses=responses(400, 401, 403, 415, 422, 429, 503),
    openapi_extra=documented(DetectRequest),
)
def detect_urls(
    request: Request,
    backend: TheBackend,
    actor: Credential,
    body: Annotated[DetectRequest, Depends(body_of(DetectRequest))],
    _: Annotated[None, Depends(limited("detect"))],
) -> Detection | Detections:
    """Platform, canonical URL and id of each URL, and whether we know the listing. URLs of unknown hosts are refused.

    For one `url` a single object; for `urls` and `text` a list, in which a refused URL has an `error` (those of a text
    that are no portal's are left out). URLs of portals that became another one answer that one, without an id.
    """
    if body.queue:
        may_operate(actor)
    if body.url is not None:
        detections = _looked_up(backend, [detect(body.url)])
    else:
        several = body.urls or urls_in(body.text or "")[:MOST_URLS]
        detections = _looked_up(backend, _each(several, refuse=bool(body.urls)))
    if body.queue:
        _queue_new(request, backend, detections)
    return detections[0] if body.url is not None else Detections(results=detections)


def _each(urls: Iterable[str], *, refuse: bool) -> Iterable[Detected | Detection]:
    for url in dict.fromkeys(urls):
        try:
            yield detect(url)
        except UnknownPlatform as error:
            if refuse:
                yield Detection(url=url[:LONGEST_URL], error=str(error))


def _looked_up(backend: Backend, found: Iterable[Detected | Detection]) -> list[Detection]:
    found = list(found)
    keys = {_key(one) for one in found if isinstance(one, Detected) and one.platform_listing_id}
    stages = stages_of(backend.engine, keys) if keys else {}
    return [one if isinstance(one, Detection) else _detection(one, stages.get(_key(one))) for one in found]


def _key(found: Detected) -> tuple[str, str]:
    return found.platform, found.platform_listing_id or ""


def _detection(found: Detected, stage: str | None) -> Detection:
    return Detection(
        url=found.url,
        platform=found.platform,
        canonical_url=found.canonical_url,
        platform_listing_id=found.platform_listing_id,
        known=stage is not None,
        stage=stage,
    )


def _queue_new(request: Request, backend: Backend, detections: list[Detection]) -> None:
    """First the queue, then the rows: a listing that is known without being queued would never be fetched."""
    correlation_id = current_fields().get("correlation_id")
    messages: defaultdict[str, list[str]] = defaultdict(list)
    rows: dict[tuple[str, str], DetectedListing] = {}
    seen_at = database_now(backend.engine)
    for one in detections:
        if one.known or not (one.platform and one.platform_listing_id and one.canonical_url):
            continue
        key, of_page = (one.platform, one.platform_listing_id), correlation_id or new_correlation_id()
        if key not in rows:
            messages[one.platform].append(queueing.message(one.canonical_url, of_page))
            rows[key] = DetectedListing(*key, one.canonical_url, seen_at, of_page)
        one.queued = True
    for platform, of_platform in messages.items():
        queueing.push_last(backend, platform, of_platform)
    if rows:
        ListingWriter(backend.engine).write(list(rows.values()))
        note(request, "queue-listings", {platform: len(some) for platform, some in messages.items()})

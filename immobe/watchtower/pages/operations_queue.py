"""`/ui/operations/queue`: what waits for each platform, and the pages that were given up."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from immobe.crawling.keys import queue_of
from immobe.crawling.leases_dead import DeadLetter, DeadLetters
from immobe.errors import ServiceError
from immobe.platforms import PLATFORMS, get_platform
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.pages.operations import cockpit, queues
from immobe.watchtower.security.access import Operator, Reader, note

router = APIRouter(include_in_schema=False)
PAGE_SIZE = 50
Platform = Annotated[str | None, Query(max_length=40)]


@router.get("/ui/operations/queue")
def queue(
    request: Request,
    backend: TheBackend,
    _: Reader,
    platform: Platform = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    done: Annotated[str | None, Query(pattern=r"^(requeued|dropped)-[0-9]{1,9}-[0-9]{1,9}$")] = None,
) -> Response:
    """Dead letters are those of one platform: the one asked for, else the first that has some."""
    found = queues(backend)
    dead = {name: (found["lengths"] or {}).get(f"{name}:dead_letter", 0) for name in sorted(PLATFORMS)}
    chosen = get_platform(platform).name if platform else next((name for name in dead if dead[name]), None)
    return cockpit(
        request,
        "queue",
        queues=found,
        names=sorted(PLATFORMS),
        dead=dead,
        chosen=chosen,
        letters=_letters(backend, chosen, page) if chosen and found["lengths"] is not None else [],
        page=page,
        page_size=PAGE_SIZE,
        done=_told(done),
    )


@router.post("/ui/operations/queue/{platform}/{what}")
def change(
    request: Request,
    backend: TheBackend,
    _: Operator,
    platform: str,
    what: Literal["requeue", "drop"],
    letter: Annotated[list[str] | None, Form(max_length=1000)] = None,
    every: Annotated[bool, Form()] = False,
) -> Response:
    """Queues dead letters again with no attempts counted, or drops them for good: those named, or all of them."""
    name = get_platform(platform).name
    if not letter and not every:
        raise HTTPException(422, "No dead letter was chosen.")
    chosen = None if every else letter

    def act(redis: Any) -> list[str]:
        letters = DeadLetters(queue_of(redis, name))
        return letters.requeue(chosen) if what == "requeue" else letters.drop(chosen)

    changed = backend.ask_redis(act)
    left = 0 if chosen is None else len(set(chosen) - set(changed))
    told = {"platform": name, "letters": len(changed), "left": left or None}
    note(request, f"{what}-dead-letters", told)
    did = "requeued" if what == "requeue" else "dropped"
    return RedirectResponse(f"/ui/operations/queue?platform={name}&done={did}-{len(changed)}-{left}#dead", 303)


def _told(done: str | None) -> tuple[str, int, int] | None:
    """(what was done, with how many, with how many not)."""
    if done is None:
        return None
    what, count, left = done.split("-")
    return what, int(count), int(left)


def _letters(backend: Backend, platform: str, page: int) -> list[dict[str, Any]]:
    """The newest first."""
    start = (page - 1) * PAGE_SIZE
    try:
        found = backend.ask_redis(lambda redis: DeadLetters(queue_of(redis, platform)).page(start, PAGE_SIZE))
    except ServiceError:
        return []
    return [_shown(letter) for letter in found]


def _shown(letter: DeadLetter) -> dict[str, Any]:
    try:
        url = str(json.loads(letter.payload)["url"])
    except (ValueError, KeyError, TypeError):
        url = letter.payload[:200].decode("utf-8", "replace")
    died = datetime.fromtimestamp(letter.died_ms / 1000, UTC)
    return {"id": letter.id, "url": url, "reason": letter.reason, "died": died, "usable": letter.score is not None}

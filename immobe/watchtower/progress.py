"""The progress of long actions as server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html.

`progress` has the state whenever it is another one, as JSON; `end` has the last one, and the client closes. While
nothing changes, a comment says that the connection lives. Without `end` the time was up: browsers ask again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncGenerator, Callable
from http import HTTPStatus
from typing import Any, TypeVar

import anyio
import structlog
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from immobe.errors import ServiceError
from immobe.watchtower.streams import Stream

M = TypeVar("M", bound=BaseModel)
AT_ONCE = 20
"""Followers of one process."""
LOOK_SECONDS, HEARTBEAT_SECONDS, LONGEST_SECONDS = 0.5, 15.0, 600.0
MEDIA_TYPE = "text/event-stream"
_EVENT = {
    "type": "object",
    "properties": {"event": {"enum": ["progress", "end"]}, "data": {"type": "string"}, "retry": {"type": "integer"}},
}
_RETRY_MILLISECONDS = 3000
_log = structlog.get_logger(__name__)
_free = threading.BoundedSemaphore(AT_ONCE)


def documented(state: str) -> dict[int | str, dict[str, Any]]:
    """For a route's OpenAPI; `state` names what the events have."""
    example = 'event: progress\ndata: {"state":"queued"}\n\nevent: end\ndata: {"state":"stored"}\n\n'
    content = {MEDIA_TYPE: {"itemSchema": _EVENT, "example": example}}
    return {200: {"description": f"Events `progress` and `end`, each with {state} as JSON.", "content": content}}


def follow(look: Callable[[], M], is_over: Callable[[M], bool]) -> Response:
    """Looks again and again, in threads. What the first look raises is the answer; so is 503 for too many."""
    if not _free.acquire(blocking=False):
        phrase = f"{AT_ONCE} others are following already."
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, phrase, {"Retry-After": "10"})
    try:
        first = look()
    except BaseException:
        _free.release()
        raise
    return Stream(_events(first, look, is_over), MEDIA_TYPE, {"Cache-Control": "no-store"}, _free.release)


async def _events(first: M, look: Callable[[], M], is_over: Callable[[M], bool]) -> AsyncGenerator[bytes, None]:
    ends = time.monotonic() + LONGEST_SECONDS
    yield format_sse_event(retry=_RETRY_MILLISECONDS)
    state, told = first, ""
    said_at = time.monotonic()
    while time.monotonic() < ends:
        now = state.model_dump_json()
        if is_over(state):
            yield format_sse_event(event="end", data_str=now)
            return
        if now != told:
            yield format_sse_event(event="progress", data_str=now)
            told, said_at = now, time.monotonic()
        elif time.monotonic() - said_at > HEARTBEAT_SECONDS:
            yield KEEPALIVE_COMMENT
            said_at = time.monotonic()
        await anyio.sleep(LOOK_SECONDS)
        state = await _looked(look, state)


async def _looked(look: Callable[[], M], before: M) -> M:
    """What there is now; while a service is down, what there was."""
    try:
        return await run_in_threadpool(look)
    except ServiceError as error:
        _log.warning("Progress cannot be looked at", error=str(error))
        return before

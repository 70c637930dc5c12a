"""`/ui/operations/quarantine`: pages that could not be used, why, and another try."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from immobe.market.quarantine import Retried, quarantined
from immobe.market.quarantine import retry as try_again
from immobe.observability.correlation import current_fields, new_correlation_id
from immobe.platforms import PLATFORMS, get_platform
from immobe.storage.queries import quarantine_reasons
from immobe.watchtower import queueing
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.pages.operations import cockpit
from immobe.watchtower.security.access import Operator, Reader, note

router = APIRouter(include_in_schema=False)
_SHOWN, _REASONS, _MOST_CHARACTERS = 50, 30, 100_000
RecordId = Annotated[int, Query(ge=1, lt=2**63)]


@router.get("/ui/operations/quarantine")
def quarantine(
    request: Request,
    backend: TheBackend,
    _: Reader,
    platform: Annotated[str | None, Query(max_length=40)] = None,
    reason: Annotated[str | None, Query(max_length=500)] = None,
    done: Annotated[str | None, Query(pattern="^(stored|to_fetch)$")] = None,
) -> Response:
    """How often each reason was met, and the newest records."""
    name = get_platform(platform).name if platform else None
    reasons = quarantine_reasons(backend.engine, platform=name)
    return cockpit(
        request,
        "quarantine",
        names=sorted(PLATFORMS),
        chosen=name,
        reason=reason or None,
        reasons=dict(list(reasons.items())[:_REASONS]),
        records=quarantined(backend.engine, platform=name, reason=reason or None, limit=_SHOWN),
        most=_SHOWN,
        done=done,
    )


@router.get("/ui/operations/quarantine/{number}")
def record(request: Request, backend: TheBackend, _: Reader, number: int) -> Response:
    """One record whole."""
    return _record(request, backend, number)


@router.post("/ui/operations/quarantine/{number}/retry")
def retry(request: Request, backend: TheBackend, _: Operator, number: int) -> Response:
    """Maps the object again with the present mapper; a page is queued to be fetched again."""
    found = quarantined(backend.engine, ids=[_known(number)])
    if not found:
        raise HTTPException(404, "There is no such record in quarantine.")
    [result] = try_again(backend.engine, found)
    if result.outcome == "to_fetch":
        correlation_id = current_fields().get("correlation_id") or new_correlation_id()
        queueing.push_last(backend, result.record.platform, [queueing.message(result.record.url, correlation_id)])
    told = {"record": number, "platform": result.record.platform, "came": result.outcome}
    note(request, "retry-quarantine", told, outcome="refused" if result.outcome == "refused" else "done")
    if result.outcome == "refused":
        return _record(request, backend, number, result)
    return RedirectResponse(f"/ui/operations/quarantine?done={result.outcome}", 303)


def _record(request: Request, backend: Backend, number: int, tried: Retried | None = None) -> Response:
    found = quarantined(backend.engine, ids=[_known(number)])
    if not found:
        raise HTTPException(404, "There is no such record in quarantine.")
    payload = found[0].payload
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False, indent=2)
    shown, is_cut = text[:_MOST_CHARACTERS], len(text) > _MOST_CHARACTERS
    return cockpit(request, "record", record=found[0], text=shown, is_cut=is_cut, tried=tried)


def _known(number: int) -> int:
    """Numbers that PostgreSQL does not have are nobody's."""
    if not 0 < number < 2**63:
        raise HTTPException(404, "There is no such record in quarantine.")
    return number

"""`/ui/operations/monitors`: what is not as usual; scheduled jobs and the age of backups."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from immobe.scheduling.backups import KINDS, newest_backups
from immobe.scheduling.records import standings
from immobe.storage import monitoring
from immobe.storage.faults import connected
from immobe.storage.restoring import restore as put_back
from immobe.storage.restoring import run_named
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.pages.operations import cockpit
from immobe.watchtower.pages.operations_words import JOB_STATES
from immobe.watchtower.security.access import Operator, Reader, note

router = APIRouter(include_in_schema=False)


@router.get("/ui/operations/monitors")
def monitors(
    request: Request,
    backend: TheBackend,
    _: Reader,
    closed: bool = False,
    done: Annotated[str | None, Query(pattern=r"^(accepted|restored)-[0-9]{1,9}$")] = None,
) -> Response:
    """Open alerts, with `closed` also those that are over."""
    with connected(backend.engine) as connection:
        alerts = monitoring.alerts(connection, closed=closed, limit=100)
    what, _dash, count = (done or "").partition("-")
    return cockpit(request, "monitors", alerts=alerts, closed=closed, done=what, done_count=int(count or 0))


@router.get("/ui/operations/schedule")
def schedule(request: Request, backend: TheBackend, _: Reader) -> Response:
    """Each job's last run, how it ended, when it is due; the newest dump of each kind that this machine sees."""
    with connected(backend.engine) as connection:
        jobs = standings(connection, backend.config.schedule_off)
    backups = newest_backups(backend.config)
    return cockpit(request, "schedule", jobs=jobs, states=JOB_STATES, kinds=KINDS, backups=backups)


@router.post("/ui/operations/monitors/{alert}/accept")
def accept(request: Request, backend: TheBackend, _: Operator, alert: int) -> Response:
    """Closes an alert: it is so from now on, and earlier runs are no measure any more."""
    found = []
    if 0 < alert < 2**63:
        with connected(backend.engine, writes=True) as connection:
            found = monitoring.accept_alerts(connection, [alert], monitoring.now(connection))
    if not found:
        raise HTTPException(404, "There is no such open alert.")
    note(request, "accept-alerts", {"alert": alert, "platform": found[0].platform, "field": found[0].field})
    return RedirectResponse("/ui/operations/monitors?done=accepted-1", 303)


@router.post("/ui/operations/monitors/restore")
def restore(
    request: Request, backend: TheBackend, _: Operator, run: Annotated[str, Form(min_length=8, max_length=64)]
) -> Response:
    """Puts back what a run has replaced in the fields that it was found to read wrongly."""
    with connected(backend.engine, writes=True) as connection:
        run_id = run_named(connection, run)
        done = put_back(connection, run_id) if run_id is not None else None
    if done is None:
        raise HTTPException(404, "There is no such run, or its measures are no longer kept.")
    note(request, "restore-run", {"run": run_id, "fields": dict(done)})
    return RedirectResponse(f"/ui/operations/monitors?done=restored-{sum(done.values())}", 303)

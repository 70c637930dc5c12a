"""What became of scheduled jobs: the table `schedule_runs`, by PostgreSQL's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from immobe.scheduling.clock import latest_overdue, next_due
from immobe.scheduling.jobs import JOBS, Job
from immobe.storage.run_models import ScheduleRunRow

KILLED = -9
_KEPT_DAYS = 400  # of a monthly job, too, some runs are there to compare
_LONGEST = timedelta(days=1)
_runs = ScheduleRunRow.__table__.c
State = Literal["off", "never", "running", "missed", "failed", "ok"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands."""

    job: Job
    state: State
    """`missed`: it was due, and did not start. `never`: it has not been due since the first job ever ran here."""
    next_due: datetime
    missed_since: datetime | None = None
    last_started: datetime | None = None
    last_ended: datetime | None = None
    exit_code: int | None = None
    """Of the latest run; None while it runs. Negative: the signal that ended it."""
    last_success: datetime | None = None


def begin(connection: Connection, job: Job, host: str) -> int:
    """A new record's id. The caller holds the job's lock on this host: runs of it that are still open were killed."""
    connection.execute(
        update(ScheduleRunRow)
        .where(_runs.job == job.name, _runs.host == host, _runs.ended_at.is_(None))
        .values(ended_at=func.now(), exit_code=KILLED)
    )
    old = func.now() - timedelta(days=_KEPT_DAYS)
    connection.execute(delete(ScheduleRunRow).where(_runs.job == job.name, _runs.started_at < old))
    row = {"job": job.name, "host": host, "started_at": func.now()}
    number: int = connection.execute(insert(ScheduleRunRow).values(row).returning(_runs.id)).scalar_one()
    return number


def end(connection: Connection, number: int, exit_code: int) -> None:
    """The run is over."""
    connection.execute(
        update(ScheduleRunRow).where(_runs.id == number).values(ended_at=func.now(), exit_code=exit_code)
    )


def standings(connection: Connection, off: tuple[str, ...] = (), at: datetime | None = None) -> list[Standing]:
    """Every job's, in the order of their declaration. `off`: jobs that this installation does not run."""
    at = at or connection.execute(select(func.now())).scalar_one()
    first = connection.execute(select(func.min(_runs.started_at))).scalar_one()
    ended_well = select(_runs.job, func.max(_runs.ended_at)).where(_runs.exit_code == 0).group_by(_runs.job)
    successes = {job: ended for job, ended in connection.execute(ended_well)}  # noqa: C416 - rows are no pairs to mypy
    return [_standing(connection, job, at, first, successes.get(job.name), job.name in off) for job in JOBS]


def _standing(
    connection: Connection, job: Job, at: datetime, first: datetime | None, success: datetime | None, off: bool
) -> Standing:
    latest = connection.execute(
        select(_runs.started_at, _runs.ended_at, _runs.exit_code)
        .where(_runs.job == job.name)
        .order_by(_runs.started_at.desc(), _runs.id.desc())
        .limit(1)
    ).first()
    overdue = latest_overdue(job, at)
    state, missed_since = _state(latest.started_at if latest else None, overdue, first), None
    if off:
        state = "off"
    elif state == "missed" and latest and latest.ended_at is None and at - latest.started_at < _LONGEST:
        state = "running"  # the later ones were refused because of it
    elif state == "missed":
        missed_since = overdue
    elif state == "ok" and latest:
        state = "running" if latest.ended_at is None else "ok" if latest.exit_code == 0 else "failed"
    started, ended, code = latest or (None, None, None)
    return Standing(job, state, next_due(job, at), missed_since, started, ended, code, success)


def _state(started: datetime | None, overdue: datetime, first: datetime | None) -> State:
    """`ok` when it started in time, whatever came of it. Cron may be some seconds early by PostgreSQL's clock."""
    if started is not None and started >= overdue - timedelta(minutes=1):
        return "ok"
    if started is None and (first is None or first > overdue):
        return "never"
    return "missed"

"""Run records: written by the process that they tell of, read by people and by metrics.

Ages are passed instead of times: PostgreSQL's clock is the only one, so that machines whose clocks differ agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, case, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from immobe.storage.faults import connected
from immobe.storage.run_models import RunRow

FINISHED, LOST = "finished", "lost"
# Two minutes of 15 s. A database that restarts takes less, and whoever is called dead by mistake is crawled twice.
_SILENT_BEATS = 8
# Any number, as long as nobody else of this database uses it: "runs" on a telephone keypad.
_CLOSING_LOCK = 7867


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """Whose record it is."""

    id: str
    run_id: str
    platform: str
    mode: str
    scope: str
    worker: str
    host: str
    pid: int
    job: str | None = None


@dataclass(slots=True)
class RunCounts:
    """What the process did so far; the names are those of the columns."""

    page_count: int = 0
    search_page_count: int = 0
    stored_count: int = 0
    gone_count: int = 0
    quarantined_count: int = 0
    failed_count: int = 0
    timeout_count: int = 0
    blocked_count: int = 0
    retry_count: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """A run whose scouting is over, everywhere."""

    run_id: str
    platform: str
    seconds: float


def silent_seconds(heartbeat_seconds: float = 15.0) -> float:
    """A process without a heartbeat for so long is dead, whoever asks: lists, conditions, metrics, jobs of Scrapyd."""
    return _SILENT_BEATS * heartbeat_seconds


def record(
    connection: Connection,
    run: RunIdentity,
    counts: RunCounts,
    *,
    age: float,
    last_search_age: float | None = None,
    finish_reason: str | None = None,
    stats: dict[str, Any] | None = None,
) -> None:
    """Writes the row as things stand: at the start, as a heartbeat, at the end. A row taken for lost lives again.

    `age`: seconds since the start; `last_search_age`: since the last search page was done.
    """
    row: dict[str, Any] = {
        **asdict(run),
        **asdict(counts),
        "started_at": _ago(age),
        "heartbeat_at": func.now(),
        "last_search_page_at": None if last_search_age is None else _ago(last_search_age),
        "ended_at": None if finish_reason is None else func.now(),
        "finish_reason": finish_reason,
        "stats": stats,
    }
    statement = insert(RunRow).values(row)
    # Which run it joined may become known only after the start.
    changing = [name for name in row if name == "run_id" or name not in {*asdict(run), "started_at"}]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[RunRow.id], set_={name: statement.excluded[name] for name in changing}
        )
    )


def lock_closing(connection: Connection) -> None:
    """One at a time until the commit, before a run's end is recorded: two that end at once must see each other."""
    connection.execute(select(func.pg_advisory_xact_lock(_CLOSING_LOCK)))


def mark_lost(connection: Connection, silent_seconds: float) -> list[str]:
    """Closes the rows of processes that died: no end, and no heartbeat for so long. Returns their run ids."""
    statement = (
        update(RunRow)
        .where(RunRow.ended_at.is_(None), RunRow.heartbeat_at < _ago(silent_seconds))
        .values(ended_at=RunRow.heartbeat_at, finish_reason=LOST)
        .returning(RunRow.run_id)
    )
    return sorted(set(connection.execute(statement).scalars()))


def settle_scouts(connection: Connection, run_ids: Sequence[str]) -> list[Settled]:
    """Notes how long scouting took in those of the runs that are over; each run is returned once, ever.

    Over: one process found nothing left to do, and none is open any more. Needs `lock_closing`.
    """
    duration = func.max(RunRow.last_search_page_at) - func.min(RunRow.started_at)
    over = (
        select(RunRow.run_id, func.extract("epoch", duration).label("seconds"))
        .where(RunRow.run_id.in_(run_ids))
        .group_by(RunRow.run_id)
        .having(
            func.bool_and(RunRow.ended_at.is_not(None)),
            func.bool_or(RunRow.finish_reason == FINISHED),
            func.max(RunRow.last_search_page_at).is_not(None),
            func.max(RunRow.scout_seconds).is_(None),
        )
        .subquery()
    )
    statement = (
        update(RunRow)
        .where(RunRow.run_id == over.c.run_id)
        .values(scout_seconds=over.c.seconds)
        .returning(RunRow.run_id, RunRow.platform, RunRow.scout_seconds)
    )
    rows = connection.execute(statement)
    found = {Settled(run_id, platform, seconds or 0.0) for run_id, platform, seconds in rows}
    return sorted(found, key=lambda settled: settled.run_id)


def latest_runs(
    engine: Engine, *, platform: str | None = None, limit: int = 20, silent_seconds: float
) -> list[dict[str, Any]]:
    """Rows by column name, latest start first, with `state`: `running`, `silent` (perhaps dead) or how it ended."""
    silent = RunRow.heartbeat_at < _ago(silent_seconds)
    state = case(
        (RunRow.finish_reason.is_not(None), RunRow.finish_reason), (silent, literal("silent")), else_=literal("running")
    )
    query = select(RunRow.__table__, state.label("state")).order_by(RunRow.started_at.desc(), RunRow.id).limit(limit)
    if platform is not None:
        query = query.where(RunRow.platform == platform)
    with connected(engine) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def open_runs(connection: Connection, silent_seconds: float) -> dict[tuple[str, str], int]:
    """{(platform, mode): processes at work}."""
    query = (
        select(RunRow.platform, RunRow.mode, func.count())
        .where(RunRow.ended_at.is_(None), RunRow.heartbeat_at >= _ago(silent_seconds))
        .group_by(RunRow.platform, RunRow.mode)
    )
    return {(platform, mode): count for platform, mode, count in connection.execute(query)}


def dead_processes(
    connection: Connection, silent_seconds: float, remembered_seconds: float = 600.0
) -> list[dict[str, Any]]:
    """Rows of processes that died without a word: silent ones, and those that were marked lost a short while ago."""
    silent = and_(RunRow.ended_at.is_(None), RunRow.heartbeat_at < _ago(silent_seconds))
    lost = and_(RunRow.finish_reason == LOST, RunRow.ended_at > _ago(remembered_seconds))
    query = select(RunRow.__table__).where(or_(silent, lost)).order_by(RunRow.heartbeat_at)
    return [dict(row) for row in connection.execute(query).mappings()]


def last_started(connection: Connection) -> dict[str, datetime]:
    """{platform: when a process last began to crawl it}."""
    query = select(RunRow.platform, func.max(RunRow.started_at)).group_by(RunRow.platform)
    return {platform: began for platform, began in connection.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def last_finished(connection: Connection) -> dict[tuple[str, str], datetime]:
    """{(platform, mode): when a process last finished its run}."""
    query = (
        select(RunRow.platform, RunRow.mode, func.max(RunRow.ended_at))
        .where(RunRow.finish_reason == FINISHED)
        .group_by(RunRow.platform, RunRow.mode)
    )
    return {(platform, mode): ended for platform, mode, ended in connection.execute(query) if ended}


def _ago(seconds: float) -> ColumnElement[datetime]:
    return func.now() - func.make_interval(0, 0, 0, 0, 0, 0, seconds)

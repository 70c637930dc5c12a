"""Measures of runs and alerts, in and out of PostgreSQL. What is unusual, `immobe.market.monitors` decides.

Every function works within the caller's transaction. `at` is a moment for tests; else PostgreSQL's clock counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from immobe.market.monitors.findings import Finding, Key
from immobe.market.monitors.judging import ITEMS_PER_RUN
from immobe.market.monitors.tally import HISTORY_RUNS, Tally
from immobe.market.monitors.usual import History, Past
from immobe.storage.models import ListingRow
from immobe.storage.monitor_models import AlertRow, MeasureRow
from immobe.storage.runs import FINISHED

_measure, _alert = MeasureRow.__table__.c, AlertRow.__table__.c
_KEY = (AlertRow.monitor, AlertRow.field, AlertRow.measure)
_SILENT = timedelta(minutes=10)
"""A process that has not written for so long is dead."""


@dataclass(frozen=True, slots=True)
class Series:
    """Runs that are compared with each other. Without mode and scope: what is told by the platform's listings."""

    platform: str
    mode: str = ""
    scope: str = ""

    def rows(self, table: type[MeasureRow] | type[AlertRow]) -> ColumnElement[bool]:
        return and_(table.platform == self.platform, table.mode == self.mode, table.scope == self.scope)


@dataclass(frozen=True, slots=True)
class Part:
    """One process's part in a run."""

    id: str
    run_id: str
    series: Series


@dataclass(frozen=True, slots=True)
class Alert:
    """A row of `alerts`, as `AlertRow` explains it."""

    id: int
    platform: str
    mode: str
    scope: str
    monitor: str
    field: str
    measure: str
    before: str
    after: str
    run_id: str | None
    raised_at: datetime
    closed_at: datetime | None
    accepted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a platform stands. `runs`: those measured in its busiest series, `HISTORY_RUNS` at most."""

    platform: str
    runs: int
    newest: datetime | None
    alerts: dict[str, int]
    """{monitor: open alerts}."""


def now(connection: Connection) -> datetime:
    """PostgreSQL's clock, within a transaction always the same."""
    moment: datetime = connection.execute(select(func.now())).scalar_one()
    return moment


def note(connection: Connection, part: Part, tally: Tally, at: datetime, finish_reason: str | None = None) -> None:
    """Writes what a process has counted so far. It is over when it has a reason for it."""
    row = {
        "id": part.id,
        "run_id": part.run_id,
        "platform": part.series.platform,
        "mode": part.series.mode,
        "scope": part.series.scope,
        "started_at": at,
        "updated_at": at,
        "ended_at": at if finish_reason else None,
        "finish_reason": finish_reason,
        "tally": tally.to_json(),
    }
    statement = insert(MeasureRow).values(row)
    changing = ("run_id", "updated_at", "ended_at", "finish_reason", "tally")
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_={name: statement.excluded[name] for name in changing}
        )
    )


def whole_run(connection: Connection, run_id: str, at: datetime) -> tuple[Tally, bool]:
    """(what all its processes counted, whether it is over and went to its end)."""
    tally, is_open, is_finished = Tally(), False, False
    rows = connection.execute(
        select(_measure.tally, _measure.ended_at, _measure.updated_at, _measure.finish_reason).where(
            _measure.run_id == run_id
        )
    )
    for row in rows:
        tally.merge(Tally.from_json(row.tally))
        is_open |= row.ended_at is None and row.updated_at > at - _SILENT
        is_finished |= row.finish_reason == FINISHED
    return tally, is_finished and not is_open


def history(connection: Connection, series: Series, at: datetime, *, but: str | None = None) -> History:
    """The last runs of a series that are over, `but` this one."""
    began = func.min(_measure.started_at)
    is_over = or_(_measure.ended_at.is_not(None), _measure.updated_at <= at - _SILENT)
    latest = (
        select(_measure.run_id)
        .where(series.rows(MeasureRow), _measure.run_id.is_distinct_from(but))
        .group_by(_measure.run_id)
        .having(func.bool_and(is_over))
        .order_by(began.desc(), _measure.run_id)
        .limit(HISTORY_RUNS)
    )
    rows = connection.execute(
        select(MeasureRow.__table__).where(_measure.run_id.in_(latest)).order_by(_measure.started_at, _measure.id)
    )
    runs: dict[str, list[Any]] = {}
    for row in rows:
        runs.setdefault(row.run_id, []).append(row)
    accepted = _accepted(connection, series)
    return History([_past(parts, accepted) for parts in runs.values()])


def _past(parts: Sequence[Any], accepted: dict[Key, tuple[datetime, datetime]]) -> Past:
    tally = Tally()
    for part in parts:
        tally.merge(Tally.from_json(part.tally))
    odd = odd_keys(parts)
    began, ended = min(part.started_at for part in parts), max(part.ended_at or part.updated_at for part in parts)
    for key, (raised, said) in accepted.items():
        if ended < raised:
            odd.add(key)  # as it was before
        elif began <= said:
            odd.discard(key)
    if all(part.finish_reason != FINISHED for part in parts):
        odd.add(ITEMS_PER_RUN)
    return Past(tally, frozenset(odd))


def _accepted(connection: Connection, series: Series) -> dict[Key, tuple[datetime, datetime]]:
    """{key: (since when it is otherwise, when a person said that this is right)}."""
    query = (
        select(*_KEY, _alert.raised_at, _alert.accepted_at)
        .where(series.rows(AlertRow), _alert.accepted_at.is_not(None))
        .ext(distinct_on(*_KEY))
        .order_by(*_KEY, _alert.accepted_at.desc())
    )
    return {Key(*row[:3]): (row[3], row[4]) for row in connection.execute(query)}


def open_keys(connection: Connection, series: Series) -> set[Key]:
    """What is known not to be as usual."""
    query = select(*_KEY).where(series.rows(AlertRow), _alert.closed_at.is_(None))
    return {Key(*row) for row in connection.execute(query)}


def mark_odd(connection: Connection, run_id: str, keys: Collection[Key]) -> None:
    """Puts a run in quarantine: in these measures it is no measure for others."""
    if keys:
        together = func.array(
            select(func.unnest(_measure.odd.concat(sorted(map(str, keys)))).label("key")).distinct().scalar_subquery()
        )
        connection.execute(update(MeasureRow).where(_measure.run_id == run_id).values(odd=together))


def odd_keys(parts: Iterable[Any]) -> set[Key]:
    """What was unusual in a run, by the column `odd` of its rows."""
    return {Key(*told.split("|", 2)) for part in parts for told in part.odd}


def raise_alerts(
    connection: Connection, series: Series, findings: Iterable[Finding], at: datetime, run_id: str | None = None
) -> list[Alert]:
    """Opens an alert for each finding that has none; returns the new ones."""
    rows = [
        {
            "platform": series.platform,
            "mode": series.mode,
            "scope": series.scope,
            **finding.key._asdict(),
            "before": finding.before,
            "after": finding.after,
            "run_id": run_id,
            "raised_at": at,
        }
        for finding in findings
    ]
    if not rows:
        return []
    statement = insert(AlertRow).values(rows).on_conflict_do_nothing().returning(AlertRow.__table__)
    return sorted((Alert(*row) for row in connection.execute(statement)), key=lambda alert: alert.id)


def close_alerts(
    connection: Connection, series: Series, fine: Collection[Key], at: datetime, but: str | None = None
) -> list[Alert]:
    """Closes what is as usual again; an alert of the run `but` stays, whatever the rest of that run was like."""
    statement = (
        update(AlertRow)
        .where(
            series.rows(AlertRow),
            _alert.closed_at.is_(None),
            tuple_(*_KEY).in_(sorted(fine)),
            or_(_alert.run_id.is_(None), _alert.run_id.is_distinct_from(but)),
        )
        .values(closed_at=at)
        .returning(AlertRow.__table__)
    )
    return [Alert(*row) for row in connection.execute(statement)] if fine else []


def accept_alerts(connection: Connection, ids: Sequence[int], at: datetime) -> list[Alert]:
    """Closes open alerts because what they tell is right from now on: the runs before them are no measure any more."""
    statement = (
        update(AlertRow)
        .where(_alert.id.in_(ids), _alert.closed_at.is_(None))
        .values(closed_at=at, accepted_at=at)
        .returning(AlertRow.__table__)
    )
    return [Alert(*row) for row in connection.execute(statement)]


def alerts(
    connection: Connection, *, platform: str | None = None, closed: bool = False, limit: int = 200
) -> list[Alert]:
    """The latest first; only open ones unless `closed`."""
    query = select(AlertRow.__table__).order_by(_alert.raised_at.desc(), _alert.id.desc()).limit(limit)
    if platform is not None:
        query = query.where(_alert.platform == platform)
    if not closed:
        query = query.where(_alert.closed_at.is_(None))
    return [Alert(*row) for row in connection.execute(query)]


def open_counts(connection: Connection) -> dict[tuple[str, str], int]:
    """{(platform, monitor): open alerts}."""
    query = (
        select(_alert.platform, _alert.monitor, func.count())
        .where(_alert.closed_at.is_(None))
        .group_by(_alert.platform, _alert.monitor)
    )
    return {(platform, monitor): count for platform, monitor, count in connection.execute(query)}


def newest_listings(connection: Connection, platforms: Sequence[str]) -> dict[str, datetime]:
    """{platform: when a listing was last met for the first time}; platforms without any are left out."""
    found = {
        platform: connection.execute(
            select(func.max(ListingRow.first_seen_at)).where(ListingRow.platform == platform)
        ).scalar_one()
        for platform in platforms
    }
    return {platform: moment for platform, moment in found.items() if moment is not None}


def new_by_day(connection: Connection, platform: str, at: datetime, days: int = HISTORY_RUNS) -> list[int]:
    """New listings of the 24 hours until `at`, of those before, and so on; no day before the platform's first."""
    first = connection.execute(
        select(func.min(ListingRow.first_seen_at)).where(ListingRow.platform == platform)
    ).scalar_one()
    if first is None:
        return []
    day = func.floor(func.extract("epoch", at - ListingRow.first_seen_at) / 86_400)
    query = (
        select(day, func.count())
        .where(
            ListingRow.platform == platform,
            ListingRow.first_seen_at > at - timedelta(days=days + 1),
            ListingRow.first_seen_at <= at,
        )
        .group_by(day)
    )
    counts = {int(number): count for number, count in connection.execute(query)}
    return [counts.get(number, 0) for number in range(min(days, (at - first).days) + 1)]


def standing(connection: Connection, platform: str) -> Standing | None:
    """None for a platform that was never crawled."""
    runs = func.count(_measure.run_id.distinct())
    query = (
        select(runs)
        .where(_measure.platform == platform)
        .group_by(_measure.mode, _measure.scope)
        .order_by(runs.desc())
        .limit(1)
    )
    measured: int = connection.execute(query).scalar() or 0
    newest = newest_listings(connection, [platform]).get(platform)
    if not measured and newest is None:
        return None
    found = {monitor: count for (name, monitor), count in open_counts(connection).items() if name == platform}
    return Standing(platform, min(measured, HISTORY_RUNS), newest, found)

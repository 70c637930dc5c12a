"""What PostgreSQL tells: refusals, layouts that changed, processes that died, jobs that did not run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, Engine

from immobe.config import Config
from immobe.market.monitors.findings import NEWEST_LISTING
from immobe.observability import metrics, totals
from immobe.observability.condition_kinds import (
    JOB_FAILED,
    JOB_MISSED,
    LAYOUT_CHANGED,
    NO_NEW_LISTINGS,
    SLOWED_DOWN,
    WORKER_DEAD,
    Condition,
)
from immobe.scheduling.records import standings
from immobe.storage import monitoring, runs
from immobe.storage.faults import connected

_REFUSALS = ("http_429", "http_503")
_RECENTLY = timedelta(minutes=2)
_SHOWN = 3


def database_conditions(engine: Engine, config: Config) -> Iterator[Condition]:
    """Raises ServiceError when PostgreSQL cannot be used."""
    with connected(engine) as connection:
        at = monitoring.now(connection)
        yield from _refusals(connection, at)
        yield from _alerts(monitoring.alerts(connection))
        yield from _dead(connection, runs.silent_seconds(config.run_heartbeat_seconds))
        yield from _jobs(connection, config)


def _refusals(connection: Connection, at: datetime) -> Iterator[Condition]:
    """Of the last minutes: what is counted while a portal says "too many"."""
    for series, counted_at in totals.counted_since(connection, metrics.RETRIES.name, at - _RECENTLY).items():
        labels = dict(series)
        if labels["reason"] in _REFUSALS:
            status = labels["reason"].removeprefix("http_")
            yield Condition(SLOWED_DOWN, f"It answered {status} at {counted_at:%H:%M:%S} UTC.", labels["platform"])


def _alerts(found: Sequence[monitoring.Alert]) -> Iterator[Condition]:
    """The monitors' open alerts: one condition a platform and kind, with the first of what it says."""

    def kind_of(alert: monitoring.Alert) -> tuple[str, bool]:
        return alert.platform, alert.monitor == NEWEST_LISTING

    for (platform, silent), group in groupby(sorted(found, key=kind_of), kind_of):
        alerts = sorted(group, key=lambda alert: alert.raised_at)
        said = [f"{alert.field} ({alert.measure}): {alert.before} -> {alert.after}" for alert in alerts[:_SHOWN]]
        more = f"; and {len(alerts) - _SHOWN} more" if len(alerts) > _SHOWN else ""
        kind = NO_NEW_LISTINGS if silent else LAYOUT_CHANGED
        yield Condition(kind, "; ".join(said) + more, platform, alerts[0].raised_at)


def _dead(connection: Connection, silent_seconds: float) -> Iterator[Condition]:
    for run in runs.dead_processes(connection, silent_seconds):
        where = f"Process {run['pid']} on {run['host']} ({run['mode']})"
        yield Condition(WORKER_DEAD, f"{where} says nothing any more.", run["platform"], run["heartbeat_at"])


def _jobs(connection: Connection, config: Config) -> Iterator[Condition]:
    for one in standings(connection, config.schedule_off):
        if one.state == "missed":
            yield Condition(JOB_MISSED, f"{one.job.name} was due and did not start.", since=one.missed_since)
        elif one.state == "failed":
            cause = f"{one.job.name} ended with exit code {one.exit_code}."
            yield Condition(JOB_FAILED, cause, since=one.last_ended)

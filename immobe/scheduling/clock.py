"""When a job is due. Moments carry their zone; cron's fields mean local time."""

from __future__ import annotations

from datetime import datetime, timedelta

from cronsim import CronSim

from immobe.scheduling.jobs import Job


def next_due(job: Job, at: datetime) -> datetime:
    """The first moment after `at`.

    >>> from datetime import UTC
    >>> moment = datetime(2026, 11, 27, 12, 30).astimezone()
    >>> next_due(Job("x", "0 2 * * *", ()), moment).strftime("%d %H:%M")
    '28 02:00'
    """
    return _local(next(CronSim(job.cron, _naive(at))))


def latest_overdue(job: Job, at: datetime) -> datetime:
    """The latest moment for which a run must have started by `at`: its jitter and its grace are over.

    >>> moment = datetime(2026, 11, 27, 12, 30).astimezone()
    >>> latest_overdue(Job("x", "0 12 * * *", (), grace_seconds=3600), moment).strftime("%d %H:%M")
    '26 12:00'
    """
    before = at - timedelta(seconds=job.jitter_seconds + job.grace_seconds - 1)
    return _local(next(CronSim(job.cron, _naive(before), reverse=True)))


def _naive(at: datetime) -> datetime:
    return at.astimezone().replace(tzinfo=None)


def _local(naive: datetime) -> datetime:
    return naive.astimezone()

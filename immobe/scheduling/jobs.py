"""The jobs, declared once. deploy/crontab and the systemd timers are written from here: `immobe schedule write`.

Times are local, as cron's and systemd's are.
"""

from __future__ import annotations

from dataclasses import dataclass

from immobe.errors import ConfigError
from immobe.platforms import PLATFORMS

_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Job:
    """Something that `scripts/schedule.sh NAME` does regularly."""

    name: str
    cron: str
    """Five fields, as crontab(5) says."""
    command: tuple[str, ...]
    """`immobe …`, or a script of ours by its path within the project."""
    jitter_seconds: int = 0
    """It starts up to so much later, at random: not all installations ask a portal in the same minute."""
    grace_seconds: int = 15 * _MINUTE
    """Beyond the jitter. What has not started by then was missed."""


def _scout(place: int, platform: str) -> Job:
    return Job(
        f"scout-{platform}",
        f"{place * 7 % 60} 6,12,18 * * *",
        ("immobe", "schedule", "scout", platform),
        jitter_seconds=20 * _MINUTE,
        grace_seconds=_HOUR,
    )


def _backup(kind: str, cron: str) -> Job:
    return Job(f"backup-{kind}", cron, ("scripts/backup_database.sh", kind), grace_seconds=_HOUR)


JOBS = (
    *(_scout(place, platform) for place, platform in enumerate(sorted(PLATFORMS))),
    Job("revisit", "30 23 * * *", ("immobe", "revisit")),
    Job("reconcile", "20 * * * *", ("immobe", "reconcile")),
    Job("monitors", "*/15 * * * *", ("immobe", "monitors")),
    Job("match", "45 */2 * * *", ("immobe", "properties", "match")),
    Job("digest", "30 7 * * *", ("immobe", "alerts", "digest")),
    _backup("daily", "0 2 * * *"),
    _backup("weekly", "0 3 * * 0"),
    _backup("monthly", "0 4 1 * *"),
    Job("compact", "0 4 * * 6", ("immobe", "compact")),
    Job("optimise", "0 5 * * 6", ("scripts/optimize_database.py",), grace_seconds=_HOUR),
)


def job_named(name: str) -> Job:
    """Raises ConfigError when there is none."""
    for job in JOBS:
        if job.name == name:
            return job
    raise ConfigError(f"There is no job {name!r}; there are: {', '.join(job.name for job in JOBS)}")

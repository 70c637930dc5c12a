"""deploy/crontab and the systemd units of the jobs, as text."""

from __future__ import annotations

from collections.abc import Iterator

from immobe.scheduling.jobs import JOBS, Job

_CRONTAB = """\
# The jobs of Immo-Bé, for `crontab -u immobe`. Written by `immobe schedule write`; do not edit it here.
# One machine only: locks are that machine's. SCHEDULE_OFF (.env) names jobs that are not wanted.
# Times are local. What each prints goes to IMMOBE_DATA_DIR/logs/schedule-<job>.log; docs/operations.md#schedules
SHELL=/bin/bash
MAILTO=""
IMMOBE=/opt/immobe
IMMOBE_DATA_DIR=/var/lib/immobe
IMMOBE_SECRETS_DIR=/etc/immobe/secrets
REDIS_FALLBACK_QUEUE=/var/lib/immobe/redis_fallback_queue.json

"""
_SERVICE = """\
# Written by `immobe schedule write`. One for all jobs: `systemctl start immobe-job@reconcile` runs one now.
[Unit]
Description=Immo-Bé: the job %i
After=network-online.target postgresql.service redis-server.service
Wants=network-online.target

[Service]
Type=oneshot
User=immobe
Group=immobe
WorkingDirectory=/opt/immobe
Environment=IMMOBE_DATA_DIR=/var/lib/immobe IMMOBE_SECRETS_DIR=/etc/immobe/secrets PYTHONDONTWRITEBYTECODE=1
Environment=REDIS_FALLBACK_QUEUE=/var/lib/immobe/redis_fallback_queue.json
ExecStart=/opt/immobe/scripts/schedule.sh %i
# A run that was refused, because the one before is still at work, is no failure.
SuccessExitStatus=75
TimeoutStartSec=infinity
# Scouts and dumps give way to what answers people.
Nice=10
IOSchedulingClass=idle
StateDirectory=immobe
StateDirectoryMode=0750
UMask=0027
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=full
"""
_TIMER = """\
# Written by `immobe schedule write`.
[Unit]
Description=Immo-Bé: when {job.name} is due

[Timer]
Unit=immobe-job@{job.name}.service
OnCalendar={calendar}
RandomizedDelaySec={job.jitter_seconds}
AccuracySec=1s
# After a night that the machine was off, what was due runs once.
Persistent=true

[Install]
WantedBy=timers.target
"""
_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


def files() -> Iterator[tuple[str, str]]:
    """(path below deploy/, text) of each."""
    yield "crontab", _CRONTAB + "".join(f"{_crontab_line(job)}\n" for job in JOBS)
    yield "systemd/immobe-job@.service", _SERVICE
    for job in JOBS:
        yield f"systemd/immobe-{job.name}.timer", _TIMER.format(job=job, calendar=calendar(job.cron))


def calendar(cron: str) -> str:
    """A cron expression as systemd.time(7) has it. Numbers, lists and steps are all that our jobs need.

    >>> calendar("*/15 * * * *"), calendar("0 3 * * 0"), calendar("7 6,12 1 * *")
    ('*-*-* *:00/15:00', 'Sun *-*-* 03:00:00', '*-*-01 06,12:07:00')
    """
    minute, hour, day, month, weekday = cron.split()
    days = "" if weekday == "*" else ",".join(_DAYS[int(number)] for number in weekday.split(",")) + " "
    return f"{days}*-{_part(month, 1)}-{_part(day, 1)} {_part(hour, 0)}:{_part(minute, 0)}:00"


def _part(field: str, least: int) -> str:
    if field == "*":
        return field
    if field.startswith("*/"):
        return f"{least:02d}/{int(field[2:])}"
    return ",".join(f"{int(number):02d}" for number in field.split(","))


def _crontab_line(job: Job) -> str:
    jitter = "--jitter " if job.jitter_seconds else ""  # cron has none of its own: the script waits
    return f"{job.cron} $IMMOBE/scripts/schedule.sh {jitter}{job.name}"

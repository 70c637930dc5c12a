"""What can be wrong, each with its gravity and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Severity = Literal["critical", "warning"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What can be wrong. Its name is also an anchor of docs/operations.md."""

    name: str
    severity: Severity
    remedy: str


POSTGRES_DOWN = Kind("postgres-down", "critical", "Start PostgreSQL, or mend DATABASE_URL: `immobe doctor`.")
REDIS_DOWN = Kind("redis-down", "critical", "Start Redis, or mend REDIS_URL: `immobe doctor`.")
REDIS_CANNOT_SAVE = Kind("redis-cannot-save", "critical", "Make room on Redis' disk, or give it more memory.")
DISK_FULL = Kind("disk-full", "critical", "Make room: old dumps and logs first, then `immobe compact`.")
PLATFORM_BLOCKED = Kind("platform-blocked", "warning", "Wait: one page asks again by itself. Do not hurry it.")
SLOWED_DOWN = Kind("slowed-down", "warning", "Wait: all workers are slower. If it stays: raise CRAWLER_DOWNLOAD_DELAY.")
LAYOUT_CHANGED = Kind("layout-changed", "critical", "Read a page of it, mend the mapping, then `immobe remap`.")
NO_NEW_LISTINGS = Kind("no-new-listings", "warning", "Look at its latest runs: `immobe runs`, `immobe monitors`.")
QUEUE_STUCK = Kind("queue-stuck", "critical", "Start harvesters (`immobe harvest`), or restart those that hang.")
WORKER_DEAD = Kind("worker-dead", "warning", "Its pages go to others by themselves. Start it again if nobody does.")
FALLBACK_IN_USE = Kind("fallback-in-use", "warning", "It empties by itself when Redis is back and a worker runs.")
JOB_MISSED = Kind("job-missed", "warning", "Is cron (or the timer) at work? `immobe schedule run JOB` makes up for it.")
JOB_FAILED = Kind("job-failed", "warning", "Read IMMOBE_DATA_DIR/logs/schedule-JOB.log.")
KINDS = (
    POSTGRES_DOWN, REDIS_DOWN, REDIS_CANNOT_SAVE, DISK_FULL, QUEUE_STUCK, LAYOUT_CHANGED, PLATFORM_BLOCKED, SLOWED_DOWN,
    WORKER_DEAD, NO_NEW_LISTINGS, FALLBACK_IN_USE, JOB_MISSED, JOB_FAILED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """Something is wrong now."""

    kind: Kind
    cause: str
    """One sentence, with what names the culprit: an address, a field, a process."""
    platform: str = ""
    """Empty when it concerns all of them."""
    since: datetime | None = None
    """None when nobody has noted it."""

    @property
    def name(self) -> str:
        """As in `redis-down`."""
        return self.kind.name

    @property
    def severity(self) -> Severity:
        """`critical`: nothing, or nothing right, is stored until somebody acts."""
        return self.kind.severity

    @property
    def remedy(self) -> str:
        """What to do, in one sentence."""
        return self.kind.remedy

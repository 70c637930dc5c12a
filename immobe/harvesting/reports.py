"""What a worker tells its supervisor: a line of JSON a second, and at the end its exit code."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any, Self

REPORT_SECONDS = 1.0


class WorkerExit(IntEnum):
    """Why a worker process ended; the last three are those of sysexits.h with the nearest meaning."""

    DONE = 0
    """Asked to end, or, with `until_empty`, nothing is queued any more."""
    GAVE_UP = 69
    """`until_empty`: a platform's crawl failed again and again, while its queue holds pages."""
    RECYCLED = 75
    """It has done enough pages or needs too much memory: another one shall go on."""
    MISCONFIGURED = 78
    """It cannot work with these settings, however often it is started."""


@dataclass(frozen=True, slots=True)
class Report:
    """How a worker is. Ages are seconds."""

    state: str
    """`starting`, `working`, `waiting` (for work), `stopping`."""
    pages: int = 0
    """Fetched so far."""
    rss_bytes: int = 0
    page_age: float | None = None
    """Since the last page; None before the first."""
    stalled: float = 0.0
    """For so long a platform has held pages and has finished none: the worst platform's."""
    platforms: dict[str, str] = field(default_factory=dict)
    """{name: `starting`, `working`, `waiting`, `restarting`, `done` or `gave up`}."""
    error: str = ""
    """Why it cannot start."""

    def to_line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Raises ValueError or TypeError for anything that `to_line` has not written.

        >>> Report.from_line(Report("working", 3, platforms={"immoweb": "working"}).to_line()).pages
        3
        """
        told: dict[str, Any] = json.loads(line)
        return cls(**told)

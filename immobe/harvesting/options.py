"""What a pool is told: settings of the environment, and what the command line says."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from immobe.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOptions:
    """Durations are seconds. Each field without a default is `harvester_<name>` in Config."""

    workers: int
    hang_seconds: float
    """So long may a worker's event loop be silent."""
    stop_seconds: float
    """So long has a worker that is asked to end, before it is killed."""
    restart_seconds: float
    """The pause before the first restart is shorter than this; the bound doubles with every failure."""
    longest_restart_seconds: float
    healthy_seconds: float
    """A worker that lived so long has had no failures."""
    recycle_pages: int
    """A worker is replaced after so many pages; 0: never."""
    recycle_mb: int
    """A worker is replaced when it needs more memory; 0: never."""
    longest_page_seconds: float
    """The longest time that a page takes when nothing is wrong."""
    platforms: tuple[str, ...] = ()
    """Empty: all."""
    until_empty: bool = False
    """End when nothing is queued any more, instead of waiting for work."""
    mode: str = "harvest"
    """As `-a mode=`: `all` goes through search pages as well."""

    @classmethod
    def of(cls, config: Config, **given: Any) -> Self:
        """Those of the environment; `given` ones win."""
        derived = {"longest_page_seconds": config.scrape_timeout + config.budget_patience}
        names = [field.name for field in fields(cls) if hasattr(config, f"harvester_{field.name}")]
        ours = {name: getattr(config, f"harvester_{name}") for name in names}
        return cls(**{**ours, **derived, **given})

    @property
    def stall_seconds(self) -> float:
        """So long may a worker hold pages without finishing one: more than two of the slowest after each other."""
        return self.hang_seconds + 2 * self.longest_page_seconds


@dataclass(frozen=True, slots=True)
class Order:
    """What one worker process is told, as its only argument."""

    name: str
    socket: int
    """The file descriptor that reports go to."""
    pool: PoolOptions

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ValueError, TypeError or KeyError for anything that `to_json` has not written."""
        told = json.loads(text)
        pool = told["pool"]
        return cls(told["name"], told["socket"], PoolOptions(**{**pool, "platforms": tuple(pool["platforms"])}))

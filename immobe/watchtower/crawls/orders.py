"""What is to be crawled, and what became of the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from immobe.storage.crawl_orders import Mode


@dataclass(frozen=True, slots=True)
class CrawlOrder:
    """One process of one platform's spider; `scope` as in `-a scope=`."""

    platform: str
    mode: Mode
    scope: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Scrapy settings beside those of the configuration."""

    @property
    def arguments(self) -> dict[str, str]:
        """The spider's arguments."""
        return {"mode": self.mode, **({"scope": self.scope} if self.scope else {})}


@dataclass(frozen=True, slots=True)
class Job:
    """An order that was taken. `pool` jobs that wait begin when another one of this process ends."""

    platform: str
    job: str
    state: Literal["waiting", "started", "ended"]
    through: Literal["scrapyd", "pool"]
    exit_code: int | None = None


class Launcher(Protocol):
    """Starts crawls."""

    def start(self, order: CrawlOrder) -> Job:
        """Takes the order. Raises ServiceError when that is not possible."""

    def jobs(self) -> list[Job]:
        """Those that this process has taken, the latest last; empty where another service keeps them."""

    def close(self) -> None:
        """Ends what was started here and has not ended."""

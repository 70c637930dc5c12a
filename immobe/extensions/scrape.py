"""A page on its way through this process: what is noted about it until it ends."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from scrapy import Request

from immobe.extensions.outcomes import Ending, Retry, attempts_of, lease_of, of_lease
from immobe.observability.correlation import Work
from immobe.observability.metrics import ScrapeStatus


@dataclass(slots=True)
class Scrape:
    """One request from the first middleware to the moment when the engine lets go of it."""

    platform: str
    request: Request
    work: Work
    began: float = field(default_factory=time.monotonic)
    """By the monotonic clock; moved to the start of the download once that is known."""
    status_code: int | None = None
    size: int = 0
    """Bytes of the body."""
    error: Ending | None = None
    """What the latest exception means, unless something better follows."""
    following: Request | None = None
    """The request that took its place: a redirect, or Scrapy's own retry."""
    told: bool = False
    """Its end was counted and logged."""

    @property
    def listing_id(self) -> str | None:
        """None for a search page."""
        found: str | None = self.request.cb_kwargs.get("listing_id")
        return found

    def answered(self, status_code: int, size: int, latency: float | None) -> None:
        """A response came, whose download took `latency` seconds; waiting for its turn before does not count."""
        self.status_code, self.size = status_code, size
        if latency is not None:
            self.began = max(self.began, time.monotonic() - latency)

    def ending(self, max_attempts: int) -> Ending | Retry | None:
        """For a page that left without an item: how it ended. None when it goes on under another request."""
        decided = of_lease(lease_of(self.request), fetched=self.status_code is not None, max_attempts=max_attempts)
        if decided is not None:
            return self._as_it_was(decided)
        if self.following is not None:
            again = attempts_of(self.following) > attempts_of(self.request)
            return Retry(self._reason()) if again else None
        return self.error or Ending(ScrapeStatus.FAILED, self._reason())

    def _as_it_was(self, decided: Ending | Retry) -> Ending | Retry:
        """The scheduler says where our code failed; the exception says more: that it took too long, for one."""
        if self.error is None or decided.reason not in ("spider_error", "item_error"):
            return decided
        return self.error if isinstance(decided, Ending) else decided._replace(reason=self.error.reason)

    def _reason(self) -> str:
        if self.error is not None:
            return self.error.reason
        refused = self.status_code is not None and self.status_code >= HTTPStatus.BAD_REQUEST
        return f"http_{self.status_code}" if refused else "no_result"

    def line(self, ending: Ending) -> dict[str, Any]:
        """The fields of its log line; what is unknown is left out."""
        fields = {
            "platform": self.platform,
            "platform_listing_id": self.listing_id,
            "url": self.request.url,
            "outcome": ending.status.value,
            "reason": ending.reason or None,
            "status_code": self.status_code,
            "duration_seconds": round(time.monotonic() - self.began, 3),
            "attempts": attempts_of(self.request),
            "bytes": self.size,
            "correlation_id": self.request.meta["correlation_id"],
        }
        return {name: value for name, value in fields.items() if value is not None}

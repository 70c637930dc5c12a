"""Before anything else: may this platform be asked at all now? Not in quiet hours, and not while it blocks us."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler

from middlewares.lease import give_back, is_control
from middlewares.platform_circuit import PlatformCircuit
from middlewares.quiet_hours import QuietHours


class GateMiddleware:
    """Gives requests back, uncounted, that must not be sent now; lets the probes of an open circuit pass."""

    def __init__(self, crawler: Crawler, quiet: QuietHours | None, spread: float, now: Callable[[], datetime]) -> None:
        self._crawler, self._quiet, self._spread, self._now = crawler, quiet, spread, now
        self._circuit: PlatformCircuit | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raises ConfigError for a QUIET_HOURS that cannot be read."""
        text = crawler.settings.get("QUIET_HOURS")
        spread = crawler.settings.getfloat("GATE_SPREAD", 60.0)
        return cls(crawler, QuietHours.parse(text) if text else None, spread, lambda: datetime.now(UTC))

    async def process_request(self, request: Request) -> None:
        """Raises GivenBack. What fetches for a request that has passed (robots.txt, a probe's redirect) passes."""
        if self._passes(request):
            return
        self._keep_quiet(request)
        wait, probe = await self._platform.ask()
        self._crawler.stats.set_value("blocked/open", int(wait > 0 or probe))
        if wait > 0:
            raise self._later(request, "platform_blocked", wait)
        if probe:
            request.meta["probe_until"] = time.time() + self._platform.pauses.probe

    def _passes(self, request: Request) -> bool:
        return is_control(request) or request.meta.get("probe_until", 0) > time.time()

    def _keep_quiet(self, request: Request) -> None:
        seconds = self._quiet.seconds_left(self._now()) if self._quiet else 0.0
        if seconds:
            raise self._later(request, "quiet_hours", seconds)

    def _later(self, request: Request, reason: str, seconds: float) -> Exception:
        self._crawler.stats.inc_value(f"gate/{reason}")
        return give_back(request, reason, seconds, spread=self._spread, counts=False)

    @property
    def _platform(self) -> PlatformCircuit:
        if self._circuit is None:
            self._circuit = PlatformCircuit.of(self._crawler)
        return self._circuit

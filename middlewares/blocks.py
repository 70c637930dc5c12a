"""A portal that blocks us is an outcome of its own: the page is not read, the listing is not judged, and we stop."""

from __future__ import annotations

from typing import Self

import structlog
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from middlewares.block_signatures import challenge_kind, wall_kind
from middlewares.decompression import UNDECODABLE
from middlewares.lease import attempts_of, give_back, is_control, refuse
from middlewares.platform_circuit import PlatformCircuit

_log = structlog.get_logger(__name__)
ANSWERED = frozenset({200, 304, 404, 410})  # what a portal says that does not block
# A vendor's challenge means all of us; these may mean one page alone, which must not be probed for ever.
OF_ONE_PAGE = frozenset({"forbidden", "login", "shell"})


class BlockDetectionMiddleware:
    """Opens the platform's circuit at a block, and closes it when a probe is answered. GateMiddleware obeys it."""

    def __init__(self, crawler: Crawler, max_attempts: int, spread: float) -> None:
        self._crawler, self._max_attempts, self._spread = crawler, max_attempts, spread
        self._circuit: PlatformCircuit | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        return cls(crawler, settings.getint("RETRY_MAX_ATTEMPTS", 5), settings.getfloat("GATE_SPREAD", 60.0))

    async def process_response(self, request: Request, response: Response) -> Response:
        """Raises GivenBack (reason `blocked:<kind>`) for a block page, or Refused when its attempts are used up."""
        if UNDECODABLE in response.flags:
            return response
        kind = challenge_kind(response) or (None if is_control(request) else wall_kind(response, _asked_url(request)))
        if kind:
            raise await self._blocked(request, kind)
        if response.status in ANSWERED and "probe_until" in request.meta:
            await self._platform().close()
            self._crawler.stats.set_value("blocked/open", 0)
            _log.info("platform answers again", platform=self._platform().name)
        return response

    async def _blocked(self, request: Request, kind: str) -> Exception:
        pause, opened = await self._platform().open(kind)
        self._crawler.stats.inc_value(f"blocked/{kind}")
        self._crawler.stats.set_value("blocked/open", 1)
        if opened:
            platform = self._crawler.spider.name  # type: ignore[union-attr]
            _log.warning(
                "platform blocks us", platform=platform, kind=kind, url=request.url, pause_seconds=round(pause)
            )
        counts = kind in OF_ONE_PAGE
        if counts and attempts_of(request) >= self._max_attempts:
            return refuse(request, f"blocked:{kind}")
        return give_back(request, f"blocked:{kind}", pause, spread=self._spread, counts=counts)

    def _platform(self) -> PlatformCircuit:
        if self._circuit is None:
            self._circuit = PlatformCircuit.of(self._crawler)
        return self._circuit


def _asked_url(request: Request) -> str:
    redirected: list[str] = request.meta.get("redirect_urls", [])
    return redirected[0] if redirected else request.url

"""robots.txt is obeyed."""

from __future__ import annotations

import time
from typing import Self
from urllib.parse import urlsplit

import structlog
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http.request import NO_CALLBACK

from middlewares.closing import CrawlEnds, unless_closing
from middlewares.lease import GivenBack, give_back, is_control, refuse
from middlewares.robots_cache import RobotsCache
from middlewares.robots_rules import RobotsRules, rules_of
from middlewares.shared_redis import SharedRedis

_log = structlog.get_logger(__name__)
NOT_ASKED_PAUSE = 15.0  # seconds


class RobotsMiddleware:
    """Takes the place of Scrapy's, which has no memory beyond the process and allows all when a host fails."""

    def __init__(self, crawler: Crawler, user_agent: str, ttl: float, spread: float) -> None:
        self._crawler, self._user_agent, self._ttl, self._spread = crawler, user_agent, ttl, spread
        self._cache = RobotsCache(SharedRedis.of(crawler), self._fetch)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raises NotConfigured without ROBOTSTXT_OBEY."""
        settings = crawler.settings
        if not settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        user_agent = settings.get("ROBOTSTXT_USER_AGENT") or settings["USER_AGENT"]
        ttl, spread = settings.getfloat("ROBOTS_TTL", 43200.0), settings.getfloat("GATE_SPREAD", 60.0)
        return cls(crawler, user_agent, ttl, spread)

    async def process_request(self, request: Request) -> None:
        """Raises Refused for what is forbidden, GivenBack while the host's robots.txt cannot be had."""
        if is_control(request):
            return
        parts = urlsplit(request.url)
        try:
            rules = await unless_closing(self._crawler, self._cache.rules(f"{parts.scheme}://{parts.netloc}"))
        except CrawlEnds as error:  # another process fetches it
            raise give_back(request, "crawl_ends", 0.0, counts=False) from error
        if rules.text is None:
            self._crawler.stats.inc_value("robotstxt/unavailable")
            pause = max(rules.until - time.time(), 1.0)
            raise give_back(request, "robots_unavailable", pause, spread=self._spread, counts=False)
        if not rules.allows(request.url, self._user_agent):
            self._crawler.stats.inc_value("robotstxt/forbidden")
            raise refuse(request, "robots_forbidden")
        delay = rules.crawl_delay(self._user_agent)
        if delay:
            request.meta["crawl_delay"] = delay  # for the budget

    async def _fetch(self, site: str, before: RobotsRules | None) -> RobotsRules:
        """Through all middlewares, so that it keeps the budget, and the replica answers for its portals."""
        request = Request(
            f"{site}/robots.txt", NO_CALLBACK, priority=1000, meta={"dont_obey_robotstxt": True}, dont_filter=True
        )
        self._crawler.stats.inc_value("robotstxt/request_count")
        status: int | None = None
        body, failure = b"", ""
        try:
            response = await self._crawler.engine.download_async(request)
            status, body = response.status, response.body
        except GivenBack:
            # Not the host's answer: the budget or a block stood in the way. Asked again soon, not counted as a failure.
            return RobotsRules(None, time.time() + NOT_ASKED_PAUSE, before.failures if before else 0)
        except Exception as error:
            failure = repr(error)
        rules = rules_of(status, body, time.time(), self._ttl, before)
        if rules.text is None:
            pause = round(rules.until - time.time())
            _log.warning("robots.txt cannot be had", site=site, status=status, error=failure, pause_seconds=pause)
        return rules

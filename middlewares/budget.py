"""The politeness budget: no request leaves before its moment, whichever worker on whichever machine it is in."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Self
from urllib.parse import urlsplit

from redis import Redis
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError, NotConfigured
from scrapy.http import Response

from immobe.observability.metrics import BUDGET_WAIT
from immobe.redis.budget import Answers, BudgetRules, Grant, LocalBucket, RedisBucket
from middlewares.closing import CrawlEnds, unless_closing
from middlewares.lease import give_back
from middlewares.retry_rules import retry_after_seconds
from middlewares.shared_redis import RedisAway, SharedRedis
from middlewares.turns import NoTurn, Turns

SLOW_DOWN = frozenset({429, 503})


class BudgetMiddleware:
    """Waits for each request's moment, and tells the budget how the portal answers."""

    def __init__(self, crawler: Crawler, rules: BudgetRules, jitter: float, patience: float, spread: float) -> None:
        self._crawler, self._redis, self._stats = crawler, SharedRedis.of(crawler), crawler.stats
        self._rules, self._jitter, self._patience, self._spread = rules, jitter, patience, spread
        self._turns: dict[str, Turns] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raises NotConfigured with THROTTLE_ENABLED=False."""
        settings = crawler.settings
        if not settings.getbool("THROTTLE_ENABLED", True):
            raise NotConfigured
        rules = BudgetRules(
            settings.getfloat("BUDGET_INTERVAL", BudgetRules.interval),
            settings.getfloat("BUDGET_HIGHEST_INTERVAL", BudgetRules.highest_interval),
            settings.getint("BUDGET_BURST", BudgetRules.burst),
            settings.getfloat("BUDGET_LOOKAHEAD", BudgetRules.lookahead),
            settings.getint("HARVESTER_WORKERS", BudgetRules.workers),
        )
        return cls(
            crawler,
            rules,
            jitter=settings.getfloat("BUDGET_JITTER", 0.5),
            patience=settings.getfloat("BUDGET_PATIENCE", 60.0),
            spread=settings.getfloat("GATE_SPREAD", 60.0),
        )

    async def process_request(self, request: Request) -> None:
        """Returns at the request's moment. Raises GivenBack, uncounted, when that is too far or the crawl ends."""
        interval = max(self._rules.interval, request.meta.get("crawl_delay", 0.0))
        began = time.monotonic()
        try:
            await unless_closing(self._crawler, self._turns_of(request).wait(interval, self._patience))
        except NoTurn as error:
            self._stats.inc_value("budget/given_back")
            raise give_back(request, "budget", error.seconds, spread=self._spread, counts=False) from error
        except CrawlEnds as error:
            raise give_back(request, "crawl_ends", 0.0, counts=False) from error
        finally:
            BUDGET_WAIT.observe(time.monotonic() - began, domain=_domain(request))

    def process_response(self, request: Request, response: Response) -> Response:
        """Slow answers, 429 and 503 make all workers slower; `Retry-After` stops them for that long."""
        turns = self._turns_of(request)
        turns.answered(request.meta.get("download_latency"), success=response.status < 400)
        if response.status in SLOW_DOWN:
            self._stats.inc_value("budget/slow_downs")
            turns.refused(retry_after_seconds(response) or 0.0)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """A portal that does not answer in time is a slow one."""
        if isinstance(exception, DownloadTimeoutError):
            self._turns_of(request).answered(request.meta.get("download_timeout"), success=False)

    def _turns_of(self, request: Request) -> Turns:
        domain = _domain(request)
        if domain not in self._turns:
            shared, local = RedisBucket(self._rules, domain, self._redis.namespace), LocalBucket(self._rules)
            workers = self._rules.workers

            async def grants(interval: float, answers: Answers, jitters: Sequence[float]) -> Grant:
                def ask(redis: Redis) -> Grant:
                    return shared.grant(redis, interval, answers, jitters)

                try:
                    return await self._redis.ask(ask)
                except RedisAway:
                    self._stats.inc_value("budget/without_redis")
                    return local.grant(interval * workers, answers, jitters)

            self._turns[domain] = Turns(grants, self._jitter, self._rules.lookahead)
        return self._turns[domain]


def _domain(request: Request) -> str:
    return (urlsplit(request.url).hostname or "").removeprefix("www.")

"""Failed downloads are delivered again later, by the queue: no worker sleeps, and a crash does not forget the pause."""

from __future__ import annotations

from typing import Self

import structlog
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from middlewares.decompression import UNDECODABLE
from middlewares.lease import attempts_of, give_back, refuse
from middlewares.retry_rules import RETRIED_STATUSES, RetryRules, retry_after_seconds, why_refuse, why_retry

_log = structlog.get_logger(__name__)
IN_PROCESS_RETRIES = 2  # for requests without a lease, such as robots.txt


class RetryMiddleware:
    """Takes the place of Scrapy's. Rules and reasons: `retry_rules`."""

    def __init__(self, crawler: Crawler, rules: RetryRules) -> None:
        self._crawler, self._rules = crawler, rules

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler, RetryRules.of(crawler.settings))

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Raises GivenBack or Refused for a leased request; another one is repeated at once, twice at most."""
        if UNDECODABLE in response.flags:
            return self._again(request, UNDECODABLE, None) or response
        if response.status in RETRIED_STATUSES:
            return self._again(request, f"http_{response.status}", retry_after_seconds(response)) or response
        if response.status >= 400 and "lease" in request.meta and not self._handled(request, response.status):
            # No spider reads it: the scheduler must not take it for done.
            raise refuse(request, f"http_{response.status}")
        return response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Exceptions without a rule, and those of requests that may not be repeated, pass."""
        reason = why_retry(exception)
        if reason:
            return self._again(request, reason, None)
        refused = why_refuse(exception)
        if refused and "lease" in request.meta:
            raise refuse(request, refused) from exception
        return None

    def _again(self, request: Request, reason: str, retry_after: float | None) -> Request | None:
        leased = "lease" in request.meta
        count = attempts_of(request) if leased else request.meta.get("retry_times", 0) + 1
        log = _log.bind(url=request.url, correlation_id=request.meta.get("correlation_id"), retry_count=count)
        if count >= self._rules.max_attempts if leased else count > IN_PROCESS_RETRIES:
            self._crawler.stats.inc_value("retry/max_reached")
            log.error("given up", reason=reason)
            if leased:
                raise refuse(request, reason)
            return None
        self._crawler.stats.inc_value("retry/count")
        self._crawler.stats.inc_value(f"retry/reason_count/{reason}")
        if not leased:
            return request.replace(meta={**request.meta, "retry_times": count}, dont_filter=True)
        delay = self._rules.delay(count, retry_after)
        log.info("tried again later", reason=reason, delay_seconds=round(delay, 1))
        raise give_back(request, reason, delay)

    def _handled(self, request: Request, status: int) -> bool:
        by_spider = getattr(self._crawler.spider, "handle_httpstatus_list", ())
        return status in request.meta.get("handle_httpstatus_list", by_spider)

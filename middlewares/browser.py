"""Pages that a browser makes: what they load beside their document obeys robots.txt and the budget like the rest."""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from immobe.errors import PageNotMade
from middlewares.budget import BudgetMiddleware
from middlewares.lease import GivenBack, Refused, attempts_of, give_back
from middlewares.retry_rules import RetryRules
from middlewares.robots import RobotsMiddleware


class BrowserMiddleware:
    """Gives pages back that could not be made, and is the guard (BROWSER_GUARD) of what is loaded for the others."""

    def __init__(self, crawler: Crawler, rules: RetryRules) -> None:
        self._crawler, self._rules = crawler, rules

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler, RetryRules.of(crawler.settings))

    def process_response(self, request: Request, response: Response) -> Response:
        """The budget learns how the portal answers, not how long Chromium took."""
        latency = request.meta.pop("document_latency", None)
        if latency is not None:
            request.meta["download_latency"] = latency
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Raises GivenBack for a page that could not be made."""
        if not isinstance(exception, PageNotMade):
            return
        delay = exception.delay_seconds
        if delay is None:
            delay = self._rules.delay(attempts_of(request))
        self._crawler.stats.inc_value(f"browser/given_back/{exception.reason}")
        raise give_back(request, exception.reason, delay, counts=exception.counts) from exception

    async def admit(self, request: Request, *, is_data: bool) -> bool:
        """For `immobe.crawling.browser_parts.Guard`. Only data waits for the budget: scripts are kept for all pages."""
        # Both write into it what they would have done with a page.
        lease = request.meta.setdefault("lease", {"attempts": 1})
        try:
            robots = self._crawler.get_downloader_middleware(RobotsMiddleware)
            if robots is not None:
                await robots.process_request(request)
            budget = self._crawler.get_downloader_middleware(BudgetMiddleware)
            if budget is not None and is_data:
                await budget.process_request(request)
        except Refused:
            return False
        except GivenBack as error:
            text = f"a part of the page cannot be asked for now: {request.url}"
            raise PageNotMade(error.reason, text, delay_seconds=lease["delay_seconds"], counts=False) from error
        return True

    def answered(self, request: Request, response: Response, *, is_data: bool) -> None:
        """For `Guard`: slow answers and refusals make all workers slower, whatever was asked for."""
        budget = self._crawler.get_downloader_middleware(BudgetMiddleware)
        if budget is not None:
            budget.process_response(request, response)

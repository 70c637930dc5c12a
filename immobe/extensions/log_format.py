"""Scrapy's own lines in our format, and without items: a payload has 300 kB, and it is nobody's business."""

from __future__ import annotations

import logging
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

from immobe.observability.logs import configure_logs


class PrivateLogFormatter(LogFormatter):
    """Names what a line is about by platform, id, reason and correlation id; these become fields of the line."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Settings of the command line (`-L DEBUG`, `--logfile`, `--nolog`; Scrapyd's log file) take effect here."""
        settings = crawler.settings
        level = settings["LOG_LEVEL"] if settings.getbool("LOG_ENABLED") else logging.CRITICAL + 1
        configure_logs(level, settings.getbool("LOG_JSON"), "harvester", settings.get("LOG_FILE"))
        return cls()

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        """Nothing: the line of the scrape tells it."""
        return None  # type: ignore[return-value]  # Scrapy's way to say: no line

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """A warning with the reason."""
        return _about_item(logging.WARNING, "Dropped %(what)s: %(reason)s", item, exception)

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """An error; Scrapy adds the traceback."""
        return _about_item(logging.ERROR, "Error processing %(what)s: %(reason)s", item, exception)

    def crawled(self, request: Request, response: Response, spider: Spider) -> LogFormatterResult:
        """Every response, for debugging."""
        return _about_request(logging.DEBUG, f"Crawled ({response.status}) %(request)s", request)

    def spider_error(
        self, failure: Failure, request: Request, response: Response | Failure, spider: Spider
    ) -> LogFormatterResult:
        """An error; Scrapy adds the traceback."""
        return _about_request(logging.ERROR, "Spider error processing %(request)s", request)

    def download_error(
        self, failure: Failure, request: Request, spider: Spider, errmsg: str | None = None
    ) -> LogFormatterResult:
        """An error; Scrapy adds the traceback."""
        return _about_request(logging.ERROR, "Error downloading %(request)s", request)


def _about_item(level: int, message: str, item: Any, exception: BaseException) -> LogFormatterResult:
    source = getattr(item, "source", item)  # a mapped listing names its source
    args = {name: getattr(source, name, None) for name in ("platform", "platform_listing_id", "correlation_id")}
    reason = f"{type(exception).__name__}: {exception}".splitlines()[0][:300]
    return {"level": level, "msg": message, "args": {**args, "what": type(item).__name__, "reason": reason}}


def _about_request(level: int, message: str, request: Request) -> LogFormatterResult:
    return {
        "level": level,
        "msg": message,
        "args": {"request": str(request), "correlation_id": request.meta.get("correlation_id")},
    }

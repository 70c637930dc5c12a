"""When a crawl has finished: adverts of one dwelling become one property, of what it and others have stored."""

from __future__ import annotations

from typing import Self

import structlog
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.defer import maybe_deferred_to_future
from sqlalchemy.exc import SQLAlchemyError
from twisted.internet.threads import deferToThread

from immobe.errors import ServiceError
from immobe.extensions.database import reports_engine
from immobe.market.properties import match_alone

_log = structlog.get_logger(__name__)


class MatchProperties:
    """In a thread, for a bounded time. What it does not get done, the next crawl or `immobe properties match` does."""

    def __init__(self, crawler: Crawler, seconds: float) -> None:
        self._crawler, self._engine, self._seconds = crawler, reports_engine(crawler), seconds

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raises NotConfigured without DATABASE_URL, or when MATCH_SECONDS is 0."""
        seconds: float = crawler.settings["IMMOBE_CONFIG"].match_seconds
        if not seconds:
            raise NotConfigured("MATCH_SECONDS is 0")
        extension = cls(crawler, seconds)
        crawler.signals.connect(extension._closed, signal=signals.spider_closed)
        return extension

    async def _closed(self, reason: str) -> None:
        """One that is stopped or replaced has no time."""
        if reason == "finished" and self._crawler.stats.get_value("item_scraped_count"):
            await maybe_deferred_to_future(deferToThread(self._match))

    def _match(self) -> None:
        try:
            done = match_alone(self._engine, self._seconds)
        except (ServiceError, SQLAlchemyError) as error:
            _log.warning("Properties were not matched; the next crawl does it", error=str(error))
            return
        if done is None:
            _log.info("Properties are being matched by another process")
        else:
            _log.info("Properties are matched", listings=done.listings, pairs=done.linked)

"""Starts and ends the delivery of this process's counts: see `immobe.observability.flusher`."""

from __future__ import annotations

from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.threads import deferToThread

from immobe.extensions.database import reports_engine
from immobe.extensions.scrapes import Scrapes
from immobe.observability.flusher import Flusher


class FlushMetrics:
    """Delivers every METRICS_FLUSH_SECONDS (5) and when the spider closes, never in the reactor's thread."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._flusher = Flusher(
            reports_engine(crawler), seconds=crawler.settings.getfloat("METRICS_FLUSH_SECONDS", 5.0)
        )

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raises NotConfigured without DATABASE_URL."""
        extension = cls(crawler)
        crawler.signals.connect(extension._opened, signal=signals.spider_opened)
        crawler.signals.connect(extension._closed, signal=signals.spider_closed)
        return extension

    def _opened(self) -> None:
        self._flusher.start()

    async def _closed(self) -> None:
        scrapes = self._crawler.get_extension(Scrapes)
        if scrapes is not None:
            scrapes.sweep()  # the last pages' ends belong to the last delivery
        await maybe_deferred_to_future(deferToThread(self._flusher.close))

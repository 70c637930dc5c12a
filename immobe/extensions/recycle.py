"""Ends a process that has fetched enough pages or needs too much memory, so that nothing grows for months."""

from __future__ import annotations

import asyncio
import time
from typing import Self

import psutil
import structlog
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.utils.asyncio import create_looping_call

_log = structlog.get_logger(__name__)
_LOOK_SECONDS = 1.0
PREFIX = "recycled"
"""Finish reasons of crawls that ended so begin with it."""


class Recycle:
    """Closes the spider, with the reason `recycled_pages` or `recycled_memory`; pages in work are finished first.

    RECYCLE_PAGES: pages of this crawl; RECYCLE_MB: resident memory of the process, whatever it is for. 0: no limit.
    """

    def __init__(self, crawler: Crawler, most_pages: int, most_mb: int) -> None:
        self._crawler, self._most_pages, self._most_mb = crawler, most_pages, most_mb
        self._looking = create_looping_call(self._look)
        self._closing: asyncio.Task[None] | None = None
        self.pages = 0
        """Pages of the queue that were answered."""
        self.last_page: float | None = None
        """When the last one was, by the monotonic clock."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Counts pages also when there is no limit."""
        settings = crawler.settings
        extension = cls(crawler, settings.getint("RECYCLE_PAGES"), settings.getint("RECYCLE_MB"))
        crawler.signals.connect(extension._opened, signals.spider_opened)
        crawler.signals.connect(extension._closed, signals.spider_closed)
        crawler.signals.connect(extension._received, signals.response_received)
        return extension

    @property
    def is_due(self) -> bool:
        """A limit is reached and the crawl is ending."""
        return self._closing is not None

    def _opened(self) -> None:
        if self._most_mb:
            self._looking.start(_LOOK_SECONDS)

    def _closed(self) -> None:
        if self._looking.running:
            self._looking.stop()

    def _received(self, request: Request) -> None:
        if "lease" not in request.meta:  # robots.txt
            return
        self.pages += 1
        self.last_page = time.monotonic()
        if self.pages == self._most_pages:
            self._end("pages", pages=self.pages)

    def _look(self) -> None:
        rss_mb = resident_bytes() / 1e6
        if rss_mb > self._most_mb:
            self._end("memory", rss_mb=round(rss_mb), limit_mb=self._most_mb)

    def _end(self, limit: str, **facts: int) -> None:
        if self._closing is None:
            _log.info("This process has done its part and ends", reason=limit, **facts)
            reason = f"{PREFIX}_{limit}"
            self._closing = asyncio.ensure_future(self._crawler.engine.close_spider_async(reason=reason))


def resident_bytes() -> int:
    """What this process has in memory now."""
    return int(psutil.Process().memory_info().rss)

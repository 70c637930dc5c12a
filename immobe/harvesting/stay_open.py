"""A harvester does not end when its queue is empty: scouts will queue more."""

from __future__ import annotations

from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider


class StayOpen:
    """Scrapy extension. The queue's thread goes on looking for work, and wakes the engine when there is some."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listens to the crawl."""
        extension = cls()
        crawler.signals.connect(extension._idle, signals.spider_idle)
        return extension

    def _idle(self) -> None:
        raise DontCloseSpider

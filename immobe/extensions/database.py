"""PostgreSQL for what extensions report: a few connections a process, apart from those that commit listings."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from sqlalchemy import Engine

from immobe.storage.engine import make_engine

_engines: WeakKeyDictionary[Crawler, Engine] = WeakKeyDictionary()


def reports_engine(crawler: Crawler) -> Engine:
    """One engine for all extensions of a crawler, for use in threads. Raises NotConfigured without DATABASE_URL."""
    if crawler not in _engines:
        database_url = crawler.settings["DATABASE_URL"]
        if not database_url:
            raise NotConfigured("DATABASE_URL is not set")
        _engines[crawler] = make_engine(crawler.settings["IMMOBE_CONFIG"], database_url, "immobe reports")
    return _engines[crawler]

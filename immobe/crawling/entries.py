"""Requests as the queue holds them: those that pages link to, and those that people push."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler

from immobe.crawling import serializer
from immobe.crawling.leases_records import Entry, RequestIds
from immobe.crawling.spider import PlatformSpider
from immobe.observability.correlation import is_correlation_id

_log = logging.getLogger(__name__)

MOST_PRIORITY = 49
"""A listing page with more would count as a search page: see `LAST_SEARCH_SCORE`."""
_USED = {"url", "priority", "method", "correlation_id"}


class Entries:
    """Makes the entries of one spider. Threads may share it."""

    def __init__(self, crawler: Crawler, spider: PlatformSpider) -> None:
        self._crawler, self._spider = crawler, spider
        self._ids = RequestIds()
        self._told: set[tuple[str, ...]] = set()

    def of(self, request: Request) -> Entry:
        """A request's. Raises TypeError or ValueError when meta holds what JSON cannot."""
        # Where a page redirects to is always fetched: it may be the same listing under another slug.
        filtered = not request.dont_filter and "redirect_times" not in request.meta
        fingerprint = self._crawler.request_fingerprinter.fingerprint(request) if filtered else b""
        plain = serializer.as_dict(request, self._spider)
        plain["meta"] = {key: value for key, value in request.meta.items() if key not in ("lease", "parent")}
        return Entry(self._ids.new(), serializer.dumps(plain).encode(), -request.priority, fingerprint)

    def of_start_url(self, message: dict[str, Any]) -> Entry:
        """That of a message of `<spider>:start_urls`: a `url` of the platform, and maybe a `priority` among its kind.

        `priority` is a whole number from -49 to 49, higher is sooner. A `method` other than GET is refused, for we only
        read. `correlation_id` follows the page from here on. What else scrapy-redis knows (`meta`, form fields) is
        ignored, and the log says so. Raises ValueError.
        """
        method, priority = message.get("method", "GET"), message.get("priority", 0)
        if str(method).upper() != "GET":
            raise ValueError(f"method {method!r}: pages are only read, with GET")
        if type(priority) is not int or abs(priority) > MOST_PRIORITY:
            raise ValueError(f"priority {priority!r} is no whole number from -{MOST_PRIORITY} to {MOST_PRIORITY}")
        request = self._spider.request_for(message["url"])
        given = message.get("correlation_id")
        if is_correlation_id(given):
            request.meta["correlation_id"] = given
        self._tell_ignored(tuple(sorted(message.keys() - _USED)))
        return self.of(request.replace(priority=request.priority + priority))

    def _tell_ignored(self, names: tuple[str, ...]) -> None:
        """Once for the same names: a thousand pushed URLs are one mistake."""
        if names and names not in self._told:
            self._told.add(names)
            _log.warning("start URLs: ignored %s; only url and priority are used", ", ".join(names))

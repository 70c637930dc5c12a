"""Middlewares that only watch: they tell `Scrapes` where a request is, and bind its correlation id to log lines."""

from __future__ import annotations

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response

from immobe.extensions.scrapes import Scrapes
from immobe.observability.correlation import resume_work


class _Watching:
    def __init__(self, crawler: Crawler) -> None:
        scrapes = crawler.get_extension(Scrapes)
        if scrapes is None:
            raise NotConfigured("the extension Scrapes is off")
        self._scrapes = scrapes

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raises NotConfigured without the extension `Scrapes`; extensions exist before middlewares."""
        return cls(crawler)


class BeginScrape(_Watching):
    """Downloader middleware, nearest to the engine: whatever the others decide, the page has begun."""

    def process_request(self, request: Request) -> None:
        """Begins a page, or goes on with it after a redirect; lines of this task carry its correlation id."""
        self._scrapes.began(request)


class NoteException(_Watching):
    """Downloader middleware, nearest to the downloader: sees an exception before a retry hides it."""

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Notes it; others decide."""
        self._scrapes.failed(request, exception)


class ResumeScrape(_Watching):
    """Spider middleware: spider, pipelines and commit run in another task than the download."""

    def process_spider_input(self, response: Response) -> None:
        """Lines of this task carry the correlation id of the page that is read."""
        scrape = self._scrapes.of(response.request)
        if scrape is not None:
            resume_work(scrape.work)

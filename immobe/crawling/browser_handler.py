"""The download handler of crawls with browser platforms: fetches as ever, then has Chromium make pages of documents."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.misc import load_object

from immobe.crawling.replica_handler import ReplicaDownloadHandler

if TYPE_CHECKING:
    from immobe.crawling.browser import Browser

HTML = (b"text/html", b"application/xhtml+xml")


class BrowserDownloadHandler:
    """For the platforms of BROWSER_PLATFORMS; others never import what drives a browser.

    A document is fetched by Scrapy, from the replica with REPLICA_URL, so that every middleware sees its request and
    its answer as it sees all others. Only HTML with status 200 goes to the browser.
    """

    lazy = True

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        kind = ReplicaDownloadHandler if settings["REPLICA_URL"] else HTTP11DownloadHandler
        self._crawler, self._fetcher = crawler, kind(crawler)
        name = crawler.spider.name if crawler.spider is not None else ""
        self._is_wanted = name in settings.getlist("BROWSER_PLATFORMS")
        self._browser: Browser | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def download_request(self, request: Request) -> Response:
        """Raises what `Browser.make` raises, beside what a download raises."""
        if self._is_wanted:
            # A document can be unchanged while the page that a browser makes of it has changed.
            for header in ("If-None-Match", "If-Modified-Since"):
                request.headers.pop(header, None)
        response = await self._fetcher.download_request(request)
        # Some servers send robots.txt as HTML.
        is_control = request.meta.get("dont_obey_robotstxt")
        if not self._is_wanted or is_control or not is_document(response):
            return response
        began, latency = time.monotonic(), request.meta.get("download_latency", 0.0)
        page = await self._open_browser().make(response.replace(request=request))
        request.meta["document_latency"] = latency  # the portal's; what follows is the scrape's
        request.meta["download_latency"] = latency + time.monotonic() - began
        return page

    def _open_browser(self) -> Browser:
        """Imported at the first page: Playwright takes 30 MB and half a second."""
        if self._browser is None:
            from immobe.crawling.browser import browser_of

            path = self._crawler.settings["BROWSER_GUARD"]
            guard = self._crawler.get_downloader_middleware(load_object(path)) if path else None
            self._browser = browser_of(self._crawler, self._fetcher.download_request, guard)
        return self._browser

    async def close(self) -> None:
        """Ends the browser, if there is one."""
        if self._browser is not None:
            await self._browser.close()
        await self._fetcher.close()


def is_document(response: Response) -> bool:
    """Whether it is something that a browser makes a page of."""
    kind = (response.headers.get("Content-Type") or b"").lower()
    saved = (response.headers.get("Content-Disposition") or b"").lower().startswith(b"attachment")
    return response.status == 200 and kind.startswith(HTML) and not saved

"""The browser of a crawl: started when the first page needs it, and again when it dies; it bounds pages and time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any
from weakref import WeakKeyDictionary

import structlog
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response

from immobe.config import Config
from immobe.crawling.browser_page import PageLoad
from immobe.crawling.browser_parts import Fetch, Guard, PartFetcher
from immobe.crawling.browser_session import BrowserGone, BrowserSession
from immobe.crawling.engine_state import is_closing
from immobe.errors import PageError, PageNotMade
from immobe.observability.metrics import BROWSER_PAGE_SECONDS, BROWSER_RESTARTS
from immobe.platforms.base import page_text
from immobe.redis import full_jitter

_log = structlog.get_logger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_PATIENCE = 5.0
"""So long does a page wait for a browser's next start; for a longer pause it goes back to the queue."""
_TRIES = 2
"""A page whose browser dies is made once more at once, since it may only have stood beside the one that killed it."""
Start = Callable[[Crawler, Config], Coroutine[Any, Any, BrowserSession]]


class Browser:
    """One for a crawl, whatever the scheme of its pages."""

    def __init__(
        self, crawler: Crawler, fetch: Fetch, guard: Guard | None, start: Start = BrowserSession.start
    ) -> None:
        self._crawler, self._start = crawler, start
        self._config: Config = crawler.settings["IMMOBE_CONFIG"]
        # The replica has none of them, and a crawl of it asks nobody else.
        extra_hosts = () if crawler.settings["REPLICA_URL"] else self._config.browser_extra_hosts
        self._parts = PartFetcher(crawler, fetch, guard, extra_hosts)
        self._places = asyncio.Semaphore(self._config.browser_pages)
        self._session: BrowserSession | None = None
        self._starting: asyncio.Task[BrowserSession] | None = None
        self._is_closed = False
        self._failures = 0
        self._not_before = 0.0

    async def make(self, document: Response) -> Response:
        """The page that a browser makes of a fetched document, or another answer where the page leads to one.

        Raises DownloadTimeoutError, PageNotMade, and what the download of a part raises.
        """
        text = self._text(document)
        if text is None:
            return document
        ends = time.monotonic() + self._seconds_left(document)
        try:
            async with asyncio.timeout(ends - time.monotonic()), self._places:
                return await self._make(document, text, lambda: ends - time.monotonic())
        except TimeoutError:
            raise DownloadTimeoutError(f"{document.url}: the browser did not finish the page in time") from None

    def _text(self, document: Response) -> str | None:
        """None for what the middlewares have to judge as it is: empty, broken, or grown too large."""
        assert document.request is not None  # noqa: S101 - download handlers answer requests
        try:
            decoded = self._parts.decoded(document.request, document)
            return page_text(decoded.body, (document.headers.get("Content-Type") or b"").decode("latin-1"))
        except (PageError, IgnoreRequest):
            return None
        except Exception as error:  # decompression has no root of its own
            _log.debug("a document cannot be decompressed", url=document.url, error=repr(error))
            return None

    def _seconds_left(self, document: Response) -> float:
        """Of the page's own time, and of the attempt's, whose clock `LimitsMiddleware` started."""
        meta = document.meta
        left = self._config.browser_page_timeout
        if "asked_at" in meta:
            left = min(left, meta["seconds_left"] - (time.monotonic() - meta["asked_at"]))
        return float(left)

    async def _make(self, document: Response, text: str, seconds_left: Callable[[], float]) -> Response:
        for _ in range(_TRIES):
            session = await self._running()
            load = PageLoad(
                document,
                text,
                self._parts,
                seconds_left=seconds_left,
                settle_seconds=self._config.browser_settle_timeout,
                most_bytes=self._crawler.settings.getint("DOWNLOAD_MAXSIZE"),
            )
            began = time.monotonic()
            try:
                response = await session.make(load)
            except BrowserGone:
                continue
            finally:
                BROWSER_PAGE_SECONDS.observe(time.monotonic() - began, platform=self._platform)
            self._failures = 0
            self._crawler.stats.inc_value("browser/pages")
            return response
        raise PageNotMade("browser_died", f"{document.url}: the browser died {_TRIES} times over this page")

    @property
    def _platform(self) -> str:
        return self._crawler.spider.name if self._crawler.spider is not None else ""

    async def _running(self) -> BrowserSession:
        """The browser that is there, or a new one. All who wait for one wait for the same start."""
        if self._session is not None and self._session.is_alive:
            return self._session
        if self._is_closed or is_closing(self._crawler):
            raise PageNotMade("browser_closed", "the crawl ends", delay_seconds=0.0, counts=False)
        if self._starting is None:
            pause = self._not_before - time.monotonic()
            if pause > _PATIENCE:
                raise PageNotMade("browser_unavailable", "no browser", delay_seconds=pause, counts=False)
            self._starting = asyncio.create_task(self._start_again(pause))
            # Perhaps nobody waits any more when it fails.
            self._starting.add_done_callback(lambda start: start.cancelled() or start.exception())
        return await asyncio.shield(self._starting)

    async def _start_again(self, pause: float) -> BrowserSession:
        try:
            if self._session is not None:
                await self._end_of(self._session)
                pause = max(pause, self._not_before - time.monotonic())
            await asyncio.sleep(max(0.0, pause))
            self._session = await self._start(self._crawler, self._config)
        except Exception as error:
            self._failed()
            _log.error("the browser does not start", platform=self._platform, error=str(error).splitlines()[0])
            pause = max(0.0, self._not_before - time.monotonic())
            raise PageNotMade("browser_unavailable", str(error), delay_seconds=pause, counts=False) from error
        finally:
            self._starting = None
        self._crawler.stats.inc_value("browser/starts")
        _log.info("browser started", platform=self._platform)
        return self._session

    async def _end_of(self, session: BrowserSession) -> None:
        """A browser has died. When it had made pages the next one comes at once, else after a pause that grows."""
        self._session = None
        BROWSER_RESTARTS.add(platform=self._platform)
        self._crawler.stats.inc_value("browser/restarts")
        _log.warning("the browser died and is started again", platform=self._platform, pages=session.pages_made)
        if not session.pages_made:
            self._failed()
        await session.close()

    def _failed(self) -> None:
        pause = full_jitter(self._failures, base=_FIRST_PAUSE, cap=_LONGEST_PAUSE)
        self._failures += 1
        self._not_before = time.monotonic() + pause

    async def close(self) -> None:
        """Ends it; no other one is started."""
        self._is_closed = True
        if self._starting is not None:
            await asyncio.gather(self._starting, return_exceptions=True)
        session, self._session = self._session, None
        if session is not None:
            await session.close()


_browsers: WeakKeyDictionary[Crawler, Browser] = WeakKeyDictionary()


def browser_of(crawler: Crawler, fetch: Fetch, guard: Guard | None) -> Browser:
    """The crawl's one browser, made at the first call; nothing is started by that."""
    if crawler not in _browsers:
        _browsers[crawler] = Browser(crawler, fetch, guard)
    return _browsers[crawler]

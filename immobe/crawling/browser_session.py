"""One Chromium from its start to its end, through scrapy-playwright.

A scrapy-playwright handler can start a new browser when its browser has died, but then its counts of pages and contexts
no longer hold (0.0.48: a crash and a close both give a page's place back, a dead browser's contexts none). So a handler
of it lives as long as its browser, and places are counted by us. What we use of it that is not public is in this file
alone; a contract test pins it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil
import structlog
from playwright.async_api import Error as PlaywrightError
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
from scrapy_playwright.page import PageMethod

from immobe.config import Config
from immobe.crawling.browser_options import START_SECONDS, handler_config
from immobe.crawling.browser_page import PageLoad
from immobe.errors import PageNotMade

_log = structlog.get_logger(__name__)
_CLOSE_SECONDS = 5.0
_LAST_WORDS_SECONDS = 1.0
"""A page hears of its browser's death a little earlier than we do."""
# It writes a traceback for every page that fails; we say in one line what became of the page.
logging.getLogger("scrapy-playwright").setLevel(logging.CRITICAL)


class BrowserGone(Exception):  # noqa: N818 - reads as what happened
    """The browser has died, with all its pages."""


@dataclass(eq=False)
class _Context:
    """A place for pages without anything stored; replaced after so many pages."""

    name: str
    taken: int = 0
    open: int = 0


class BrowserSession:
    """Made by `start`; `close` must be awaited in the end."""

    def __init__(self, crawler: Crawler, config: Config) -> None:
        self._config = config
        self._handler = ScrapyPlaywrightDownloadHandler(crawler)
        self._handler.config = handler_config(config, crawler.settings["USER_AGENT"])
        self._user_agent: str = crawler.settings["USER_AGENT"]
        self._contexts: list[_Context] = []
        self._context_number = 0
        self._room = asyncio.Condition()
        self._driver: psutil.Process | None = None
        self._processes: list[psutil.Process] = []
        self.died = asyncio.Event()
        self.pages_made = 0

    @classmethod
    async def start(cls, crawler: Crawler, config: Config) -> BrowserSession:
        """Raises ConfigError without a Chromium, and what Playwright raises when it does not start."""
        session = cls(crawler, config)
        try:
            async with asyncio.timeout(START_SECONDS):
                await session._start()
        except BaseException:
            await session.close()
            raise
        return session

    async def _start(self) -> None:
        await self._handler._launch()
        await self._handler._maybe_launch_browser()
        browser = self._handler.browser
        # Its own answer to that closes contexts one by one, of a browser that is no more.
        browser.remove_listener("disconnected", self._handler._browser_disconnected_callback)
        browser.on("disconnected", lambda _: self.died.set())
        if not browser.is_connected():
            self.died.set()
        self._note_processes()

    @property
    def is_alive(self) -> bool:
        return not self.died.is_set()

    @property
    def open_pages(self) -> int:
        return sum(context.open for context in self._contexts)

    async def make(self, load: PageLoad) -> Response:
        """The finished page, or the answer that ended it.

        Raises BrowserGone, PageNotMade, and what made the page fail.
        """
        context = await self._take_place()
        try:
            response = await self._make(load, context)
        finally:
            await self._give_place_back(load, context)
        self.pages_made += 1
        return response

    async def _make(self, load: PageLoad, context: _Context) -> Response:
        try:
            made = await self._handler.download_request(self._request(load, context))
            return load.response(made.text)
        except (DownloadCancelledError, PageNotMade):
            raise
        except Exception as error:  # Playwright's own, and what it raises when its driver is gone
            ended = load.outcome()
            if ended is not None:
                return ended
            await self._raise_if_gone()
            text = f"{type(error).__name__}: {error}".splitlines()[0]
            _log.warning("the browser cannot make a page", url=load.url, error=text)
            raise PageNotMade("browser_error", f"{load.url}: {text}") from error

    def _request(self, load: PageLoad, context: _Context) -> Request:
        kwargs: dict[str, Any] = {"service_workers": "block", "accept_downloads": False}
        if self._config.browser_cdp_url:
            kwargs["user_agent"] = self._user_agent  # of our own Chromium it is a flag
        meta = {
            "playwright": True,
            "playwright_context": context.name,
            "playwright_context_kwargs": kwargs,
            "playwright_page_init_callback": load.begin,
            "playwright_page_goto_kwargs": {"wait_until": "commit"},
            "playwright_page_methods": [PageMethod(load.settle)],
        }
        return Request(load.url, meta=meta, dont_filter=True)

    async def _raise_if_gone(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.died.wait(), _LAST_WORDS_SECONDS)
        if self._driver is not None and not _is_running(self._driver):
            self.died.set()
        if self.died.is_set():
            raise BrowserGone

    async def _take_place(self) -> _Context:
        """In the newest context while it may take pages, else in a new one, as soon as there may be one more."""
        async with self._room:
            await self._room.wait_for(lambda: self._newest() or len(self._contexts) < self._config.browser_contexts)
            context = self._newest()
            if context is None:
                self._context_number += 1
                context = _Context(f"context-{self._context_number}")
                self._contexts.append(context)
            context.taken += 1
            context.open += 1
            return context

    def _newest(self) -> _Context | None:
        newest = self._contexts[-1] if self._contexts else None
        return newest if newest and newest.taken < self._config.browser_pages_per_context else None

    async def _give_place_back(self, load: PageLoad, context: _Context) -> None:
        """A page or context that cannot be closed means that nothing works there any more: the browser is given up."""
        context.open -= 1
        is_finished = context.open == 0 and context.taken >= self._config.browser_pages_per_context
        closed = not self.is_alive or await _done_soon(load.close())
        if is_finished:
            closed = closed and await self._close_context(context)
            self._contexts.remove(context)
        if not closed and self.is_alive:
            _log.warning("the browser does not close its pages and is given up", url=load.url)
            self.died.set()
        async with self._room:
            self._room.notify_all()

    async def _close_context(self, context: _Context) -> bool:
        wrapper = self._handler.context_wrappers.get(context.name)
        return wrapper is None or not self.is_alive or await _done_soon(wrapper.context.close())

    async def close(self) -> None:
        """Ends the browser, in order if it can, and whatever is left of its processes."""
        self.died.set()
        self._note_processes()
        provider = getattr(self._handler, "browser_provider", None)
        browser = getattr(self._handler, "browser", None)
        if browser is not None:
            await _done_soon(browser.close())
        if provider is not None:
            await _done_soon(provider.close())
        self._kill_processes()

    def _note_processes(self) -> None:
        """The driver and all below it; a remote browser's are not among them."""
        pid = driver_pid(self._handler)
        with suppress(psutil.Error):
            if pid is not None:
                self._driver = self._driver or psutil.Process(pid)
                self._processes += [self._driver, *self._driver.children(recursive=True)]

    def _kill_processes(self) -> None:
        for process in self._processes:
            with suppress(psutil.Error):
                if process.is_running():  # the same one: psutil compares when it was started
                    process.kill()


async def _done_soon(work: Coroutine[Any, Any, Any]) -> bool:
    """Whether it was done in time. What Playwright says to a browser that is gone does not matter."""
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await work
    except TimeoutError:
        return False
    except PlaywrightError:
        return True
    return True


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def driver_pid(handler: ScrapyPlaywrightDownloadHandler) -> int | None:
    """The process of Playwright's driver, of which Chromium is a child."""
    provider = getattr(handler, "browser_provider", None)
    manager = getattr(provider, "playwright_context_manager", None)
    client = getattr(manager, "_client", None)
    process = getattr(getattr(client, "_transport", None), "_proc", None)
    return None if process is None else int(process.pid)

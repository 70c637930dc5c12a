"""Settings of a crawl with foreign components that misbehave, and with an eye on the event loop."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from immobe.settings import *  # noqa: F403
from immobe.settings import DOWNLOADER_MIDDLEWARES, EXTENSIONS, SPIDER_MIDDLEWARES

_log = logging.getLogger(__name__)
ODD = os.environ.get("TEST_ODD_LISTING", "")
IGNORED = os.environ.get("TEST_IGNORED_LISTING", "")


class OddMeta:
    """Puts into the request of one listing what JSON cannot hold."""

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for output in result:
            if ODD and isinstance(output, Request) and output.cb_kwargs.get("listing_id") == ODD:
                output.meta["odd"] = object()
            yield output


class Ignoring:
    """Decides, without a word to the queue, that one listing is not fetched."""

    def process_request(self, request: Request) -> None:
        if IGNORED and request.cb_kwargs.get("listing_id") == IGNORED:
            raise IgnoreRequest("not this one")


class LoopWatch:
    """Says in the end for how long the event loop stood still at most since the crawl was told to stop."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        watch = cls()
        crawler.signals.connect(watch._opened, signals.spider_opened)
        crawler.signals.connect(watch._closed, signals.spider_closed)
        return watch

    def _opened(self) -> None:
        self._longest = 0.0
        self._task = asyncio.create_task(self._watch())

    async def _closed(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        _log.info("event loop stood still for %.2f s", self._longest)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time() + 5  # a start imports this and that
        while True:
            await asyncio.sleep(0.02)
            self._longest, before = max(self._longest, loop.time() - before - 0.02), max(before, loop.time())


SPIDER_MIDDLEWARES = {**SPIDER_MIDDLEWARES, "tests.integration.odd_settings.OddMeta": 400}
DOWNLOADER_MIDDLEWARES = {**DOWNLOADER_MIDDLEWARES, "tests.integration.odd_settings.Ignoring": 50}
EXTENSIONS = {**EXTENSIONS, "tests.integration.odd_settings.LoopWatch": 900}

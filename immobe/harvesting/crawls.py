"""One platform's crawl within a worker: begun again when it fails, without a word to the other platforms."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Set
from contextlib import suppress

import structlog
from scrapy import Request, signals
from scrapy.core.engine import ExecutionEngine
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.utils.defer import maybe_deferred_to_future

from immobe.crawling.engine_state import requests_in_progress
from immobe.extensions.recycle import PREFIX, Recycle
from immobe.harvesting.backoff import Backoff
from immobe.harvesting.options import PoolOptions

_log = structlog.get_logger(__name__)
# Scrapy's own extension ends a crawl so when the process is far too large.
_TOO_LARGE = "memusage_exceeded"
# With `until_empty`, a platform whose crawl fails so often in a row is given up.
_MOST_FAILURES = 5


class PlatformCrawl:
    """Restarts with growing pauses; ends when it is told to, or, with `until_empty`, when its queue is empty."""

    def __init__(self, process: AsyncCrawlerProcess, platform: str, pool: PoolOptions) -> None:
        self._process, self.platform, self._until_empty = process, platform, pool.until_empty
        self._mode = pool.mode
        self._backoff = Backoff(
            pool.restart_seconds, pool.longest_restart_seconds, healthy_seconds=pool.healthy_seconds
        )
        self._crawler: Crawler | None = None
        self._stopping = asyncio.Event()
        self._over = asyncio.Event()
        self._pages_before = 0
        self._held: Set[Request] = frozenset()
        self._progress = time.monotonic()
        self.last_page: float | None = None
        """By the monotonic clock."""
        self.state = "starting"
        """See `Report.platforms`."""
        self.must_recycle = False
        """The process has done its part: all crawls shall end."""

    async def keep(self) -> None:
        """Crawls, and crawls again."""
        while not self._stopping.is_set():
            began = time.monotonic()
            reason = await self._crawl()
            if reason.startswith(PREFIX) or reason == _TOO_LARGE:
                self.must_recycle = True
                break
            if self._until_empty and reason == "finished":
                self.state = "done"
                break
            if not self._stopping.is_set() and not await self._may_go_on(reason, time.monotonic() - began):
                break
        self._over.set()

    async def close(self, reason: str) -> None:
        """Ends the crawl in order: pages in work are finished, what else it holds is given back. Returns at the end."""
        self._stopping.set()
        while not self._over.is_set():
            engine = self._engine
            if engine is not None and engine.running:
                with suppress(RuntimeError):  # it ends by itself at this moment
                    await engine.close_spider_async(reason=reason)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), 0.05)

    async def hand_back(self, reason: str) -> None:
        """Gives back what is held, also what is in work. The crawl is of no use any more.

        Extensions write their last counts and the run's end, as if the spider had closed.
        """
        crawler, engine = self._crawler, self._engine
        if crawler is None or engine is None or engine.scheduler is None:
            return
        if (closing := engine.scheduler.close(reason)) is not None:
            await maybe_deferred_to_future(closing)
        await crawler.signals.send_catch_log_async(signals.spider_closed, spider=crawler.spider, reason=reason)

    @property
    def pages(self) -> int:
        """Fetched since the worker began."""
        recycle = self._recycle
        return self._pages_before + (recycle.pages if recycle else 0)

    def look(self) -> float:
        """Notes how it is. Returns for how long it has held pages without letting one go.

        Pages that wait for PostgreSQL hold nobody up but themselves.
        """
        now, held, away = time.monotonic(), frozenset[Request](), False
        if self._crawler is not None and self._engine is not None:
            held = frozenset(requests_in_progress(self._crawler))
            away = bool(self._crawler.stats.get_value("storage/down"))
        if away or not held or not self._held <= held:
            self._progress = now
        self._held = held
        recycle = self._recycle
        if recycle is not None:
            self.last_page = recycle.last_page or self.last_page
            self.must_recycle = self.must_recycle or recycle.is_due
        engine = self._engine
        if engine is not None and engine.running:
            self.state = "working" if held else "waiting"
        return now - self._progress

    @property
    def _engine(self) -> ExecutionEngine | None:
        with suppress(RuntimeError):  # not made yet
            return self._crawler.engine if self._crawler is not None else None
        return None

    @property
    def _recycle(self) -> Recycle | None:
        with suppress(RuntimeError):  # not made yet
            return self._crawler.get_extension(Recycle) if self._crawler is not None else None
        return None

    async def _crawl(self) -> str:
        """Why it ended. SystemExit is how spiders and add-ons refuse wrong settings: it must not end the others."""
        try:
            self._crawler = crawler = self._process.create_crawler(self.platform)
            await crawler.crawl_async(mode=self._mode)
            return str(crawler.stats.get_value("finish_reason", "not started"))
        except (Exception, SystemExit) as error:
            _log.exception("A platform's crawl failed", platform=self.platform)
            return f"{type(error).__name__}: {error}"
        finally:
            self._pages_before, self._crawler = self.pages, None

    async def _may_go_on(self, reason: str, lived: float) -> bool:
        pause = self._backoff.pause_after(lived)
        if self._until_empty and self._backoff.failures >= _MOST_FAILURES:
            self.state = "gave up"
            _log.error("A platform is given up", platform=self.platform, reason=reason)
            return False
        self.state = "restarting"
        _log.error(
            "A platform's crawl is started again",
            platform=self.platform,
            reason=reason,
            pause_seconds=round(pause, 1),
            failures=self._backoff.failures,
        )
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause)
        return True

"""Lets a worker die at a moment that Scrapy's signals tell, and reports what it did when it ends in order.

`FAULT_DIE_AT=<signal>:<n>` kills the process (SIGKILL) the n-th time a signal is sent: `response_received` (before the
callback), `request_scheduled` (in the middle of a callback), `item_scraped` (after the commit, before it is
acknowledged). `FAULT_ABORT_ON=<listing id>` is the stand-in for a page that brings its worker down by a segmentation
fault. The report is a line of JSON on stdout.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import time
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Response

_TICK_SECONDS = 0.02


class FaultExtension:
    """One worker's faults and its report."""

    def __init__(self, crawler: Crawler, die_at: str, abort_on: str) -> None:
        self._crawler = crawler
        self._lag_seconds = 0.0
        self._abort_on = abort_on
        name, _, times = die_at.partition(":")
        self._left = int(times or 1)
        if name:
            crawler.signals.connect(self._die, getattr(signals, name))
        if abort_on:
            crawler.signals.connect(self._abort, signals.response_received)
        crawler.signals.connect(self._opened, signals.spider_opened)
        crawler.signals.connect(self._closed, signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler, os.environ.get("FAULT_DIE_AT", ""), os.environ.get("FAULT_ABORT_ON", ""))

    def _die(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def _abort(self, response: Response) -> None:
        if response.url.rstrip("/").endswith(f"/{self._abort_on}"):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.abort()

    def _opened(self) -> None:
        self._queue = self._crawler.engine._slot.scheduler.queue  # it is gone from the engine when the spider closes
        self._meter = asyncio.get_running_loop().create_task(self._measure())

    async def _measure(self) -> None:
        """The longest time for which the event loop did nothing else."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(_TICK_SECONDS)
            self._lag_seconds = max(self._lag_seconds, time.monotonic() - began - _TICK_SECONDS)

    def _closed(self, reason: str) -> None:
        self._meter.cancel()
        numbers: dict[str, Any] = {k: v for k, v in vars(self._queue.stats).items() if isinstance(v, int)}
        print(json.dumps({**numbers, "reason": reason, "lag_seconds": self._lag_seconds}), flush=True)

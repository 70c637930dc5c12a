"""A Scrapy extension of the bench: when the crawl began and ended, and how long its loop stood still."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector
from twisted.internet.task import LoopingCall

TICK_SECONDS = 0.01


class Clock:
    """Writes {"began", "ended", "items", "lag_ms": [median, p99, longest]} to the file of the setting BENCH_CLOCK."""

    def __init__(self, path: str, stats: StatsCollector) -> None:
        self._path, self._stats = Path(path), stats
        self._began: float | None = None
        self._lags: list[float] = []
        self._last = 0.0
        self._ticking = LoopingCall(self._tick)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        clock = cls(crawler.settings["BENCH_CLOCK"], crawler.stats)
        crawler.signals.connect(clock.reached, signals.request_reached_downloader)
        crawler.signals.connect(clock.closed, signals.spider_closed)
        return clock

    def reached(self) -> None:
        if self._began is None:
            self._began = self._last = time.monotonic()
            self._ticking.start(TICK_SECONDS)

    def closed(self) -> None:
        if self._ticking.running:
            self._ticking.stop()
        ordered = sorted(self._lags) or [0.0]
        lag = [round(1000 * ordered[int(share * (len(ordered) - 1))], 1) for share in (0.5, 0.99, 1.0)]
        items = self._stats.get_value("item_scraped_count", 0)
        found: dict[str, Any] = {"began": self._began, "ended": time.monotonic(), "items": items, "lag_ms": lag}
        self._path.write_text(json.dumps(found))

    def _tick(self) -> None:
        now = time.monotonic()
        self._lags.append(max(0.0, now - self._last - TICK_SECONDS))
        self._last = now

"""An end that does not wait: what waits for its turn goes back to the queue as soon as the crawl is told to end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from scrapy.crawler import Crawler

from immobe.crawling.engine_state import is_closing

T = TypeVar("T")
LOOK_SECONDS = 0.5


class CrawlEnds(Exception):  # noqa: N818 - reads as what happened
    """The crawl was told to end before it was done."""


async def unless_closing(crawler: Crawler, work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns. Raises CrawlEnds, within LOOK_SECONDS (0.5), and breaks it off when the crawl ends before.

    Scrapy has no signal for that moment: `spider_closed` comes only after all requests are done.
    """
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=LOOK_SECONDS))[0]:
            if is_closing(crawler):
                raise CrawlEnds
        return task.result()
    finally:
        task.cancel()

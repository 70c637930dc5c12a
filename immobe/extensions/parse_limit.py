"""PARSE_TIMEOUT: callback and pipelines of one page take no longer, nor longer than is left of SCRAPE_TIMEOUT.

Such a page ends as one whose callback raises, with ParseTimeout: the queue delivers it again while attempts are left.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.pipelines import ItemPipelineManager

from immobe.extensions.parse_clock import ParseClock, ReadingTime, Timed

_SHORTEST = 0.1  # seconds; a download that took the whole time is read all the same
_clock = ParseClock()
_reading: ContextVar[ReadingTime | None] = ContextVar("immobe_reading", default=None)


class ParseLimit:
    """Spider middleware, nearest to the spider: it times what a callback, which must be a generator, computes."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raises NotConfigured where signals cannot be had: outside the main thread."""
        try:
            _clock.start()
        except ValueError as error:
            raise NotConfigured("PARSE_TIMEOUT needs the main thread") from error
        return cls(crawler.settings.getfloat("PARSE_TIMEOUT", 20.0))

    def process_spider_input(self, response: Response) -> None:
        """The page's time begins; its items, in tasks that inherit this context, share it."""
        left = response.meta.get("seconds_left", self._seconds)
        _reading.set(ReadingTime(_clock, max(_SHORTEST, min(self._seconds, left))))

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """The callback's output, one by one. Raises ParseTimeout."""
        reading, outputs = _reading.get(), aiter(result)
        while True:
            try:
                output = await _timed(anext(outputs), reading)
            except StopAsyncIteration:
                return
            yield output


class TimedPipelines(ItemPipelineManager):
    """ITEM_PROCESSOR: the time that pipelines compute is the page's; what they wait for (a commit) is not."""

    async def process_item_async(self, item: Any) -> Any:
        """Raises ParseTimeout, and what pipelines raise."""
        return await _timed(super().process_item_async(item), _reading.get())


async def _timed(work: Any, reading: ReadingTime | None) -> Any:
    return await (work if reading is None else Timed(work, reading))

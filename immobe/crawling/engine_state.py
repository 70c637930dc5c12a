"""The one private corner of Scrapy that we use: which requests the engine has in work, and how to wake it.

The engine drops a request from its slot after the callback is exhausted and every item has passed all pipelines, on
every path: success, error, redirect, retry. No public signal says so (scrapy 2.19); a contract test pins it.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable, Set

from scrapy import Request
from scrapy.crawler import Crawler


def requests_in_progress(crawler: Crawler) -> Set[Request]:
    """Requests that the engine took from the scheduler and has not let go."""
    slot = crawler.engine._slot if crawler.engine else None
    return slot.inprogress if slot else frozenset()


def is_closing(crawler: Crawler) -> bool:
    """True once the crawl was told to end; no public signal says so before all requests are done."""
    slot = crawler.engine._slot if crawler.engine else None
    return slot is not None and slot.closing is not None


def wake_engine(crawler: Crawler, loop: AbstractEventLoop) -> Callable[[], None]:
    """A function for other threads: the engine asks the scheduler at once, not at its next heartbeat (5 s)."""

    def schedule() -> None:
        slot = crawler.engine._slot if crawler.engine else None
        if slot:
            slot.nextcall.schedule()

    def wake() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(schedule)

    return wake

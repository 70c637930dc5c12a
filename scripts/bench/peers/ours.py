"""Scrapy settings of our crawl with the bench's clock. With BENCH_WITHOUT=cut pages are parsed as HTML."""

from __future__ import annotations

import os

from immobe.settings import *  # noqa: F403
from immobe.settings import EXTENSIONS as _OURS

EXTENSIONS = {**_OURS, "clock.Clock": 1}
BENCH_CLOCK = os.environ["BENCH_CLOCK"]

if os.environ.get("BENCH_WITHOUT") == "cut":
    import reading
    from parsel import Selector

    from immobe.platforms.immoweb.portal import Immoweb

    Immoweb.read_listing = lambda self, page, url=None: reading.read_listing(Selector(page))["payload"]  # type: ignore[method-assign]

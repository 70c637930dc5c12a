"""One outcome a scrape: a log line, metrics, and the counts of this process's run record."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any, Self

import structlog
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.asyncio import create_looping_call
from twisted.python.failure import Failure

from immobe.extensions.outcomes import Ending, Retry, code, of_exception, of_item
from immobe.extensions.scrape import Scrape
from immobe.items import QuarantinedRecord
from immobe.observability import metrics
from immobe.observability.correlation import begin_work
from immobe.observability.metrics import ScrapeStatus
from immobe.storage.runs import RunCounts

_log = structlog.get_logger(__name__)
# How soon a page that left without an item is noticed.
_SWEEP_SECONDS = 0.5
_COLUMN = {
    ScrapeStatus.SUCCESS: "stored_count",
    ScrapeStatus.GONE: "gone_count",
    ScrapeStatus.FAILED: "failed_count",
    ScrapeStatus.TIMEOUT: "timeout_count",
    ScrapeStatus.BLOCKED: "blocked_count",
}


class Scrapes:
    """Follows every request that has a correlation id; others (robots.txt) are only counted as pages.

    A page ends with its item, or, when none comes, when the engine lets go of it. Public signals tell the first; for
    the second there is none, so the engine's set of requests in progress is looked at.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._open: dict[str, Scrape] = {}
        self._max_attempts: int = crawler.settings["IMMOBE_CONFIG"].queue_max_attempts
        self._sweeping = create_looping_call(self.sweep)
        self.counts = RunCounts()
        self.blocked: Counter[str] = Counter()
        """{kind of block: pages}, search pages included."""
        self.last_search_done: float | None = None
        """By the monotonic clock."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listens to the crawl."""
        extension = cls(crawler)
        for handler, signal in (
            (extension._opened, signals.spider_opened),
            (extension._received, signals.response_received),
            (extension._downloaded, signals.response_downloaded),
            (extension._scheduled, signals.request_scheduled),
            (extension._stored, signals.item_scraped),
            (extension._not_stored, signals.item_error),
            (extension._not_stored, signals.item_dropped),
            (extension._not_parsed, signals.spider_error),
            (extension.sweep, signals.spider_idle),
            (extension._closed, signals.spider_closed),
        ):
            crawler.signals.connect(handler, signal=signal)
        return extension

    def began(self, request: Request) -> Scrape | None:
        """A request enters; after a redirect or a retry in this process, the page goes on."""
        key = request.meta.get("correlation_id")
        if key is None:
            return None
        before = self._open.get(key)
        platform = self._platform
        scrape = Scrape(platform, request, begin_work(correlation_id=key, platform=platform))
        if before is not None:
            self._left(before)
        self._open[key] = scrape
        return scrape

    def of(self, request: Request | None) -> Scrape | None:
        """The page that this request, or one before it, fetches."""
        key = request.meta.get("correlation_id") if request is not None else None
        return self._open.get(key) if key is not None else None

    def failed(self, request: Request, error: BaseException) -> None:
        """A download raised; a middleware may still repeat it."""
        scrape = self.of(request)
        if scrape is not None:
            scrape.error = of_exception(error)

    def sweep(self) -> None:
        """Ends the pages that the engine has let go of."""
        slot = self._crawler.engine._slot
        in_progress = slot.inprogress if slot is not None else set()
        for key, scrape in list(self._open.items()):
            if scrape.request not in in_progress:
                del self._open[key]
                self._left(scrape)

    @property
    def _platform(self) -> str:
        return self._crawler.spider.name if self._crawler.spider is not None else ""

    def _opened(self) -> None:
        self._sweeping.start(_SWEEP_SECONDS, now=False)

    def _closed(self) -> None:
        if self._sweeping.running:
            self._sweeping.stop()
        self.sweep()

    def _received(self, response: Response, request: Request, spider: Spider) -> None:
        scrape = self.of(request)
        kind = "other" if scrape is None else "search" if scrape.listing_id is None else "listing"
        metrics.PAGES.add(platform=spider.name, kind=kind)
        metrics.DOWNLOADED_BYTES.add(len(response.body), platform=spider.name)
        self.counts.page_count += kind != "other"
        self.counts.search_page_count += kind == "search"

    def _downloaded(self, response: Response, request: Request) -> None:
        scrape = self.of(request)
        if scrape is not None:
            scrape.answered(response.status, len(response.body), request.meta.get("download_latency"))

    def _scheduled(self, request: Request) -> None:
        scrape = self.of(request)
        if scrape is not None and request is not scrape.request:
            scrape.following = request

    def _stored(self, item: Any, response: Response | Failure | None) -> None:
        scrape = self._source(response)
        if isinstance(item, QuarantinedRecord):
            self.counts.quarantined_count += 1
            metrics.QUARANTINED.add(platform=item.platform, reason=code(next(iter(item.reasons), "")))
        if scrape is not None:
            self._tell(scrape, of_item(item))

    def _not_stored(self, response: Response | Failure | None, **signal: Any) -> None:
        failure = signal.get("failure")
        self._erred(response, failure.value if isinstance(failure, Failure) else signal.get("exception"))

    def _not_parsed(self, failure: Failure, response: Response | Failure | None) -> None:
        self._erred(response, failure.value)

    def _erred(self, response: Response | Failure | None, error: BaseException | None) -> None:
        """Not an end yet: the scheduler may have the page fetched again."""
        scrape = self._source(response)
        if scrape is not None and error is not None:
            scrape.error = of_exception(error)

    def _source(self, response: Response | Failure | None) -> Scrape | None:
        return self.of(getattr(response, "request", None))

    def _left(self, scrape: Scrape) -> None:
        scrape.work.over = True
        ending = None if scrape.told else scrape.ending(self._max_attempts)
        if isinstance(ending, Retry):
            self._again(scrape, ending)
        elif ending is not None:
            self._tell(scrape, ending)

    def _again(self, scrape: Scrape, retry: Retry) -> None:
        if retry.counts:
            self.counts.retry_count += 1
            metrics.RETRIES.add(platform=scrape.platform, reason=retry.reason)

    def _tell(self, scrape: Scrape, ending: Ending) -> None:
        """The one line and the counts; only the first ending of a page counts."""
        if scrape.told:
            return
        scrape.told = True
        if ending.status is ScrapeStatus.BLOCKED:
            metrics.BLOCKED.add(platform=scrape.platform, reason=ending.reason)
            self.blocked[ending.reason] += 1
        line = scrape.line(ending)
        fine = ending.status in (ScrapeStatus.SUCCESS, ScrapeStatus.GONE)
        if scrape.listing_id is None:
            self.last_search_done = time.monotonic()
            (_log.debug if fine else _log.warning)("search page", **line)
            return
        column = _COLUMN[ending.status]
        setattr(self.counts, column, getattr(self.counts, column) + 1)
        metrics.SCRAPES.add(platform=scrape.platform, status=ending.status)
        metrics.SCRAPE_DURATION.observe(line["duration_seconds"], platform=scrape.platform)
        (_log.info if fine else _log.warning)("scrape", **line)

"""At the end of a run that went through search pages: asks for the pages of known adverts that no search showed.

The answer is the evidence: a page that is there was only overlooked; one that is gone says so itself. When too many
were not met, it is the sweep that is in doubt, and nothing is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Self, cast

import structlog
from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure

from immobe.crawling.spider import Mode, PlatformSpider
from immobe.errors import ServiceError
from immobe.extensions.database import reports_engine
from immobe.extensions.runs import RUN_ID_STAT
from immobe.platforms import FoundListing
from immobe.storage.sweeps import Missed, Swept, missed, run_began

_log = structlog.get_logger(__name__)
# A project's page must be read before one knows which of its units are left.
_ROUNDS = 2
_MOST = 0.3
_ALWAYS = 20  # so few may always be asked for


class ConfirmMissing:
    """Works while the spider is idle; the crawl ends when there is nothing left to ask."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._engine = crawler, reports_engine(crawler)
        self._rounds, self._asking = 0, False
        self._began = datetime.now(UTC)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raises NotConfigured without DATABASE_URL."""
        extension = cls(crawler)
        crawler.signals.connect(extension._idle, signal=signals.spider_idle)
        return extension

    def _idle(self, spider: Spider) -> None:
        """Called whenever nothing is left to do, by us or by any process that shares the run."""
        of_platform = cast("PlatformSpider", spider)
        run_id = self._crawler.stats.get_value(RUN_ID_STAT)
        if not self._asking:
            if of_platform.mode is Mode.HARVEST or run_id is None or self._rounds == _ROUNDS:
                return
            self._rounds, self._asking = self._rounds + 1, True
            found = deferToThread(self._look, of_platform, run_id)
            found.addCallback(self._ask, of_platform)
            found.addErrback(self._failed)
        raise DontCloseSpider

    def _look(self, spider: PlatformSpider, run_id: str) -> list[Missed]:
        scope = spider.scope
        swept = Swept(
            spider.name,
            scope.transactions,
            scope.property_types,
            scope.postal_codes,
            scope.min_price_eur,
            scope.max_price_eur,
        )
        # A run's record may come later than a short run's end; then what others met before us is asked for as well.
        since = min(self._began, run_began(self._engine, run_id) or self._began)
        found, expected = missed(self._engine, swept, since)
        if len(found) > max(_ALWAYS, _MOST * expected):
            _log.error("The sweep is in doubt: too many known adverts were in no search result; none is asked for",
                       platform=spider.name, missed=len(found), known=expected)  # fmt: skip
            return []
        return found

    def _ask(self, found: Iterable[Missed], spider: PlatformSpider) -> None:
        requests = [spider.listing_request(FoundListing(m.platform_listing_id, m.url, m.project_id)) for m in found]
        for request in requests:
            self._crawler.engine.crawl(request)
        if requests:
            _log.info("Adverts that no search showed are asked for", platform=spider.name, count=len(requests))
        else:
            self._rounds = _ROUNDS
        self._crawler.stats.inc_value("sweep/asked", len(requests))
        self._asking = False

    def _failed(self, failure: Failure) -> None:
        """PostgreSQL is away: the next sweep will find them."""
        failure.trap(ServiceError)  # type: ignore[no-untyped-call] # of Twisted
        _log.warning("The sweep's misses could not be looked up", error=str(failure.value))
        self._rounds, self._asking = _ROUNDS, False

"""Monitors of a crawl: what its pages say is counted, guarded while they come, and compared with earlier runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self
from uuid import uuid4

import structlog
from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.utils.asyncio import create_looping_call
from scrapy.utils.defer import maybe_deferred_to_future
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from twisted.internet.threads import deferToThread

from immobe.extensions.database import reports_engine
from immobe.extensions.runs import RUN_ID_STAT, mode_and_scope
from immobe.extensions.scrapes import Scrapes
from immobe.items import DetectedPage, Item, MappedListing, QuarantinedRecord
from immobe.market.monitors.findings import Finding
from immobe.market.monitors.guard import Guard
from immobe.market.monitors.tally import Tally
from immobe.market.monitors.usual import History
from immobe.storage import monitoring, runs
from immobe.storage.judgements import judge_platform, judge_run
from immobe.storage.monitoring import Alert, Part, Series

_log = structlog.get_logger(__name__)
_BEATS = 4  # heartbeats of the run record between two looks
_STOPPED = "search_stopped"  # a search page that was read, beside the record that it is the last one


class Monitors:
    """Counts in the reactor's thread; looks into PostgreSQL in another one, every fourth heartbeat and at the end."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._engine = crawler, reports_engine(crawler)
        self._seconds = _BEATS * crawler.settings.getfloat("RUN_HEARTBEAT_SECONDS", 15.0)
        self._silence_hours: float = crawler.settings["IMMOBE_CONFIG"].monitor_silence_hours
        self._id, self._own_run = uuid4().hex, uuid4().hex
        self._tally, self._guard = Tally(), Guard(History([]))
        self._found: list[Finding] = []
        self._looking = False
        self._looks = create_looping_call(self._look)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raises NotConfigured without DATABASE_URL."""
        extension = cls(crawler)
        crawler.signals.connect(extension._opened, signal=signals.spider_opened)
        crawler.signals.connect(extension._scraped, signal=signals.item_scraped)
        crawler.signals.connect(extension._closed, signal=signals.spider_closed)
        return extension

    def checked(self, item: Item) -> Item:
        """Counts what a listing's page gave; a record whose fields are in doubt comes back with the doubts noted."""
        if isinstance(item, QuarantinedRecord) and item.platform_listing_id is not None:
            self._tally.quarantined(item)
        if not isinstance(item, MappedListing):
            return item
        self._tally.mapped(item)
        found = list(self._guard.notice(item.listing))
        for finding in found:
            _log.warning("A field is in doubt from now on", platform=item.listing.platform, **_facts(finding))
        self._found += found
        if found:
            self._look()
        return self._guard.doubting(item)

    async def _opened(self, spider: Spider) -> None:
        """Before the first page: what is usual, and what is known to be broken."""
        self._series = Series(spider.name, *mode_and_scope(spider))
        guard = await maybe_deferred_to_future(deferToThread(self._in_database, self._make_guard))
        self._guard = guard or self._guard
        self._looks.start(self._seconds, now=False)

    def _make_guard(self, connection: Connection) -> Guard:
        at = monitoring.now(connection)
        return Guard(monitoring.history(connection, self._series, at), monitoring.open_keys(connection, self._series))

    def _scraped(self, item: Any, response: Response | None) -> None:
        """Search pages: those that were read, and those that could not be, which show no card."""
        request = getattr(response, "request", None)
        if request is None or "listing_id" in request.cb_kwargs:
            return
        if isinstance(item, DetectedPage):
            self._tally.search_page(len(item.listings))
        elif isinstance(item, QuarantinedRecord) and not item.reasons[0].startswith(_STOPPED):
            self._tally.search_page(0)

    def _look(self) -> None:
        """One look at a time; what is missed now, the next one sees."""
        if not self._looking:
            self._looking = True
            looked = deferToThread(self._in_database, self._judging(None))
            looked.addBoth(self._looked)

    def _looked(self, result: Any) -> Any:
        self._looking = False
        return result

    async def _closed(self, reason: str) -> None:
        if self._looks.running:
            self._looks.stop()
        await maybe_deferred_to_future(deferToThread(self._in_database, self._judging(reason)))

    def _judging(self, reason: str | None) -> Callable[[Connection], None]:
        """What is to be done in the other thread, with the counts as they are now."""
        tally, found = self._counted(), tuple(self._found)
        run_id = self._crawler.stats.get_value(RUN_ID_STAT) or self._own_run
        part = Part(self._id, run_id, self._series)

        def judge(connection: Connection) -> None:
            if not (tally.read or tally.search_pages):
                return
            if reason is not None:
                runs.lock_closing(connection)  # two that end at once must see each other
            at = monitoring.now(connection)
            monitoring.note(connection, part, tally, at, reason)
            raised = judge_run(connection, part, at, found)
            if reason is not None:
                looked_for_new = tally.search_pages > 0
                raised += judge_platform(
                    connection, part.series.platform, at, self._silence_hours, new_per_day=looked_for_new
                )
            _tell(raised)

        return judge

    def _counted(self) -> Tally:
        """A copy, which no page changes any more."""
        together = Tally()
        together.merge(self._tally)
        scrapes = self._crawler.get_extension(Scrapes)
        if scrapes is not None:
            for block, count in scrapes.blocked.items():
                together.blocked(block, count)
        return together

    def _in_database(self, work: Callable[[Connection], Any]) -> Any:
        """What `work` returns, in one transaction; None when PostgreSQL is away: the next look says the same again."""
        try:
            with self._engine.begin() as connection:
                return work(connection)
        except SQLAlchemyError as error:
            _log.warning("Monitors wait: PostgreSQL cannot be used", error=type(error).__name__)
            return None


class DoubtBroken:
    """Item pipeline between validation and the writer: records pass the monitors."""

    def __init__(self, monitors: Monitors) -> None:
        self._monitors = monitors

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raises NotConfigured without the extension `Monitors`; extensions exist before pipelines."""
        monitors = crawler.get_extension(Monitors)
        if monitors is None:
            raise NotConfigured("the extension Monitors is off")
        return cls(monitors)

    def process_item(self, item: Item) -> Item:
        """See `Monitors.checked`."""
        return self._monitors.checked(item)


def _facts(finding: Finding) -> dict[str, str]:
    return {**finding.key._asdict(), "before": finding.before, "after": finding.after}


def _tell(raised: list[Alert]) -> None:
    for alert in raised:
        _log.error(
            "Alert: not as usual",
            platform=alert.platform,
            monitor=alert.monitor,
            field=alert.field,
            measure=alert.measure,
            before=alert.before,
            after=alert.after,
            run_id=alert.run_id,
        )

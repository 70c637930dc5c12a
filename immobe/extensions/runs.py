"""The run record of this process: a row at the start, heartbeats with counts, and how it ended."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any, Self
from uuid import uuid4

import structlog
from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.utils.defer import maybe_deferred_to_future
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from twisted.internet.threads import deferToThread

from immobe.extensions.database import reports_engine
from immobe.extensions.scrapes import Scrapes
from immobe.observability import totals
from immobe.observability.background import Periodic
from immobe.observability.logs import worker_name
from immobe.observability.metrics import SCOUT_DURATION
from immobe.storage import runs
from immobe.storage.coverage import note_coverage
from immobe.storage.runs import RunCounts, RunIdentity

_log = structlog.get_logger(__name__)
RUN_ID_STAT = "run/id"
"""Where the scheduler says which run this process has joined; until it does, the process is a run of its own."""
_COVERAGE_BEATS = 20


def mode_and_scope(spider: Spider) -> tuple[str, str]:
    """As run records name them; a spider of others has neither."""
    return str(getattr(spider, "mode", "all")), getattr(getattr(spider, "scope", None), "key", "")


class RunRecords:
    """Writes in a thread of its own every RUN_HEARTBEAT_SECONDS (15); an outage of PostgreSQL only delays it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler, self._engine = crawler, reports_engine(crawler)
        seconds = crawler.settings.getfloat("RUN_HEARTBEAT_SECONDS", 15.0)
        self._silent_seconds = runs.silent_seconds(seconds)
        self._beating = Periodic(self._beat, seconds, "immobe-run-record")
        self._beats = 0
        self._writing = threading.Lock()
        self._away = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raises NotConfigured without DATABASE_URL."""
        extension = cls(crawler)
        crawler.signals.connect(extension._opened, signal=signals.spider_opened)
        crawler.signals.connect(extension._closed, signal=signals.spider_closed)
        return extension

    def _opened(self, spider: Spider) -> None:
        self._began = time.monotonic()
        self._scrapes = self._crawler.get_extension(Scrapes)
        mode, scope = mode_and_scope(spider)
        self._run = RunIdentity(
            id=uuid4().hex,
            run_id=uuid4().hex,
            platform=spider.name,
            mode=mode,
            scope=scope,
            worker=worker_name(),
            host=socket.gethostname(),
            pid=os.getpid(),
            job=getattr(spider, "_job", None),  # Scrapyd's argument
        )
        self._beating.start()

    async def _closed(self, reason: str) -> None:
        if self._scrapes is not None:
            self._scrapes.sweep()  # the last pages' ends belong into the record
        stats = json.loads(json.dumps(self._crawler.stats.get_stats(), default=str))
        await maybe_deferred_to_future(deferToThread(self._close, reason, stats))

    def _beat(self) -> None:
        """The row as things stand; and whoever beats also looks after those that do not any more."""
        dead: list[str] = []

        def beat(connection: Connection) -> None:
            self._record(connection)
            dead.extend(runs.mark_lost(connection, self._silent_seconds))

        def settle(connection: Connection) -> None:
            runs.lock_closing(connection)
            _settle(connection, dead)

        self._beats += 1
        if self._beats % _COVERAGE_BEATS == 0:
            self._write(self._note_coverage)
        if self._write(beat) and dead:
            _log.warning("Processes died without a word; their runs are marked lost", run_ids=dead)
            self._write(settle)

    def _close(self, reason: str, stats: dict[str, Any]) -> None:
        self._beating.stop()

        def end(connection: Connection) -> None:
            runs.lock_closing(connection)
            self._record(connection, finish_reason=reason, stats=stats)
            _settle(connection, [self._joined.run_id])

        self._write(end)
        self._write(self._note_coverage)

    def _note_coverage(self, connection: Connection) -> None:
        note_coverage(connection, self._run.platform)

    @property
    def _joined(self) -> RunIdentity:
        return replace(self._run, run_id=self._crawler.stats.get_value(RUN_ID_STAT) or self._run.run_id)

    def _record(self, connection: Connection, **end: Any) -> None:
        last_search = None if self._scrapes is None else self._scrapes.last_search_done
        now = time.monotonic()
        runs.record(
            connection,
            self._joined,
            RunCounts() if self._scrapes is None else replace(self._scrapes.counts),
            age=now - self._began,
            last_search_age=None if last_search is None else now - last_search,
            **end,
        )

    def _write(self, work: Callable[[Connection], object]) -> bool:
        """Does it in one transaction; False when PostgreSQL is away: the next heartbeat says the same again."""
        try:
            with self._writing, self._engine.begin() as connection:
                work(connection)
        except SQLAlchemyError as error:
            if not self._away:
                _log.warning("The run record waits: PostgreSQL cannot be used", error=type(error).__name__)
            self._away = True
            return False
        self._away = False
        return True


def _settle(connection: Connection, run_ids: Sequence[str]) -> None:
    """Each run's scouting is observed once, in the transaction that notes it."""
    for settled in runs.settle_scouts(connection, run_ids):
        totals.add(connection, SCOUT_DURATION.amounts(settled.seconds, platform=settled.platform))
        _log.info("scouting finished", **asdict(settled))

"""Crawls by a Scrapyd that may die: each order is written down first, so that none is lost and none is given twice."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import uuid4

import structlog
from sqlalchemy import Engine

from immobe.config import Config
from immobe.errors import ServiceError
from immobe.storage import crawl_orders
from immobe.storage.crawl_orders import OpenOrder
from immobe.storage.runs import silent_seconds
from immobe.watchtower.crawls.orders import CrawlOrder, Job
from immobe.watchtower.crawls.scrapyd import Scrapyd
from immobe.watchtower.crawls.verdicts import ALIVE, MOST_SENDS, SEND_AGAIN, Verdict, verdict

_log = structlog.get_logger(__name__)
_ASK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Settled:
    """An open order, how it stood, and what was done about it."""

    order: OpenOrder
    verdict: Verdict
    done: str = ""
    """`sent again`, or `closed`; empty where it goes on by itself."""


class Ledger:
    """The orders of one Scrapyd. Several processes may share them. Every method raises ServiceError."""

    def __init__(self, scrapyd: Scrapyd, engine: Engine, silent_seconds: float) -> None:
        self._scrapyd, self._engine, self._silent_seconds = scrapyd, engine, silent_seconds

    @classmethod
    def of(cls, config: Config, engine: Engine) -> Ledger:
        """Raises ServiceError without SCRAPYD_URL."""
        if not config.scrapyd_url:
            raise ServiceError("SCRAPYD_URL is not set: there is no Scrapyd to ask")
        scrapyd = Scrapyd(config.scrapyd_url, config.scrapyd_project, config.scrapyd_version)
        return cls(scrapyd, engine, silent_seconds(config.run_heartbeat_seconds))

    def start(self, order: CrawlOrder, job: str | None = None) -> Job:
        """Takes the order, unless a crawl of the same platform, mode and scope is under way: then it is that one.

        `job`: its name; giving the same one again is harmless.
        """
        job = job or f"{order.platform}-{order.mode}-{uuid4().hex}"
        if not self._place(order, job):
            under_way = self._under_way(order, job)
            if under_way is not None:
                return under_way
        try:
            self._scrapyd.schedule(order, job)
        except ServiceError:
            if not self._was_taken(job):
                crawl_orders.close(self._engine, job, "refused")
                raise
        return Job(order.platform, job, "started", "scrapyd")

    def jobs(self) -> list[Job]:
        """None: see `settle`."""
        return []

    def settle(self) -> list[Settled]:
        """Looks at every open order: closes what has ended, and gives Scrapyd again what was lost with it."""
        listed = self._scrapyd.listed()
        orders = crawl_orders.open_orders(self._engine, self._silent_seconds)
        return [self._settled(order, verdict(order, listed.get(order.job))) for order in orders]

    def wait(self, job: str, patience_seconds: float = 600.0) -> str:
        """The outcome of a job, once it has ended. A Scrapyd or a database that is away for so long is given up."""
        away_since: float | None = None
        while True:
            try:
                self.settle()
                outcome = crawl_orders.outcome(self._engine, job)
                away_since = None
            except ServiceError:
                away_since = away_since or time.monotonic()
                if time.monotonic() - away_since > patience_seconds:
                    raise
                outcome = None
            if outcome is not None:
                return outcome
            time.sleep(_ASK_SECONDS)

    def cancel(self, job: str) -> bool:
        """Whether there was something to stop. Crawls that are detached have to be stopped where they run."""
        stopped = self._scrapyd.cancel(job) is not None
        crawl_orders.close(self._engine, job, Verdict.CANCELLED)
        return stopped

    def close(self) -> None:
        """Ends connections; what Scrapyd runs goes on."""
        self._scrapyd.close()

    def _place(self, order: CrawlOrder, job: str) -> bool:
        return crawl_orders.place(self._engine, job, order.platform, order.mode, order.scope, order.settings)

    def _under_way(self, order: CrawlOrder, job: str) -> Job | None:
        """What the order met; None when that has ended and this one is open now instead."""
        for settled in self.settle():
            known = settled.order
            same = (known.platform, known.mode, known.scope) == (order.platform, order.mode, order.scope)
            if same and settled.done != "closed":
                waits = settled.verdict is Verdict.WAITING
                return Job(order.platform, known.job, "waiting" if waits else "started", "scrapyd")
        return None if self._place(order, job) else Job(order.platform, job, "ended", "scrapyd")

    def _was_taken(self, job: str) -> bool:
        """A lost answer may hide a job that Scrapyd has taken."""
        try:
            return self._scrapyd.state(job) is not None
        except ServiceError:
            return False

    def _settled(self, order: OpenOrder, found: Verdict) -> Settled:
        if found in ALIVE:
            return Settled(order, found)
        if found in SEND_AGAIN and order.send_count < MOST_SENDS:
            if crawl_orders.send_again(self._engine, order):
                self._scrapyd.schedule(CrawlOrder(order.platform, order.mode, order.scope, order.settings), order.job)
                _log.warning("A crawl was lost and is started again", job=order.job, verdict=found)
            return Settled(order, found, "sent again")
        outcome = "given_up" if found in SEND_AGAIN else found.value
        crawl_orders.close(self._engine, order.job, outcome)
        return Settled(order, found, "closed")

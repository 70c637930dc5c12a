"""Every Prometheus name, once, and how to count.

`SCRAPES.add(platform="immoweb", status="SUCCESS")` and `SCRAPE_DURATION.observe(1.2, platform="immoweb")` cost
microseconds and touch no network: they grow `DELTAS` of this process, which a `Flusher` carries into PostgreSQL.
Gauges are not counted but looked up when Prometheus asks: see `immobe.observability.exposition`.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import structlog

_log = structlog.get_logger(__name__)
_LONGEST_LABEL = 80
_MOST_SERIES = 2_000
Labels = tuple[tuple[str, str], ...]
Series = tuple[str, Labels]


class ScrapeStatus(StrEnum):
    """How a scrape of a listing ended."""

    SUCCESS = "SUCCESS"
    """Its record is committed."""
    FAILED = "FAILED"
    """Neither record nor evidence: an unusable page, a refused record, an error of the network or of ours."""
    TIMEOUT = "TIMEOUT"
    """It took longer than a scrape may."""
    BLOCKED = "BLOCKED"
    """The portal does not want us now: the listing's state is untouched."""
    GONE = "GONE"
    """The advert is no longer there."""


class Deltas:
    """What this process counted since it was last taken. Safe between threads; a forked child starts from nothing."""

    def __init__(self, most_series: int = _MOST_SERIES) -> None:
        self._most_series = most_series
        self.reset()

    def reset(self) -> None:
        """Forgets everything."""
        self._lock = threading.Lock()
        self._amounts: dict[Series, float] = {}
        self._said_full = False

    def add(self, amounts: Mapping[Series, float]) -> None:
        """All of them, or, beyond the most series that are kept, those that are known already."""
        full = False
        with self._lock:
            for series, amount in amounts.items():
                if series in self._amounts or len(self._amounts) < self._most_series:
                    self._amounts[series] = self._amounts.get(series, 0.0) + amount
                else:
                    full, self._said_full = not self._said_full, True
        if full:
            _log.warning("Too many label values: new ones are not counted", most_series=self._most_series)

    def take(self) -> dict[Series, float]:
        """Everything, which is from now on the caller's to deliver."""
        with self._lock:
            taken, self._amounts = self._amounts, {}
        return taken


DELTAS = Deltas()
# A child made by fork would deliver its parent's counts a second time.
os.register_at_fork(after_in_child=DELTAS.reset)


@dataclass(frozen=True, slots=True)
class Metric:
    """A name in Prometheus, what it tells, and the names of its labels."""

    name: str
    help: str
    labels: tuple[str, ...] = ()

    def key(self, labels: Mapping[str, object]) -> Labels:
        """Label values in order; long ones are cut, since every value is a series of its own for ever."""
        if labels.keys() != set(self.labels):
            raise ValueError(f"{self.name} has the labels {self.labels}, not {tuple(labels)}")
        return tuple((name, _label(str(labels[name]))) for name in self.labels)


def _label(value: str) -> str:
    """Short, and what PostgreSQL's JSON can hold."""
    return value[:_LONGEST_LABEL].replace("\x00", "").encode("utf-8", "replace").decode()


class Counter(Metric):
    """Only grows. Its name ends in `_total`."""

    def add(self, amount: float = 1.0, /, **labels: object) -> None:
        """Raises ValueError for a negative amount or other labels."""
        DELTAS.add(self.amounts(amount, **labels))

    def amounts(self, amount: float = 1.0, /, **labels: object) -> dict[Series, float]:
        """What `add` adds."""
        if amount < 0:
            raise ValueError(f"{self.name} cannot shrink")
        return {(self.name, self.key(labels)): float(amount)}


@dataclass(frozen=True, slots=True)
class Histogram(Metric):
    """How often it took how long. Buckets are upper bounds in seconds; changed, old counts would lose their meaning."""

    buckets: tuple[float, ...] = ()

    def observe(self, seconds: float, /, **labels: object) -> None:
        """Counts one duration."""
        DELTAS.add(self.amounts(seconds, **labels))

    def amounts(self, seconds: float, /, **labels: object) -> dict[Series, float]:
        """What `observe` adds: one in the bucket (not cumulated, as Prometheus' are), and the sum."""
        key, seconds = self.key(labels), max(0.0, float(seconds))
        place = bisect_left(self.buckets, seconds)
        bound = f"{self.buckets[place]:g}" if place < len(self.buckets) else "+Inf"
        return {(f"{self.name}_bucket", (*key, ("le", bound))): 1.0, (f"{self.name}_sum", key): seconds}


class Gauge(Metric):
    """Looked up at the moment Prometheus asks."""


# --- Counters ---------------------------------------------------------------------------------------------------------
SCRAPES = Counter("scrapes_total", "Scrapes of listing pages by how they ended.", ("platform", "status"))
PAGES = Counter("pages_total", "Pages fetched, whatever their status: search, listing, other.", ("platform", "kind"))
DOWNLOADED_BYTES = Counter("downloaded_bytes_total", "Bytes of page bodies after decompression.", ("platform",))
RETRIES = Counter("retries_total", "Attempts that ended in another attempt later, by reason.", ("platform", "reason"))
BLOCKED = Counter("blocked_total", "Answers that said we are not wanted now, by kind.", ("platform", "reason"))
QUARANTINED = Counter(
    "quarantined_total", "Pages and records that could not be used, by first reason.", ("platform", "reason")
)
REDIS_STATE_LOST = Counter("redis_state_lost_total", "Times that Redis came back without its data.", ("platform",))
BROWSER_RESTARTS = Counter("browser_restarts_total", "Browsers that died and were started again.", ("platform",))
ALERT_DELIVERIES = Counter(
    "alert_deliveries_total", "Attempts to send alerts, by how they ended; see docs/alerts.md.", ("outcome",)
)
COUNTERS = (
    SCRAPES, PAGES, DOWNLOADED_BYTES, RETRIES, BLOCKED, QUARANTINED, REDIS_STATE_LOST, BROWSER_RESTARTS,
    ALERT_DELIVERIES,
)  # fmt: skip

# --- Histograms: every bucket in one table ----------------------------------------------------------------------------
_PAGE = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120)  # 120 s bounds a scrape
_SCOUT = (1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_WAIT = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300)
_COMMIT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
SCRAPE_DURATION = Histogram(
    "scrape_duration_seconds", "From the start of a listing page's download to the commit.", ("platform",), _PAGE
)
SCOUT_DURATION = Histogram(
    "scout_duration_seconds", "From the first start of a run to its last search page.", ("platform",), _SCOUT
)
BUDGET_WAIT = Histogram(
    "budget_wait_seconds", "How long requests waited for the politeness budget.", ("domain",), _WAIT
)
BATCH_COMMIT = Histogram("batch_commit_seconds", "How long PostgreSQL took for a batch of records.", (), _COMMIT)
BROWSER_PAGE_SECONDS = Histogram(
    "browser_page_seconds",
    "How long pages were open in a browser; the rate of the sum is how many are.",
    ("platform",),
    _PAGE,
)
HISTOGRAMS = (SCRAPE_DURATION, SCOUT_DURATION, BUDGET_WAIT, BATCH_COMMIT, BROWSER_PAGE_SECONDS)

# --- Gauges -----------------------------------------------------------------------------------------------------------
QUEUE_LENGTH = Gauge(
    "queue_length", "Requests: `scrape_queue` is the sum of the platforms' ready ones; see the guide.", ("queue_name",)
)
BREAKER_STATE = Gauge("redis_circuit_breaker_state", "0 closed: Redis is used; 1 half-open: on trial; 2 open: down.")
LISTINGS_BY_STATUS = Gauge("listings_by_status", "Listings by how far we are with them.", ("status",))
RUNS_OPEN = Gauge("runs_open", "Crawl processes at work by their latest heartbeat.", ("platform", "mode"))
LAST_RUN_ENDED = Gauge(
    "last_run_ended_timestamp_seconds", "When a process of the platform last finished its run.", ("platform", "mode")
)
COVERAGE = Gauge(
    "coverage_ratio",
    "Adverts held of those the portal counts, as of the latest scouting.",
    ("platform", "transaction", "province"),
)
MONITOR_ALERTS = Gauge("monitor_alerts", "Open alerts: what is not as usual.", ("platform", "monitor"))
NEWEST_LISTING = Gauge(
    "newest_listing_timestamp_seconds", "When a listing of the platform was last met for the first time.", ("platform",)
)
CONDITIONS = Gauge(
    "conditions",
    "What is wrong now: 1; all kinds are there, as 0, for no platform.",
    ("condition", "severity", "platform"),
)
HARVESTERS = Gauge("harvesters", "Workers of pools by what they do now; `silent`: their pool died.", ("state",))
SCHEDULE_LAST_SUCCESS = Gauge(
    "schedule_last_success_timestamp_seconds", "When a scheduled job last ended well; 0: never.", ("job",)
)
SCHEDULE_MISSED = Gauge("schedule_missed", "1 when a scheduled job was due and did not start.", ("job",))
BACKUP_LAST_SUCCESS = Gauge(
    "backup_last_success_timestamp_seconds", "When the newest whole dump of the class was made; 0: none.", ("kind",)
)
ALERT_OUTBOX = Gauge("alert_outbox", "Messages of saved searches, a channel each, by state.", ("state",))
SOURCE_UP = Gauge("metrics_source_up", "Whether this answer could ask the source: postgres, redis.", ("source",))
GAUGES = (
    QUEUE_LENGTH, BREAKER_STATE, LISTINGS_BY_STATUS, RUNS_OPEN, LAST_RUN_ENDED, COVERAGE, MONITOR_ALERTS,
    NEWEST_LISTING, CONDITIONS, HARVESTERS, SCHEDULE_LAST_SUCCESS, SCHEDULE_MISSED, BACKUP_LAST_SUCCESS, ALERT_OUTBOX,
    SOURCE_UP,
)  # fmt: skip

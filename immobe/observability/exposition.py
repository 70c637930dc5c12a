"""What Prometheus reads: totals and gauges, over all processes and machines, as they are at this moment.

Whichever process answers says the same, so one target is enough and no push gateway is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import TypeVar

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from immobe.config import Config
from immobe.errors import ImmobeError
from immobe.harvesting.registry import harvester_states
from immobe.market.monitors.findings import MONITORS
from immobe.observability import metrics, totals
from immobe.observability.condition import KINDS, conditions
from immobe.observability.metrics import Gauge, Histogram, Metric, ScrapeStatus, Series
from immobe.observability.queues import queue_lengths
from immobe.platforms import PLATFORMS
from immobe.scheduling.backups import newest_backups
from immobe.scheduling.records import Standing, standings
from immobe.storage import outbox, runs
from immobe.storage.coverage import noted_coverage
from immobe.storage.monitoring import newest_listings, open_counts
from immobe.storage.queries import counts_by_stage

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_DOWN = (RedisError, SQLAlchemyError, ImmobeError, OSError)
T = TypeVar("T")
Rows = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True, slots=True)
class Local:
    """What only the answering process knows. Without a breaker its state is told from whether Redis answers."""

    breaker_state: Callable[[], int] | None = None
    fallback_length: Callable[[], int] | None = None
    config: Config | None = None
    """Without it nothing is said of conditions, and of dumps and disks of this machine."""


def render(redis: Redis, engine: Engine, local: Local | None = None) -> bytes:
    """All metrics in Prometheus' text format, to be sent with CONTENT_TYPE.

    Never raises because a service is down: what cannot be asked is left out, and `metrics_source_up` says so.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(MetricsCollector(redis, engine, local))
    return generate_latest(registry)


class MetricsCollector:
    """For a registry of prometheus_client: looks everything up at each scrape."""

    def __init__(self, redis: Redis, engine: Engine, local: Local | None = None) -> None:
        self._redis, self._engine, self._local = redis, engine, local or Local()

    def collect(self) -> Iterator[Family]:
        """Every family; those of a service that is down are missing."""
        database, queues = _unless_down(self._from_postgres), _unless_down(self._from_redis)
        workers = None if queues is None else _unless_down(lambda: harvester_states(self._redis))
        yield from database or ()
        lengths = {**(queues or {}), **self._fallback()}
        yield _gauge(metrics.QUEUE_LENGTH, (((name,), float(count)) for name, count in lengths.items()))
        if workers is not None:
            yield _gauge(metrics.HARVESTERS, (((state,), count) for state, count in workers.items()))
        yield self._breaker(redis_answers=queues is not None)
        yield from self._conditions(database is not None, queues is not None)
        up = {"postgres": database is not None, "redis": queues is not None}
        yield _gauge(metrics.SOURCE_UP, (((source,), float(is_up)) for source, is_up in up.items()))

    def describe(self) -> Iterator[Family]:
        """Nothing: registering must not ask the services."""
        return iter(())

    def _from_postgres(self) -> list[Family]:
        config = self._local.config
        silent_seconds = runs.silent_seconds(config.run_heartbeat_seconds) if config else runs.silent_seconds()
        with self._engine.connect() as connection:
            found = totals.read(connection)
            at_work = runs.open_runs(connection, silent_seconds)
            ended = runs.last_finished(connection)
            covered = noted_coverage(connection, sorted(PLATFORMS))
            alerts, newest = open_counts(connection), newest_listings(connection, sorted(PLATFORMS))
            jobs = standings(connection, config.schedule_off if config else ())
        stages, waiting = counts_by_stage(self._engine), outbox.counts(self._engine)
        return [
            *(_counter(counter, found) for counter in metrics.COUNTERS),
            *(_histogram(histogram, found) for histogram in metrics.HISTOGRAMS),
            _gauge(metrics.LISTINGS_BY_STATUS, (((stage,), count) for stage, count in stages.items())),
            _gauge(metrics.RUNS_OPEN, at_work.items()),
            _gauge(metrics.LAST_RUN_ENDED, ((which, when.timestamp()) for which, when in ended.items())),
            _gauge(metrics.COVERAGE, covered.items()),
            _gauge(metrics.MONITOR_ALERTS, ((which, alerts.get(which, 0)) for which in product(PLATFORMS, MONITORS))),
            _gauge(metrics.NEWEST_LISTING, (((platform,), when.timestamp()) for platform, when in newest.items())),
            _gauge(metrics.ALERT_OUTBOX, (((state,), count) for state, count in waiting.items())),
            *_of_jobs(jobs, newest_backups(config) if config else {}),
        ]

    def _from_redis(self) -> dict[str, int]:
        return queue_lengths(self._redis, sorted(PLATFORMS))

    def _conditions(self, postgres_answers: bool, redis_answers: bool) -> Iterator[Family]:
        """A service that has just not answered is not asked again: Prometheus does not wait long."""
        if self._local.config is None:
            return
        engine, redis = self._engine if postgres_answers else None, self._redis if redis_answers else None
        rows = {(kind.name, kind.severity, ""): 0.0 for kind in KINDS}
        rows |= {(c.name, c.severity, c.platform): 1.0 for c in conditions(engine, redis, self._local.config)}
        yield _gauge(metrics.CONDITIONS, rows.items())

    def _fallback(self) -> dict[str, int]:
        """Of this machine; needs no Redis, it is there because there is none."""
        if self._local.fallback_length is None:
            return {}
        length = _unless_down(self._local.fallback_length)
        return {} if length is None else {"fallback": length}

    def _breaker(self, *, redis_answers: bool) -> Family:
        state = self._local.breaker_state() if self._local.breaker_state is not None else 0 if redis_answers else 2
        return _gauge(metrics.BREAKER_STATE, [((), float(state))])


def _unless_down(look_up: Callable[[], T]) -> T | None:
    try:
        return look_up()
    except _DOWN:
        return None


def _of_jobs(jobs: Sequence[Standing], dumps: Mapping[str, datetime]) -> Iterator[Family]:
    """Of those that are switched off, nothing."""
    on = [one for one in jobs if one.state != "off"]
    successes = {one.job.name: one.last_success.timestamp() if one.last_success else 0.0 for one in on}
    yield _gauge(metrics.SCHEDULE_LAST_SUCCESS, (((name,), moment) for name, moment in successes.items()))
    yield _gauge(metrics.SCHEDULE_MISSED, (((one.job.name,), float(one.state == "missed")) for one in on))
    seen = {f"backup-{kind}": moment.timestamp() for kind, moment in dumps.items()}
    made = ((name, max(moment, seen.get(name, 0.0))) for name, moment in successes.items() if "backup-" in name)
    yield _gauge(metrics.BACKUP_LAST_SUCCESS, (((name.removeprefix("backup-"),), moment) for name, moment in made))


def _gauge(gauge: Gauge | Metric, rows: Rows) -> Family:
    family = GaugeMetricFamily(gauge.name, gauge.help, labels=gauge.labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def _counter(counter: Metric, found: dict[Series, float]) -> Family:
    family = CounterMetricFamily(counter.name, counter.help, labels=counter.labels)
    values = dict.fromkeys(_known_beforehand(counter), 0.0)
    values |= {_values(counter, labels): value for (name, labels), value in found.items() if name == counter.name}
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _histogram(histogram: Histogram, found: dict[Series, float]) -> Family:
    family = HistogramMetricFamily(histogram.name, histogram.help, labels=histogram.labels)
    bounds = [*(f"{bound:g}" for bound in histogram.buckets), "+Inf"]
    counts: dict[tuple[str, ...], dict[str, float]] = {}
    for (name, labels), value in found.items():
        if name == f"{histogram.name}_bucket":
            counts.setdefault(_values(histogram, labels), {})[dict(labels)["le"]] = value
    sums = {
        _values(histogram, labels): value for (name, labels), value in found.items() if name == f"{histogram.name}_sum"
    }
    for key, of_bound in sorted(counts.items()):
        total, cumulated = 0.0, []
        for bound in bounds:
            total += of_bound.get(bound, 0.0)
            cumulated.append((bound, total))
        family.add_metric(key, cumulated, sums.get(key, 0.0))
    return family


def _values(metric: Metric, labels: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    named = dict(labels)
    return tuple(named.get(name, "") for name in metric.labels)


def _known_beforehand(counter: Metric) -> list[tuple[str, ...]]:
    """Series that exist from the start, so that the first failure, too, is an increase."""
    if counter is metrics.SCRAPES:
        return [(platform, status.value) for platform in PLATFORMS for status in ScrapeStatus]
    return [(platform,) for platform in PLATFORMS] if counter.labels == ("platform",) else []

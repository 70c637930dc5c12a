"""Tables about the work itself: runs of crawls and of scheduled jobs, and the totals of what processes counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Double, Identity, Index, Integer, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from immobe.storage.models import Base

_ZERO = text("0")


class RunRow(Base):
    """One process's part in a run. Several processes that share a run have the same `run_id`.

    A row without `ended_at` whose heartbeat is old belongs to a process that died; the next one that looks says `lost`.
    """

    __tablename__ = "scrape_runs"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Made by the process, so that writing the row twice is harmless."""
    run_id: Mapped[str]
    platform: Mapped[str]
    mode: Mapped[str]
    """`scout`, `harvest` or `all`."""
    scope: Mapped[str]
    worker: Mapped[str]
    """As in the log lines."""
    host: Mapped[str]
    pid: Mapped[int] = mapped_column(Integer)
    job: Mapped[str | None]
    """Scrapyd's name for the process; null where Scrapyd did not start it."""
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """Of a lost process: its last heartbeat."""
    finish_reason: Mapped[str | None]
    """`finished`, `shutdown`, …, as Scrapy says it, or `lost`."""
    page_count: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    search_page_count: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    stored_count: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    gone_count: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    quarantined_count: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    failed_count: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    """Scrapes with the status FAILED; quarantined ones are among them."""
    timeout_count: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    blocked_count: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    retry_count: Mapped[int] = mapped_column(Integer, server_default=_ZERO)
    last_search_page_at: Mapped[datetime | None]
    scout_seconds: Mapped[float | None] = mapped_column(Double)
    """Of the whole run, on each of its rows: first start to last search page; set once the run has finished."""
    stats: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """Scrapy's own statistics at the end."""
    coverage: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    """On a finished run's rows: what `immobe coverage` said at its end."""

    __table_args__ = (
        Index(None, "platform", "started_at"),
        Index(None, "run_id"),
        Index(None, "job"),
        Index("ix_scrape_runs_open", "heartbeat_at", postgresql_where=text("ended_at IS NULL")),
    )


class MetricTotalRow(Base):
    """A counter's total over all processes there ever were."""

    __tablename__ = "metric_totals"

    name: Mapped[str] = mapped_column(primary_key=True)
    labels: Mapped[dict[str, str]] = mapped_column(primary_key=True)
    value: Mapped[float] = mapped_column(Double)
    counted_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """When something was last added."""


class MetricFlushRow(Base):
    """How far each flusher's deliveries have been counted: a delivery that comes twice is known by its number."""

    __tablename__ = "metric_flushes"

    flusher: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    flushed_at: Mapped[datetime]


class ScheduleRunRow(Base):
    """One run of a scheduled job. Without `ended_at` it is at work, or was killed."""

    __tablename__ = "schedule_runs"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    job: Mapped[str]
    """Of `immobe.scheduling.jobs`."""
    host: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    exit_code: Mapped[int | None] = mapped_column(Integer)
    """Negative: the signal that ended it."""

    __table_args__ = (Index(None, "job", "started_at"),)


class SearchRow(Base):
    """One search as it was last made: how many results the portal counted, and whether it had to be divided."""

    __tablename__ = "searches"

    platform: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    """Of `immobe.platforms.SearchScope`."""
    transaction_type: Mapped[str]
    property_type: Mapped[str | None]
    """Null when the portal's word stands for several."""
    province: Mapped[str | None]
    """The province (or `brussels`) that holds all that was searched; null when it goes beyond one."""
    total: Mapped[int | None] = mapped_column(Integer)
    is_divided: Mapped[bool]
    seen_at: Mapped[datetime]


class SavedScopeRow(Base):
    """A scope that an operator gave a name."""

    __tablename__ = "saved_scopes"

    name: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str]
    """As `-a scope=` takes it."""
    saved_at: Mapped[datetime] = mapped_column(server_default=func.now())

"""Run records, and totals of what processes count."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision: str | None = "0001"

_RUNS = """
CREATE TABLE scrape_runs (
    id text NOT NULL,
    run_id text NOT NULL,
    platform text NOT NULL,
    mode text NOT NULL,
    scope text NOT NULL,
    worker text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    started_at timestamptz NOT NULL,
    heartbeat_at timestamptz NOT NULL,
    ended_at timestamptz,
    finish_reason text,
    page_count integer DEFAULT 0 NOT NULL,
    search_page_count integer DEFAULT 0 NOT NULL,
    stored_count integer DEFAULT 0 NOT NULL,
    gone_count integer DEFAULT 0 NOT NULL,
    quarantined_count integer DEFAULT 0 NOT NULL,
    failed_count integer DEFAULT 0 NOT NULL,
    timeout_count integer DEFAULT 0 NOT NULL,
    blocked_count integer DEFAULT 0 NOT NULL,
    retry_count integer DEFAULT 0 NOT NULL,
    last_search_page_at timestamptz,
    scout_seconds double precision,
    stats jsonb,
    CONSTRAINT pk_scrape_runs PRIMARY KEY (id)
)
"""

# Few rows, updated every few seconds: room on the page keeps the updates off the index.
_TOTALS = """
CREATE TABLE metric_totals (
    name text NOT NULL,
    labels jsonb NOT NULL,
    value double precision NOT NULL,
    CONSTRAINT pk_metric_totals PRIMARY KEY (name, labels)
) WITH (fillfactor = 50)
"""

_FLUSHES = """
CREATE TABLE metric_flushes (
    flusher text NOT NULL,
    sequence bigint NOT NULL,
    flushed_at timestamptz NOT NULL,
    CONSTRAINT pk_metric_flushes PRIMARY KEY (flusher)
) WITH (fillfactor = 50)
"""

_INDEXES = (
    "CREATE INDEX ix_scrape_runs_platform_started_at ON scrape_runs (platform, started_at)",
    "CREATE INDEX ix_scrape_runs_run_id ON scrape_runs (run_id)",
    "CREATE INDEX ix_scrape_runs_open ON scrape_runs (heartbeat_at) WHERE ended_at IS NULL",
)


def upgrade() -> None:
    for statement in (_RUNS, _TOTALS, _FLUSHES, *_INDEXES):
        op.execute(statement)


def downgrade() -> None:
    for table in ("metric_flushes", "metric_totals", "scrape_runs"):
        op.drop_table(table)

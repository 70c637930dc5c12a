"""What runs measure, and alerts; the newest listing of a platform is found without reading the table."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision: str | None = "0009"

_TABLES = (
    """
CREATE TABLE run_measures (
    id text NOT NULL,
    run_id text NOT NULL,
    platform text NOT NULL,
    mode text NOT NULL,
    scope text NOT NULL,
    started_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    ended_at timestamptz,
    finish_reason text,
    tally jsonb NOT NULL,
    odd text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT pk_run_measures PRIMARY KEY (id)
)
""",
    """
CREATE TABLE alerts (
    id bigint GENERATED ALWAYS AS IDENTITY,
    platform text NOT NULL,
    mode text NOT NULL,
    scope text NOT NULL,
    monitor text NOT NULL,
    field text NOT NULL,
    measure text NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    run_id text,
    raised_at timestamptz NOT NULL,
    closed_at timestamptz,
    accepted_at timestamptz,
    CONSTRAINT pk_alerts PRIMARY KEY (id)
)
""",
)
_INDEXES = (
    "CREATE INDEX ix_run_measures_platform_mode_scope_started_at ON run_measures (platform, mode, scope, started_at)",
    "CREATE INDEX ix_run_measures_run_id ON run_measures (run_id)",
    """CREATE UNIQUE INDEX uq_alerts_open ON alerts (platform, mode, scope, monitor, field, measure)
       WHERE closed_at IS NULL""",
    "CREATE INDEX ix_alerts_platform_raised_at ON alerts (platform, raised_at)",
    "CREATE INDEX ix_listings_platform_first_seen_at ON listings (platform, first_seen_at)",
)


def upgrade() -> None:
    for statement in (*_TABLES, *_INDEXES):
        op.execute(statement)


def downgrade() -> None:
    op.drop_index("ix_listings_platform_first_seen_at", "listings")
    op.drop_table("alerts")
    op.drop_table("run_measures")

"""Scheduled jobs' records; when each total was last added to: progress that anybody can see."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision: str | None = "0014"

_TABLE = """
CREATE TABLE schedule_runs (
    id bigint GENERATED ALWAYS AS IDENTITY,
    job text NOT NULL,
    host text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    exit_code integer,
    CONSTRAINT pk_schedule_runs PRIMARY KEY (id)
)
"""


def upgrade() -> None:
    """A process of the release before goes on adding to totals; it only does not say when."""
    op.execute(_TABLE)
    op.create_index("ix_schedule_runs_job_started_at", "schedule_runs", ["job", "started_at"])
    op.execute("ALTER TABLE metric_totals ADD COLUMN counted_at timestamptz DEFAULT now() NOT NULL")


def downgrade() -> None:
    op.drop_column("metric_totals", "counted_at")
    op.drop_table("schedule_runs")

"""Orders of crawls, which outlive the Scrapyd that carries them out; run records name the order they belong to."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision: str | None = "0016"

_TABLE = """
CREATE TABLE crawl_orders (
    job text NOT NULL,
    platform text NOT NULL,
    mode text NOT NULL,
    scope text NOT NULL,
    settings jsonb NOT NULL,
    ordered_at timestamptz DEFAULT now() NOT NULL,
    sent_at timestamptz DEFAULT now() NOT NULL,
    send_count integer DEFAULT 1 NOT NULL,
    closed_at timestamptz,
    outcome text,
    CONSTRAINT pk_crawl_orders PRIMARY KEY (job)
)
"""
_OPEN = "CREATE UNIQUE INDEX ix_crawl_orders_open ON crawl_orders (platform, mode, scope) WHERE closed_at IS NULL"


def upgrade() -> None:
    """A process of the release before goes on writing run records, without a job."""
    op.execute(_TABLE)
    op.execute(_OPEN)
    op.execute("ALTER TABLE scrape_runs ADD COLUMN job text")
    op.execute("CREATE INDEX ix_scrape_runs_job ON scrape_runs (job)")


def downgrade() -> None:
    op.drop_column("scrape_runs", "job")
    op.drop_table("crawl_orders")

"""What searches counted, saved scopes, and the coverage of runs."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision: str | None = "0003"

_SEARCHES = """
CREATE TABLE searches (
    platform text NOT NULL,
    key text NOT NULL,
    transaction_type text NOT NULL,
    property_type text NOT NULL,
    province text,
    total integer,
    is_divided boolean NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT pk_searches PRIMARY KEY (platform, key)
)
"""

_SAVED_SCOPES = """
CREATE TABLE saved_scopes (
    name text NOT NULL,
    scope text NOT NULL,
    saved_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_saved_scopes PRIMARY KEY (name)
)
"""


def upgrade() -> None:
    for statement in (_SEARCHES, _SAVED_SCOPES, "ALTER TABLE scrape_runs ADD COLUMN coverage jsonb"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_column("scrape_runs", "coverage")
    for table in ("saved_scopes", "searches"):
        op.drop_table(table)

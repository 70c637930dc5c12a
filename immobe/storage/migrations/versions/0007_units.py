"""The units of a project are found without reading the table."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision: str | None = "0006"


def upgrade() -> None:
    op.execute("CREATE INDEX ix_listings_units ON listings (platform, project_id) WHERE project_id IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_listings_units", "listings")

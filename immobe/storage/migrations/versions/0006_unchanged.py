"""When a listing's page was last asked for and had not changed."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    """A column without a default: no row is rewritten."""
    op.execute("ALTER TABLE listings ADD COLUMN unchanged_at timestamptz")


def downgrade() -> None:
    """Such pages are only visited earlier."""
    op.execute("ALTER TABLE listings DROP COLUMN unchanged_at")

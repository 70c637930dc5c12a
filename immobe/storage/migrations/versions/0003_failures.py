"""When and why a listing's page was given up."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Two columns without a default: no row is rewritten."""
    op.execute("ALTER TABLE listings ADD COLUMN failed_at timestamptz, ADD COLUMN failure text")


def downgrade() -> None:
    """What failed is discovered again: the version before knows no way back from `failed`, and would fetch it."""
    op.execute("UPDATE listings SET stage = 'discovered' WHERE stage = 'failed'")
    op.execute("ALTER TABLE listings DROP COLUMN failed_at, DROP COLUMN failure")

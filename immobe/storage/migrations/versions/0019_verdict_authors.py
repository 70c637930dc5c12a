"""Who said that two listings are one dwelling, or two."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision: str | None = "0018"


def upgrade() -> None:
    op.execute("ALTER TABLE property_verdicts ADD COLUMN said_by text")


def downgrade() -> None:
    op.drop_column("property_verdicts", "said_by")

"""One search word of a portal may stand for several types of property."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision: str | None = "0007"


def upgrade() -> None:
    op.execute("ALTER TABLE searches ALTER COLUMN property_type DROP NOT NULL")


def downgrade() -> None:
    op.execute("DELETE FROM searches WHERE property_type IS NULL")
    op.execute("ALTER TABLE searches ALTER COLUMN property_type SET NOT NULL")

"""A listing is matched again when its facts are others, not whenever its page was read again."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision: str | None = "0012"

_BEFORE = {"scraped_at": "timestamptz", "gone_at": "timestamptz", "mapper_version": "text"}


def upgrade() -> None:
    """All are matched once more."""
    op.execute("ALTER TABLE property_listings ADD COLUMN facts_md5 text")
    for name in _BEFORE:
        op.drop_column("property_listings", name)


def downgrade() -> None:
    """Likewise."""
    op.drop_column("property_listings", "facts_md5")
    for name, kind in _BEFORE.items():
        op.execute(f"ALTER TABLE property_listings ADD COLUMN {name} {kind}")

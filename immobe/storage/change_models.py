"""The tables of the feed of changes; triggers on `listings` write them (migration 0014)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from immobe.storage.models import Base


class ChangeRow(Base):
    """The latest change of one listing, also of one that was deleted."""

    __tablename__ = "listing_changes"

    platform: Mapped[str] = mapped_column(primary_key=True)
    platform_listing_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int | None] = mapped_column(BigInteger)
    """Its place in the feed. Null: committed, and not yet given one; see `immobe.storage.changes`."""
    deleted_at: Mapped[datetime | None]
    """When it was deleted from `listings`; null while it is there."""

    __table_args__ = (
        Index(None, "position", unique=True),
        Index(
            "ix_listing_changes_pending", "platform", "platform_listing_id", postgresql_where=text("position IS NULL")
        ),
        Index("ix_listing_changes_deleted_at", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
    )


class FeedRow(Base):
    """The feed itself: one row, whose lock makes those who give out positions wait for each other."""

    __tablename__ = "change_feed"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_position: Mapped[int] = mapped_column(BigInteger)
    """The highest that was given out."""
    dropped_position: Mapped[int] = mapped_column(BigInteger)
    """The highest of a deletion that is no longer told."""

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

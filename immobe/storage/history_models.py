"""The table of what changed: append-only, written by triggers on `listings` (migration 0005)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from immobe.storage.models import Base, one_of


class EventRow(Base):
    """One field of one listing took another value."""

    __tablename__ = "listing_events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id", ondelete="CASCADE"))
    field: Mapped[str]
    """A material column of `listings`, or `listing`: whether the advert is `listed` or `gone`."""
    old: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    new: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    seen_at: Mapped[datetime]
    """When the page was fetched, or the evidence met, that told it."""
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    cause: Mapped[str]
    """`first`: what a history begins with; `market`: the advert changed; `correction`: we read it anew."""
    run_id: Mapped[str | None]

    __table_args__ = (
        one_of("cause", ("first", "market", "correction")),
        Index(None, "listing_id", "seen_at"),
        Index(None, "field", "seen_at"),
    )

"""Table of crawls that were ordered from Scrapyd: it forgets what runs when it dies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from immobe.storage.models import Base


class CrawlOrderRow(Base):
    """An order, open until its crawl has ended. A platform, mode and scope has one open order at most."""

    __tablename__ = "crawl_orders"

    job: Mapped[str] = mapped_column(primary_key=True)
    """Our name for it, which Scrapyd takes over, and which the crawl writes on its run records."""
    platform: Mapped[str]
    mode: Mapped[str]
    scope: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    ordered_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime] = mapped_column(server_default=func.now())
    """When Scrapyd was last given it."""
    send_count: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    """`done`, `failed`, `cancelled`, `refused` or `given_up`."""

    __table_args__ = (
        Index(
            "ix_crawl_orders_open", "platform", "mode", "scope", unique=True, postgresql_where=text("closed_at IS NULL")
        ),
    )

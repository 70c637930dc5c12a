"""The tables of the monitors: what each run measured, and what was not as usual."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from immobe.storage.models import Base


class MeasureRow(Base):
    """What one process counted of a run: see `immobe.market.monitors.tally`. A run is the sum of its rows."""

    __tablename__ = "run_measures"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Made by the process, so that writing the row twice is harmless."""
    run_id: Mapped[str]
    platform: Mapped[str]
    mode: Mapped[str]
    scope: Mapped[str]
    started_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    finish_reason: Mapped[str | None]
    tally: Mapped[dict[str, Any]] = mapped_column(JSONB)
    odd: Mapped[list[str]] = mapped_column(server_default=text("'{}'::text[]"))
    """What was unusual in the run, as `monitor|field|measure`: no measure for later ones. The run is in quarantine."""

    __table_args__ = (Index(None, "platform", "mode", "scope", "started_at"), Index(None, "run_id"))


class AlertRow(Base):
    """Something is not as usual, since a run (null: since a look at the listings) and until `closed_at`."""

    __tablename__ = "alerts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    platform: Mapped[str]
    mode: Mapped[str]
    """Like `scope`, of the runs that are compared; empty for what the listings themselves tell."""
    scope: Mapped[str]
    monitor: Mapped[str]
    field: Mapped[str]
    measure: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    run_id: Mapped[str | None]
    raised_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    """When a person said that it is so from now on; null when a later run was as usual again."""

    __table_args__ = (
        Index(
            "uq_alerts_open",
            "platform", "mode", "scope", "monitor", "field", "measure",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(None, "platform", "raised_at"),
    )  # fmt: skip

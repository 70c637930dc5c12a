"""The log of what operators did, or were refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine, insert, select

from immobe.storage.access_models import AuditRow
from immobe.storage.faults import connected

Outcome = Literal["done", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """The fields are those of `AuditRow`."""

    id: int
    at: datetime
    actor: str
    action: str
    outcome: str
    details: dict[str, Any]
    address: str | None
    correlation_id: str | None


def note(
    engine: Engine,
    actor: str,
    action: str,
    outcome: Outcome = "done",
    *,
    details: Mapping[str, Any] | None = None,
    address: str | None = None,
    correlation_id: str | None = None,
) -> int:
    """Writes one entry; its id. Raises ServiceError."""
    values = {
        "actor": actor,
        "action": action,
        "outcome": outcome,
        "details": dict(details or {}),
        "address": address,
        "correlation_id": correlation_id,
    }
    with connected(engine, writes=True) as connection:
        return connection.execute(insert(AuditRow).values(values).returning(AuditRow.id)).scalar_one()


def entries(engine: Engine, *, action: str | None = None, limit: int = 100) -> list[AuditEntry]:
    """The latest entries, latest first. Raises ServiceError."""
    query = select(AuditRow.__table__).order_by(AuditRow.id.desc()).limit(limit)
    if action is not None:
        query = query.where(AuditRow.action == action)
    with connected(engine) as connection:
        return [AuditEntry(**row) for row in connection.execute(query).mappings()]


def entry(engine: Engine, entry_id: int, action: str) -> AuditEntry | None:
    """One entry about this action. Raises ServiceError."""
    query = select(AuditRow.__table__).where(AuditRow.id == entry_id, AuditRow.action == action)
    with connected(engine) as connection:
        row = connection.execute(query).mappings().one_or_none()
        return None if row is None else AuditEntry(**row)

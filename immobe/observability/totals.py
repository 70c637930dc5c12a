"""Counters' totals in PostgreSQL: what every process on every machine has counted, never less than before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from immobe.observability.metrics import Labels, Series
from immobe.storage.run_models import MetricFlushRow, MetricTotalRow

_new = insert(MetricFlushRow)
# Without a row in the answer this delivery, or a later one, has been counted.
_NEXT = _new.on_conflict_do_update(
    index_elements=[MetricFlushRow.flusher],
    set_={"sequence": _new.excluded.sequence, "flushed_at": func.now()},
    where=MetricFlushRow.sequence < _new.excluded.sequence,
).returning(MetricFlushRow.sequence)
# In one order, so that two processes wait for each other instead of locking each other out.
_ADD = text("""
INSERT INTO metric_totals (name, labels, value)
SELECT name, labels, sum(amount)
FROM jsonb_to_recordset(CAST(:deltas AS jsonb)) AS delta (name text, labels jsonb, amount double precision)
GROUP BY name, labels ORDER BY name, labels
ON CONFLICT (name, labels) DO UPDATE SET value = metric_totals.value + excluded.value, counted_at = now()
""")
_FORGET_DAYS = 7


def deliver(connection: Connection, flusher: str, sequence: int, deltas: Mapping[Series, float]) -> bool:
    """Adds `deltas` unless this flusher's delivery of that number was counted before; whether it was counted now.

    To be committed by the caller, as one transaction: a delivery is counted whole, once, or not at all.
    """
    row = {"flusher": flusher, "sequence": sequence, "flushed_at": func.now()}
    if connection.execute(_NEXT.values(row)).first() is None:
        return False
    add(connection, deltas)
    return True


def add(connection: Connection, deltas: Mapping[Series, float]) -> None:
    """Adds without a question: only inside a transaction that cannot be repeated by itself."""
    rows = [
        {"name": name, "labels": dict(labels), "amount": amount} for (name, labels), amount in deltas.items() if amount
    ]
    if rows:
        connection.execute(_ADD, {"deltas": json.dumps(rows)})


def forget(connection: Connection, flusher: str) -> None:
    """Strikes a flusher that has delivered its last, and those that have not been heard of for a week."""
    week = MetricFlushRow.flushed_at < func.now() - text(f"interval '{_FORGET_DAYS} days'")
    connection.execute(delete(MetricFlushRow).where((MetricFlushRow.flusher == flusher) | week))


def counted_since(connection: Connection, name: str, moment: datetime) -> dict[Labels, datetime]:
    """{labels: when it was last counted} of a counter's series that have been counted since then."""
    query = select(MetricTotalRow.labels, MetricTotalRow.counted_at).where(
        MetricTotalRow.name == name, MetricTotalRow.counted_at >= moment, MetricTotalRow.value > 0
    )
    return {tuple(sorted(labels.items())): counted_at for labels, counted_at in connection.execute(query)}


def last_counted(connection: Connection, names: Sequence[str]) -> dict[str, datetime]:
    """{platform: when one of these counters last grew}."""
    platform = MetricTotalRow.labels["platform"].astext
    query = (
        select(platform, func.max(MetricTotalRow.counted_at)).where(MetricTotalRow.name.in_(names)).group_by(platform)
    )
    return {name: counted_at for name, counted_at in connection.execute(query) if name}


def read(connection: Connection) -> dict[Series, float]:
    """Every total; label names in alphabetical order."""
    rows = connection.execute(select(MetricTotalRow.name, MetricTotalRow.labels, MetricTotalRow.value))
    return {(name, tuple(sorted(labels.items()))): value for name, labels, value in rows}

"""What PostgreSQL does for a query: which indexes serve, how long it takes. The statement is the code's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

from immobe.storage.faults import connected


@dataclass(frozen=True, slots=True)
class Plan:
    """How one statement was carried out. Milliseconds; blocks of 8 kB."""

    indexes: tuple[str, ...]
    scanned: tuple[str, ...]
    """Tables that were read from end to end."""
    milliseconds: float
    blocks_in_memory: int
    blocks_read: int


def plans(engine: Engine, ask: Callable[[Engine], object]) -> list[Plan]:
    """Calls `ask`, then explains (and runs again) each SELECT that it sent. Raises ServiceError."""
    sent: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        ask(engine)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with connected(engine) as connection:
        return [_plan(connection, statement, parameters) for statement, parameters in sent]


def _plan(connection: Any, statement: str, parameters: Any) -> Plan:
    asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
    found = connection.exec_driver_sql(asked, parameters).scalar_one()
    [told] = json.loads(found) if isinstance(found, str) else found
    nodes = list(_nodes(told["Plan"]))
    return Plan(
        tuple(dict.fromkeys(node["Index Name"] for node in nodes if "Index Name" in node)),
        tuple(dict.fromkeys(node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan")),
        told["Planning Time"] + told["Execution Time"],
        told["Plan"]["Shared Hit Blocks"],
        told["Plan"]["Shared Read Blocks"],
    )


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)

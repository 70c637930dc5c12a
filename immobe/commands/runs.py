"""`immobe runs`: the latest runs and what they did."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from immobe.config import load_config

if TYPE_CHECKING:
    from sqlalchemy import Engine

_SILENT_SECONDS = 120.0
_STYLES = {"running": "green", "finished": "cyan", "silent": "yellow", "lost": "red"}
_COUNTS = {
    "pages": "page_count",
    "stored": "stored_count",
    "gone": "gone_count",
    "failed": "failed_count",
    "quarantined": "quarantined_count",
    "timeout": "timeout_count",
    "blocked": "blocked_count",
    "retries": "retry_count",
}


def runs(
    platform: Annotated[str | None, typer.Option(help="Only this platform's.")] = None,
    number: Annotated[int, typer.Option("-n", "--number", min=1, max=10_000, help="How many.")] = 20,
) -> None:
    """Show the latest crawl processes: when, how long, how they ended, and what they counted."""
    from immobe.storage.runs import latest_runs

    rows = latest_runs(_engine(), platform=platform, limit=number, silent_seconds=_SILENT_SECONDS)
    if not rows:
        typer.echo("No runs yet.")
        return
    counts = (Column(name, justify="right") for name in _COUNTS)
    table = Table("platform", "mode", "scope", "started (UTC)", "took", "scouting", "state", *counts, "worker")
    for row in rows:
        table.add_row(*_cells(row))
    Console().print(table)


def _cells(row: dict[str, Any]) -> list[str]:
    ended: datetime = row["ended_at"] or row["heartbeat_at"]
    style = _STYLES.get(row["state"], "yellow")
    return [
        row["platform"],
        row["mode"],
        row["scope"],
        f"{row['started_at']:%Y-%m-%d %H:%M:%S}",
        duration((ended - row["started_at"]).total_seconds()),
        "" if row["scout_seconds"] is None else duration(row["scout_seconds"]),
        f"[{style}]{row['state']}[/{style}]",
        *(str(row[column]) for column in _COUNTS.values()),
        row["worker"],
    ]


def duration(seconds: float) -> str:
    """
    >>> duration(8.26), duration(75), duration(7384)
    ('8.3 s', '1 min 15 s', '2 h 03 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, left = divmod(round(seconds), 60)
    return f"{minutes} min {left:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def _engine() -> Engine:
    from immobe.embedded import ensure_services
    from immobe.storage.engine import make_engine

    config = load_config()
    return make_engine(config, ensure_services(config).database_url, "immobe runs")

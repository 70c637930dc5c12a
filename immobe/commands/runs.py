"""`immobe runs`: the latest runs and what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from immobe.commands.opening import open_database
from immobe.config import load_config

_STYLES = {"running": "green", "finished": "cyan", "silent": "yellow", "lost": "red"}
_COUNTS = ("page", "stored", "gone", "failed", "quarantined", "timeout", "blocked", "retry")


def runs(
    platform: Annotated[str | None, typer.Option(help="Only this platform's.")] = None,
    number: Annotated[int, typer.Option("-n", "--number", min=1, max=10_000, help="How many.")] = 20,
) -> None:
    """Show the latest crawl processes: when, how long, how they ended, and what they counted."""
    from immobe.storage.runs import latest_runs, silent_seconds

    config = load_config()
    engine, silent = open_database(config, "immobe runs"), silent_seconds(config.run_heartbeat_seconds)
    rows = latest_runs(engine, platform=platform, limit=number, silent_seconds=silent)
    if not rows:
        typer.echo("No runs yet.")
        return
    columns = (Column(name, no_wrap=True) for name in ("run", "started (UTC)", "took", "state"))
    table = Table(*columns, Column("what it did", overflow="fold"), box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*_cells(row))
    Console().print(table)


def _cells(row: dict[str, Any]) -> list[str | Text]:
    ended: datetime = row["ended_at"] or row["heartbeat_at"]
    return [
        f"{row['platform']} {row['mode']}",
        f"{row['started_at']:%m-%d %H:%M:%S}",
        duration((ended - row["started_at"]).total_seconds()),
        Text(row["state"], _STYLES.get(row["state"], "yellow")),
        Text("; ".join(part for part in (row["scope"], counted(row), _scouted(row)) if part)),
    ]


def counted(row: dict[str, Any]) -> str:
    """What is not zero.

    >>> counted({f"{name}_count": number for number, name in enumerate(_COUNTS)})
    'stored 1, gone 2, failed 3, quarantined 4, timeout 5, blocked 6, retry 7'
    """
    return ", ".join(f"{name} {row[f'{name}_count']}" for name in _COUNTS if row[f"{name}_count"])


def _scouted(row: dict[str, Any]) -> str:
    return "" if row["scout_seconds"] is None else f"scouted in {duration(row['scout_seconds'])}"


def duration(seconds: float) -> str:
    """
    >>> duration(8.26), duration(75), duration(7384)
    ('8.3 s', '1 min 15 s', '2 h 03 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, left = divmod(round(seconds), 60)
    return f"{minutes} min {left:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"

"""`immobe coverage`: how much of each portal's market we hold, by the portal's own count."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from immobe.commands.opening import open_database
from immobe.config import load_config

if TYPE_CHECKING:
    from immobe.storage.coverage import Coverage


def coverage(
    platform: Annotated[list[str] | None, typer.Option(help="Only this platform; may be repeated.")] = None,
    provinces: Annotated[bool, typer.Option("--provinces", help="A row for each province.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="All rows as JSON, one a line.")] = False,
) -> None:
    """Show what is held of what the portals count, since each platform's latest look through its search pages."""
    from immobe.platforms import PLATFORMS, get_platform

    names = [get_platform(name).name for name in platform] if platform else sorted(PLATFORMS)
    rows = _measured(names)
    if as_json:
        for row in rows:
            typer.echo(json.dumps({**asdict(row), "ratio": row.ratio}))
    elif rows:
        _show(rows if provinces else _by_transaction(rows), provinces)
    else:
        typer.echo("Nothing was scouted yet: scrapy crawl <platform> -a mode=scout")


def _measured(platforms: list[str]) -> list[Coverage]:
    from immobe.storage.coverage import coverage, last_scouting
    from immobe.storage.faults import connected

    engine = open_database(load_config(), "immobe coverage")
    found = []
    with connected(engine) as connection:
        for name in platforms:
            latest = last_scouting(connection, name)
            if latest is not None:
                found += coverage(connection, name, latest[1])
    return found


def _by_transaction(rows: list[Coverage]) -> list[Coverage]:
    from immobe.storage.coverage import Coverage

    grouped: dict[tuple[str, str], list[Coverage]] = defaultdict(list)
    for row in rows:
        grouped[row.platform, row.transaction_type].append(row)
    return [
        Coverage(
            *key,
            "all",
            None if any(row.total is None for row in part) else sum(row.total or 0 for row in part),
            sum(row.seen for row in part),
            sum(row.held for row in part),
        )
        for key, part in grouped.items()
    ]


def _show(rows: list[Coverage], provinces: bool) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table

    right = [Column(name, justify="right") for name in ("portal counts", "seen", "held", "covered")]
    table = Table("platform", "for", *(("province",) if provinces else ()), *right, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        where = (row.province.replace("_", " "),) if provinces else ()
        counts = ("?" if n is None else f"{n:,}" for n in (row.total, row.seen, row.held))
        ratio = "?" if row.ratio is None else f"{row.ratio:.1%}"
        table.add_row(row.platform, row.transaction_type, *where, *counts, ratio)
    Console().print(table)

"""Keeps the database quick: builds indexes that lack, vacuums, renews statistics, and tells what takes room.

    .venv/bin/python scripts/optimize_database.py [--check | --analyze]

Crawls go on meanwhile; it may be run as often as one likes (weekly is plenty). --check changes nothing and only tells.
--analyze explains the common queries: which index serves each, how long it takes; it changes nothing either.
Exit codes: 0 done, with --check: nothing lacks; 1 something could not be done, or lacks; 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from sqlalchemy import Connection, Engine

sys.path.insert(0, str(Path(__file__).parents[1]))

from immobe.config import load_config
from immobe.embedded import ensure_services
from immobe.errors import ImmobeError, ServiceError
from immobe.storage.common_queries import COMMON_QUERIES, sample
from immobe.storage.engine import make_engine
from immobe.storage.explaining import plans
from immobe.storage.faults import as_service_error
from immobe.storage.maintenance import Room, build, is_alone, maintaining, missing_indexes, rooms, tables, vacuum

SMALL_BYTES = 1_000_000
out, err = Console(highlight=False), Console(stderr=True, highlight=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="tell what lacks and what takes room; change nothing")
    what.add_argument("--analyze", action="store_true", help="explain the common queries; change nothing")
    asked = parser.parse_args()
    config = load_config()
    try:
        database_url = config.database_url or ensure_services(config).database_url
        if asked.analyze:
            return analyze(make_engine(config, database_url, "immobe analyze"))
        with maintaining(database_url) as connection:
            return check(connection) if asked.check else optimize(connection)
    except (ImmobeError, ValueError) as error:
        err.print(f"optimize_database: {error}", style="red", markup=False)
        return 1


def optimize(connection: Connection) -> int:
    if not is_alone(connection):
        raise ServiceError("another process is optimizing this database")
    if not tables(connection):
        raise ServiceError("the database has no tables yet: run `immobe migrate`")
    failed = 0
    for index in missing_indexes(connection):
        failed += not done(f"index {index.name}", lambda index=index: build(connection, index))
    for table in tables(connection):
        failed += not done(f"vacuum {table}", lambda table=table: vacuum(connection, table))
    report(rooms(connection))
    return 1 if failed else 0


def done(name: str, work: Callable[[], None]) -> bool:
    """Whether it could be done; the others are tried all the same."""
    started = time.perf_counter()
    try:
        work()
    except Exception as error:
        err.print(f"{name}: {as_service_error(error)}", style="red", markup=False)
        return False
    out.print(f"{name}: done in {time.perf_counter() - started:.1f} s", markup=False)
    return True


def check(connection: Connection) -> int:
    missing = missing_indexes(connection)
    for index in missing:
        out.print(f"index {index.name}: lacks")
    report(rooms(connection))
    return 1 if missing else 0


def report(found: list[Room]) -> None:
    right = [Column(name, justify="right") for name in ("rows", "dead", "table MB", "indexes MB", "bloat (estimate)")]
    table = Table("table", *right, box=SIMPLE_HEAD, pad_edge=False)
    shown = [room for room in found if room.table_bytes + room.index_bytes >= SMALL_BYTES]
    for room in shown:
        sizes = (f"{size / 1e6:,.1f}" for size in (room.table_bytes, room.index_bytes))
        table.add_row(room.table, f"{room.rows:,}", f"{room.dead_rows:,}", *sizes, f"{room.bloat:.0%}")
    out.print(table)
    out.print(f"{len(found) - len(shown)} tables of less than {SMALL_BYTES / 1e6:.0f} MB are not shown.")


def analyze(engine: Engine) -> int:
    found = sample(engine)
    table = Table("query", Column("ms", justify="right"), Column("8 kB blocks", justify="right"), "served by",
                  box=SIMPLE_HEAD, pad_edge=False)  # fmt: skip
    for query in COMMON_QUERIES:
        for number, plan in enumerate(plans(engine, lambda e, query=query: query.ask(e, found))):
            served = ", ".join((*plan.indexes, *(f"whole {name}" for name in plan.scanned))) or "no table"
            blocks = f"{plan.blocks_in_memory + plan.blocks_read:,}"
            table.add_row("" if number else query.name, f"{plan.milliseconds:,.1f}", blocks, served)
    out.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())

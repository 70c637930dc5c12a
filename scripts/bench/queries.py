"""How long the common queries take on the database as it is.

    scripts/bench.sh queries [--times N] [--limit MS] [--interactive]

Fill a database first: `immobe replica load --listings 1000000`, then scripts/optimize_database.py. Each query is the
product's own call (immobe/storage/common_queries.py) with parameters from rows of that database; the time is the
caller's, over one connection. `of the first` tells how many times the p50 of the first query one takes: machines and
their other work differ. Exit code 1 when the p95 of an interactive one is above the limit.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

sys.path.insert(0, str(Path(__file__).parents[2]))

from immobe.config import load_config
from immobe.embedded import ensure_services
from immobe.errors import ImmobeError
from immobe.items import Stage
from immobe.storage.common_queries import COMMON_QUERIES, sample
from immobe.storage.engine import make_engine
from immobe.storage.queries import count_listings
from immobe.storage.search_terms import SearchTerms

_BATCH_TIMES = 10
_WARM = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200, help="calls of each interactive query")
    parser.add_argument("--limit", type=float, default=50, help="milliseconds that p95 may take")
    parser.add_argument("--interactive", action="store_true", help="only those that somebody waits for")
    asked = parser.parse_args()
    config = load_config()
    engine = make_engine(config, config.database_url or ensure_services(config).database_url, "immobe bench")
    found = sample(engine)
    rows = count_listings(engine, SearchTerms(stage=list(Stage)))
    print(f"{rows:,} listings; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores before")
    right = [Column(name, justify="right") for name in ("calls", "p50 ms", "p95 ms", "longest ms", "of the first")]
    table = Table("query", *right, "", box=SIMPLE_HEAD, pad_edge=False)
    slow, first = 0, 0.0
    for query in COMMON_QUERIES:
        if asked.interactive and not query.is_interactive:
            continue
        times = asked.times if query.is_interactive else _BATCH_TIMES
        taken = measured(lambda query=query: query.ask(engine, found), times)
        p50, p95 = quantiles(taken, n=100, method="inclusive")[49:95:45]
        first = first or p50
        too_slow = query.is_interactive and p95 > asked.limit
        slow += too_slow
        note = "too slow" if too_slow else "" if query.is_interactive else "once a crawl"
        figures = (f"{figure:,.1f}" for figure in (p50, p95, max(taken), p50 / first))
        table.add_row(query.name, str(times), *figures, note)
    Console(width=110).print(table)
    print(f"load average {os.getloadavg()[0]:.1f} after")
    return 1 if slow else 0


def measured(call: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each call, after a few that are not counted."""
    for _ in range(_WARM):
        call()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - started))
    return taken


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ImmobeError, ValueError) as error:
        sys.exit(f"bench: {error}")

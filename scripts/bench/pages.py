"""How long Watchtower's list and map take on the server, on the database as it is.

    scripts/bench.sh pages [--times N] [--limit MS]

Fill a database first: `immobe replica load --listings 50000`. Each page is asked of the application in this process, as
a browser asks it; the time is from the request to the last byte. `CPU ms` is what the page and the database's processes
computed for it: what it takes when nothing else runs. The numbers beside the filters are kept for 20 s, as they are for
visitors; `first ms` is one page without them. Exit code 1 when the p95 of a page is above the limit.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from statistics import quantiles

import psutil
from fastapi.testclient import TestClient
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from sqlalchemy import Engine, text

sys.path.insert(0, str(Path(__file__).parents[2]))

from immobe.config import load_config
from immobe.items import Stage
from immobe.storage import keeping
from immobe.storage.queries import count_listings
from immobe.storage.search_terms import SearchTerms
from immobe.watchtower.app import create_app

PAGES = {
    "list, everything": "/ui/listings",
    "list, as a table": "/ui/listings?view=table&sort=price_eur",
    "list, houses for sale": "/ui/listings?property_type=house&transaction_type=sale",
    "list, price and bedrooms": "/ui/listings?max_price_eur=300000&min_bedroom_count=2&sort=price_per_m2_eur",
    "list, a town": "/ui/listings?municipality_nis=44021",
    "list, words": "/ui/listings?q=kerkstraat",
    "map, everything": "/ui/map",
    "map, houses for sale": "/ui/map?property_type=house&transaction_type=sale",
    "map, a city": "/ui/map?bbox=4.25,50.75,4.5,50.95",
    "map, a quarter": "/ui/map?bbox=3.7,51.03,3.75,51.06",
}
_WARM = 3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=50, help="requests of each page")
    parser.add_argument("--limit", type=float, default=200, help="milliseconds that p95 may take")
    asked = parser.parse_args()
    app = create_app(load_config())
    engine: Engine = app.state.backend.engine
    rows = count_listings(engine, SearchTerms(stage=list(Stage)))
    print(f"{rows:,} listings; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores before")
    right = [Column(name, justify="right") for name in ("first ms", "p50 ms", "p95 ms", "CPU ms", "KiB")]
    table = Table("page", *right, "", box=SIMPLE_HEAD, pad_edge=False)
    slow = 0
    with TestClient(app, base_url="http://localhost", headers={"Accept": "text/html"}) as client:
        for name, address in PAGES.items():
            first, p50, p95, cpu, size = measured(client, engine, address, asked.times)
            slow += p95 > asked.limit
            figures = [f"{figure:.0f}" for figure in (first, p50, p95, cpu, size)]
            table.add_row(name, *figures, "slow" if p95 > asked.limit else "")
    Console().print(table)
    print(f"load average {os.getloadavg()[0]:.1f} after")
    return 1 if slow else 0


def measured(client: TestClient, engine: Engine, address: str, times: int) -> tuple[float, float, float, float, float]:
    """The first, p50, p95 and CPU in ms, and KiB."""
    for _ in range(_WARM):
        client.get(address).raise_for_status()
    keeping.forget()
    start = time.perf_counter()
    client.get(address)
    first = 1000 * (time.perf_counter() - start)
    taken, before = [], computed_seconds(engine)
    for _ in range(times):
        start = time.perf_counter()
        size = len(client.get(address).content)
        taken.append(1000 * (time.perf_counter() - start))
    cpu = 1000 * (computed_seconds(engine) - before) / times
    p50, p95 = quantiles(taken, n=100, method="inclusive")[49:95:45]
    return first, p50, p95, cpu, size / 1024


def computed_seconds(engine: Engine) -> float:
    """By this process, and by the database's processes that serve somebody."""
    with engine.connect() as connection:
        served = text("SELECT pid FROM pg_stat_activity WHERE backend_type IN ('client backend', 'parallel worker')")
        pids = connection.scalars(served).all()
    spent = [psutil.Process(pid).cpu_times() for pid in (os.getpid(), *pids) if psutil.pid_exists(pid)]
    return sum(each.user + each.system for each in spent)


if __name__ == "__main__":
    sys.exit(main())

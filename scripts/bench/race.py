"""Our crawl against others, on the same pages: listings a second into PostgreSQL, processor time, memory.

    scripts/bench.sh race [--listings N] [--rounds R] [--peers ours,plain,…]

The replica serves Immoweb's pages (search pages of 30 cards, listing pages of some 330 kB) from its cache, on one core
with PostgreSQL (fsync on) and Valkey (AOF every second); the crawler has the other core for itself. Every round runs
every peer once, each round in another order; the first round is thrown away. A peer's time goes from its first request
to the moment when its last row can be seen (without a database: to its end). Peers: scripts/bench/peers.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).with_name("peers")))

import psutil
import psycopg2
import reading
import redis
from rich.console import Console
from rich.table import Table

from immobe.embedded import ensure_services
from immobe.storage.schema import migrate
from tests.integration.databases import fresh_database
from tests.integration.own_services import own_services

ROOT, PEERS = Path(__file__).parents[2], Path(__file__).with_name("peers")
SCOPE = "transaction=sale"
CRAWLER_CORE, SERVER_CORE = 0, 1
CRAWLEE = "crawlee[parsel]==1.11.*"
_ALONE = {"THROTTLE_ENABLED": "false", "LOG_LEVEL": "INFO", "REVISIT_SHORTEST_DAYS": "0", "REVISIT_LONGEST_DAYS": "0"}


@dataclass(frozen=True, slots=True)
class Peer:
    """Python runs `arguments`; `table` is where its rows appear, None: nowhere."""

    arguments: tuple[str, ...]
    table: str | None
    what: str
    variables: dict[str, str] = field(default_factory=dict)
    apart: bool = False
    """In the peers' own environment, with ours behind it."""


def _ours(what: str, **variables: str) -> Peer:
    arguments = ("-m", "scrapy", "crawl", "immoweb", "-a", f"scope={SCOPE}")
    return Peer(arguments, "listings", what, {"SCRAPY_SETTINGS_MODULE": "ours", **variables})


def _plain(sink: str, queue: str, table: str | None, what: str) -> Peer:
    return Peer((str(PEERS / "plain.py"), sink, queue), table, what)


ALL = {
    "ours": _ours("leased queue in Redis, whole record, history, batches"),
    "ours-batch-1": _ours("a transaction for each row", DATABASE_BATCH_SIZE="1"),
    "ours-html": _ours("pages parsed as HTML", BENCH_WITHOUT="cut"),
    "plain": _plain("none", "memory", None, "Scrapy, queue in memory, no database"),
    "plain-sink": _plain("ours", "memory", "listings", "Scrapy, queue in memory, our pipelines"),
    "stock": _plain("sqlalchemy", "redis", reading.TABLE, "scrapy-redis 0.9.1, a commit for each item"),
    "crawlee": Peer((str(PEERS / "crawlee_peer.py"),), "listings", "crawlee-python, memory, our pipelines", apart=True),
    "floor": Peer((str(PEERS / "floor.py"),), reading.TABLE, "aiohttp, lxml, batches of 100 rows", apart=True),
}


@dataclass(frozen=True, slots=True)
class Site:
    """The replica, its pages in its cache, and the services; all on SERVER_CORE."""

    url: str
    database_url: str
    redis_url: str
    expected: int


@contextmanager
def replica(listings: int) -> Iterator[tuple[str, list[str]]]:
    """(address, the paths of all listing pages)."""
    command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "immobe", "replica", "--port=0",
               f"--listings={listings}", "--platforms=immoweb"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            address = line.split()[-1]
            with urlopen(f"{address}/_replica/listings?platform=immoweb") as lines:  # noqa: S310
                records = [json.loads(record) for record in lines]
            yield address, [r["url"] for r in records if r["transaction_type"] == "sale"]
        finally:
            process.terminate()


def warm(address: str, urls: list[str]) -> float:
    """Every page once, so that the replica only sends from then on; MB a page."""
    received = 0
    for url in urls:
        with urlopen(f"{address}/{url.removeprefix('https://')}") as page:  # noqa: S310
            received += len(page.read())
    return received / len(urls) / 1e6


def pin(core: int, *processes: psutil.Process) -> None:
    for process in processes:
        for one in (process, *process.children(recursive=True)):
            one.cpu_affinity([core])


def run(name: str, peer: Peer, site: Site, clock: Path, python: str) -> dict[str, Any]:
    """Figures of one crawl into an empty database."""
    clock.unlink(missing_ok=True)
    with fresh_database(site.database_url) as database_url, redis.Redis.from_url(site.redis_url) as queue:
        queue.flushall()
        before_commands = queue.info("stats")["total_commands_processed"]
        migrate(database_url)
        plain_url = database_url.replace("+psycopg2", "")
        with closing(psycopg2.connect(plain_url)) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(reading.CREATE)
            if name == "stock":
                queue.rpush("stock:start_urls", *[json.dumps({"url": url}) for url in reading.seeds(SCOPE)])
            cursor.execute("SELECT pg_current_wal_lsn()")
            wal = cursor.fetchone()[0]
            environment = {
                **os.environ, **_ALONE, "DATABASE_URL": database_url, "REDIS_URL": site.redis_url,
                "REPLICA_URL": site.url, "BENCH_SCOPE": SCOPE, "BENCH_CLOCK": str(clock), **peer.variables,
                "PYTHONPATH": os.pathsep.join([str(ROOT), str(PEERS), *_ours_last(peer)]),
            }  # fmt: skip
            command = [python if peer.apart else sys.executable, *peer.arguments]
            with clock.with_suffix(".log").open("w") as log:
                process = psutil.Popen(["taskset", "-c", str(CRAWLER_CORE), *command], cwd=ROOT, env=environment,
                                       stdout=log, stderr=log)  # fmt: skip
            seen_at, peak = _follow(process, cursor, peer.table, site.expected)
            if process.returncode:
                raise SystemExit(f"{name} failed; its log: {clock.with_suffix('.log')}")
            times = json.loads(clock.read_text())
            stored = _count(cursor, peer.table) if peer.table else times["items"]
            if stored < site.expected:
                raise SystemExit(
                    f"{name} has {stored} of {site.expected} listings; its log: {clock.with_suffix('.log')}"
                )
            cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), %s)", (wal,))
            written = float(cursor.fetchone()[0])
        commands = queue.info("stats")["total_commands_processed"] - before_commands
    seconds = (seen_at if peer.table and seen_at else times["ended"]) - times["began"]
    return {
        "listings_per_second": stored / seconds,
        "stored": stored,
        "cpu_s_per_1000": 1000 * peak["cpu"] / stored,
        "peak_mb": peak["rss"] / 1e6,
        "lag_p99_ms": times.get("lag_ms", [None, None])[1],
        "wal_bytes_per_listing": written / stored if peer.table else None,
        "redis_commands_per_listing": commands / stored,
    }


def _ours_last(peer: Peer) -> list[str]:
    """Our packages behind those of the peer's own environment."""
    return [path for path in sys.path if path.endswith("site-packages")] if peer.apart else []


def _follow(
    process: psutil.Popen, cursor: Any, table: str | None, expected: int
) -> tuple[float | None, dict[str, float]]:
    """(when the last row could be seen, the process's processor seconds and its largest memory)."""
    seen_at, used = None, {"cpu": 0.0, "rss": 0.0}
    while process.poll() is None:
        try:
            times = process.cpu_times()
            used = {"cpu": times.user + times.system, "rss": max(used["rss"], float(process.memory_info().rss))}
        except psutil.Error:
            break
        if table and seen_at is None and _count(cursor, table) >= expected:
            seen_at = time.monotonic()
        time.sleep(0.05)
    process.wait()
    return seen_at, used


def _count(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {table}" + (" WHERE stage = 'scraped'" if table == "listings" else ""))  # noqa: S608
    found: int = cursor.fetchone()[0]
    return found


def peers_python() -> str:
    """An environment of the peers' own, made once, so that what they need does not touch ours."""
    folder = ROOT / "artefacts" / "peers-venv"
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", CRAWLEE, "aiohttp"], check=True)
        (folder / "made").touch()
    return str(python)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listings", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default=",".join(ALL))
    options = parser.parse_args()
    names = options.peers.split(",")
    python = peers_python() if any(ALL[name].apart for name in names) else sys.executable
    with (
        replica(options.listings) as (address, urls),
        own_services() as config,
        tempfile.TemporaryDirectory() as folder,
    ):
        services = ensure_services(config)
        ours = [
            p
            for p in psutil.process_iter(["cmdline"])
            if str(config.immobe_data_dir) in " ".join(p.info["cmdline"] or [])
        ]
        pin(SERVER_CORE, *ours)
        size = warm(address, urls)
        site = Site(address, services.database_url, services.redis_url, len(urls))
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        for number in range(options.rounds + 1):
            for name in names[number % len(names) :] + names[: number % len(names)]:
                figures = run(name, ALL[name], site, Path(folder) / "clock.json", python)
                print(json.dumps({"round": number, "peer": name, **figures}), file=sys.stderr, flush=True)
                if number:
                    found[name].append(figures)
    show(found, site.expected, size)


def show(found: dict[str, list[dict[str, Any]]], expected: int, size: float) -> None:
    """Medians of the rounds, with the least and the most."""
    columns = (
        "peer",
        "listings/s",
        "min to max",
        "CPU s per 1,000",
        "peak MB",
        "lag p99 ms",
        "WAL kB",
        "Redis",
        "what",
    )
    table = Table(*columns, title=f"{expected:,} listings of {size * 1000:.0f} kB")
    for name, rounds in sorted(found.items(), key=lambda pair: -_median(pair[1], "listings_per_second")):
        speeds = [figures["listings_per_second"] for figures in rounds]
        table.add_row(
            name,
            f"{_median(rounds, 'listings_per_second'):.0f}",
            f"{min(speeds):.0f} to {max(speeds):.0f}",
            f"{_median(rounds, 'cpu_s_per_1000'):.2f}",
            f"{_median(rounds, 'peak_mb'):.0f}",
            _shown(rounds, "lag_p99_ms"),
            _shown(rounds, "wal_bytes_per_listing", 1000),
            f"{_median(rounds, 'redis_commands_per_listing'):.2f}",
            ALL[name].what,
        )
    Console(width=140).print(table)
    print(json.dumps({name: _median(rounds, "listings_per_second") for name, rounds in found.items()}))


def _shown(rounds: list[dict[str, Any]], name: str, unit: float = 1) -> str:
    return "" if rounds[0][name] is None else f"{_median(rounds, name) / unit:.0f}"


def _median(rounds: list[dict[str, Any]], name: str) -> float:
    return statistics.median(figures[name] for figures in rounds)


if __name__ == "__main__":
    main()

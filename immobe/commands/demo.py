"""`immobe demo`: the replica market, crawled end to end, with a summary for people. `scripts/demo.sh` calls it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.request import urlopen

import typer

from immobe.errors import ImmobeError

if TYPE_CHECKING:
    from rich.console import Console
    from sqlalchemy import Engine

    from immobe.config import Config

PLATFORM = "immoweb"
PROCESSES = 2
_POLL_SECONDS = 0.25
# The replica is no portal to be spared, and each demo fetches every advert anew.
_ALL_AT_ONCE = {
    "SCRAPY_SETTINGS_MODULE": "immobe.settings",
    "THROTTLE_ENABLED": "false",
    "REVISIT_SHORTEST_DAYS": "0",
    "REVISIT_LONGEST_DAYS": "0",
}


class DemoFailed(ImmobeError):  # noqa: N818 - reads as what happened
    """The demo could not be brought to its end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a crawl of the replica ended with: `missing` are the adverts on the replica that are not stored."""

    found: int
    missing: tuple[str, ...]
    rejected: dict[str, int]
    seconds: float
    samples: list[tuple[str, ...]]


def demo(
    listings: Annotated[int, typer.Option(min=1, max=200_000, help="Adverts on the replica market")] = 300,
    seed: Annotated[int, typer.Option(help="Another seed is another market")] = 1,
    stop: Annotated[bool, typer.Option("--exit", help="Stop the embedded services after the summary")] = False,
) -> None:
    """Crawl a local replica of the market into PostgreSQL, and show what was found and stored.

    Exit code 0 only if every advert of the replica is stored.
    """
    from rich.console import Console

    from immobe.config import load_config
    from immobe.embedded import ensure_services, stop_services

    # The demo's own data folder: made-up adverts must not mix with a real market.
    own = load_config(database_url=None, redis_url=None)
    own = own.model_copy(update={"immobe_data_dir": own.immobe_data_dir / "demo"})
    console = Console(highlight=False)
    with console.status("starting PostgreSQL and Valkey"):
        services = ensure_services(own)
    console.print(f"PostgreSQL and Valkey run; their data is in {own.immobe_data_dir}")
    urls = {"database_url": services.database_url, "redis_url": services.redis_url}
    try:
        outcome = _crawl_replica(own.model_copy(update=urls), listings, seed, console)
    finally:
        if stop:
            stop_services(own)
    _show(outcome, console)
    if not stop:
        _say_what_next(own.immobe_data_dir, console)
    raise typer.Exit(1 if outcome.missing else 0)


def _crawl_replica(config: Config, listings: int, seed: int, console: Console) -> Outcome:
    from immobe.storage.engine import make_engine
    from immobe.storage.schema import migrate

    migrate(config.database_url or "")
    logs = config.immobe_data_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    engine = make_engine(config, config.database_url or "")
    try:
        with _replica(listings, seed, logs / "replica.log") as address:
            expected = _ids_on(address)
            console.print(f"the replica market serves {len(expected):,} adverts on {address}")
            since, clock = datetime.now(UTC), time.monotonic()
            _crawl(config.model_copy(update={"replica_url": address}), engine, len(expected), since, console)
            return _outcome(engine, expected, since, time.monotonic() - clock)
    finally:
        engine.dispose()


@contextmanager
def _replica(listings: int, seed: int, log: Path) -> Iterator[str]:
    """The replica on a free port, for as long as the block lasts; its address."""
    command = [sys.executable, "-m", "immobe", "replica", "--port=0", f"--listings={listings}", f"--seed={seed}"]
    with (
        log.open("w") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            line = process.stdout.readline() if process.stdout else ""
            if "http://" not in line:
                raise DemoFailed(f"the replica did not start; its log: {log}")
            yield line.split()[-1]
        finally:
            process.terminate()


def _ids_on(address: str) -> set[str]:
    with urlopen(f"{address}/_replica/listings?platform={PLATFORM}") as lines:  # noqa: S310 - our own http server
        return {json.loads(line)["platform_listing_id"] for line in lines}


def _crawl(config: Config, engine: Engine, expected: int, since: datetime, console: Console) -> None:
    """Runs the crawl in several processes that share one queue, showing progress."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from immobe.config import child_environment

    environment = child_environment(config, **_ALL_AT_ONCE)
    command = [sys.executable, "-m", "scrapy", "crawl", PLATFORM]
    logs = [config.immobe_data_dir / "logs" / f"{PLATFORM}-{number}.log" for number in range(1, PROCESSES + 1)]
    crawls = []
    try:
        for log in logs:
            with log.open("w") as output:
                crawls.append(subprocess.Popen(command, env=environment, stdout=output, stderr=output))
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(f"crawling with {PROCESSES} processes", total=expected)
            while any(crawl.poll() is None for crawl in crawls):
                time.sleep(_POLL_SECONDS)
                progress.update(task, completed=len(_stored(engine, since)))
    finally:
        for crawl in crawls:
            crawl.terminate()
            crawl.wait()
    failed = [log for crawl, log in zip(crawls, logs, strict=True) if crawl.returncode]
    if failed:
        raise DemoFailed(f"a crawl failed; its last lines in {failed[0]}:\n{_last_lines(failed[0])}")


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def _stored(engine: Engine, since: datetime) -> set[str]:
    from sqlalchemy import select
    from sqlalchemy.orm import Session

    from immobe.storage.models import ListingRow

    query = select(ListingRow.platform_listing_id).where(
        ListingRow.platform == PLATFORM, ListingRow.stage == "scraped", ListingRow.scraped_at >= since
    )
    with Session(engine) as session:
        return set(session.scalars(query))


def _outcome(engine: Engine, expected: set[str], since: datetime, seconds: float) -> Outcome:
    from immobe.storage.queries import quarantine_reasons, sample_rows

    stored = _stored(engine, since)
    columns = ("property_subtype", "transaction_type", "price_eur", "postal_code", "locality", "living_area_m2",
               "bedroom_count", "epc_label")  # fmt: skip
    return Outcome(
        found=len(expected),
        missing=tuple(sorted(expected - stored)),
        rejected=quarantine_reasons(engine, since=since),
        seconds=seconds,
        samples=[tuple(_shown(row[name]) for name in columns) for row in sample_rows(engine, 6, since=since)],
    )


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if hasattr(value, "quantize") else str(value).replace("_", " ")


def _show(outcome: Outcome, console: Console) -> None:
    from rich.table import Table

    stored = outcome.found - len(outcome.missing)
    summary = Table("", "", title="The crawl", show_header=False, title_justify="left")
    summary.add_row("adverts on the replica", f"{outcome.found:,}")
    summary.add_row("stored in PostgreSQL", f"{stored:,}")
    summary.add_row("rejected", f"{sum(outcome.rejected.values()):,}")
    for reason, number in outcome.rejected.items():
        summary.add_row(f"  {reason}", f"{number:,}")
    summary.add_row("seconds", f"{outcome.seconds:.1f}")
    summary.add_row("adverts a second", f"{stored / outcome.seconds:.0f}")
    console.print(summary)
    samples = Table(
        "kind", "for", "€", "code", "place", "m²", "beds", "EPC", title="Some of the rows", title_justify="left",
    )  # fmt: skip
    for row in outcome.samples:
        samples.add_row(*row)
    console.print(samples)
    if outcome.missing:
        console.print(
            f"NOT STORED: {len(outcome.missing):,} adverts, such as {', '.join(outcome.missing[:5])}", style="red"
        )


def _say_what_next(data_dir: Path, console: Console) -> None:
    console.print(f"PostgreSQL and Valkey still run. To look further, then to stop them:\n"
                  f"  export IMMOBE_DATA_DIR={data_dir}\n"
                  f"  .venv/bin/immobe export --format csv --transaction sale --max-price 300000\n"
                  f"  .venv/bin/immobe down")  # fmt: skip

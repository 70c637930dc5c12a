"""`immobe demo`: the replica market, crawled end to end, with a summary for people. `scripts/demo.sh` calls it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
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


Ids = set[tuple[str, str]]  # platform, listing id


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a crawl of the replica ended with."""

    expected: Ids
    stored: Ids
    rejected: dict[str, dict[str, int]]
    """{platform: {reason: records}}."""
    seconds: float
    samples: list[tuple[str, ...]]

    @property
    def missing(self) -> Ids:
        return self.expected - self.stored


def demo(
    listings: Annotated[int, typer.Option(min=1, max=200_000, help="Adverts of the market; Immoweb has all")] = 300,
    seed: Annotated[int, typer.Option(help="Another seed is another market")] = 1,
    stop: Annotated[bool, typer.Option("--exit", help="Stop everything after the summary")] = False,
) -> None:
    """Crawl a local replica of the market into PostgreSQL, show what was stored, and serve Watchtower until Ctrl-C.

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
        outcome = _crawl_replica(own.model_copy(update=urls), listings, seed, console, stop=stop)
    finally:
        stop_services(own)
    if not stop:
        _say_what_next(own.immobe_data_dir, console)
    raise typer.Exit(1 if outcome.missing else 0)


def _crawl_replica(config: Config, listings: int, seed: int, console: Console, *, stop: bool) -> Outcome:
    """Crawls and shows the outcome; then serves, unless it shall `stop`."""
    from immobe.commands.demo_serving import serve
    from immobe.storage.engine import make_engine
    from immobe.storage.schema import migrate

    migrate(config.database_url or "")
    logs = config.immobe_data_dir / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    engine = make_engine(config, config.database_url or "")
    try:
        with _replica(listings, seed, logs / "replica.log") as address:
            expected = _ids_on(address)
            console.print(
                f"the replica serves {len(expected):,} adverts of {len(_platforms(expected))} portals on {address}"
            )
            since, clock = datetime.now(UTC), time.monotonic()
            on_replica = config.model_copy(update={"replica_url": address, "throttle_enabled": False})
            _crawl(on_replica, engine, expected, since, console)
            outcome = _outcome(engine, expected, since, time.monotonic() - clock)
            _show(outcome, console)
            if not stop:
                serve(on_replica)
            return outcome
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


def _ids_on(address: str) -> Ids:
    with urlopen(f"{address}/_replica/count") as answer:  # noqa: S310 - our own http server
        platforms = [portal["platform"] for portal in json.load(answer)]
    return {(platform, listing_id) for platform in platforms for listing_id in _ids_of(address, platform)}


def _platforms(ids: Ids) -> list[str]:
    return sorted({platform for platform, _ in ids})


def _ids_of(address: str, platform: str) -> Iterator[str]:
    with urlopen(f"{address}/_replica/listings?platform={platform}") as lines:  # noqa: S310 - likewise
        for line in lines:
            yield json.loads(line)["platform_listing_id"]


def _crawl(config: Config, engine: Engine, expected: Ids, since: datetime, console: Console) -> None:
    """One whole crawl of every platform by several processes that share the queues, showing progress."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from immobe.config import child_environment

    platforms = _platforms(expected)
    command = [sys.executable, "-m", "immobe", "harvest", "--scout", "--until-empty", f"--workers={PROCESSES}"]
    command += [f"--platform={platform}" for platform in platforms]
    log = config.immobe_data_dir / "logs" / "crawl.log"
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        log.open("w") as output,
        subprocess.Popen(command, env=child_environment(config, **_ALL_AT_ONCE), stdout=output, stderr=output) as pool,
        Progress(*columns, console=console, transient=True) as progress,
    ):
        try:
            task = progress.add_task(f"crawling {len(platforms)} portals", total=len(expected))
            while pool.poll() is None:
                time.sleep(_POLL_SECONDS)
                progress.update(task, completed=len(_stored(engine, since) & expected))
        finally:
            pool.terminate()
    if pool.returncode:
        raise DemoFailed(f"the crawl failed; its last lines in {log}:\n{_last_lines(log)}")


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def _stored(engine: Engine, since: datetime) -> Ids:
    from sqlalchemy import select

    from immobe.storage.faults import connected
    from immobe.storage.models import ListingRow

    query = select(ListingRow.platform, ListingRow.platform_listing_id).where(
        ListingRow.stage == "scraped", ListingRow.scraped_at >= since
    )
    with connected(engine) as connection:
        return {(platform, listing_id) for platform, listing_id in connection.execute(query)}


def _outcome(engine: Engine, expected: Ids, since: datetime, seconds: float) -> Outcome:
    from immobe.storage.queries import quarantine_reasons, sample_rows

    columns = ("platform", "property_subtype", "transaction_type", "price_eur", "postal_code", "locality",
               "living_area_m2", "bedroom_count", "epc_label")  # fmt: skip
    return Outcome(
        expected=expected,
        stored=_stored(engine, since),
        rejected={name: quarantine_reasons(engine, platform=name, since=since) for name in _platforms(expected)},
        seconds=seconds,
        samples=[tuple(_shown(row[name]) for name in columns) for row in sample_rows(engine, 8, since=since)],
    )


def _shown(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if hasattr(value, "quantize") else str(value).replace("_", " ")


def _show(outcome: Outcome, console: Console) -> None:
    from rich.table import Column, Table

    right = [Column(name, justify="right") for name in ("adverts", "stored", "rejected")]
    summary = Table("portal", *right, "why rejected", title="The crawl", title_justify="left")
    expected, stored = (Counter(name for name, _ in ids) for ids in (outcome.expected, outcome.stored))
    for platform, reasons in outcome.rejected.items():
        why = ", ".join(f"{reason} {number:,}" for reason, number in reasons.items())
        summary.add_row(
            platform, f"{expected[platform]:,}", f"{stored[platform]:,}", f"{sum(reasons.values()):,}", why or "–"
        )
    summary.add_section()
    refused = sum(sum(reasons.values()) for reasons in outcome.rejected.values())
    speed = f"{len(outcome.stored) / outcome.seconds:.0f} adverts a second, {outcome.seconds:.1f} s"
    summary.add_row("together", f"{len(outcome.expected):,}", f"{len(outcome.stored):,}", f"{refused:,}", speed)
    console.print(summary)
    names = ("portal", "kind", "for", "€", "code", "place", "m²", "beds", "EPC")
    samples = Table(*names, title="Some of the rows", title_justify="left")
    for row in outcome.samples:
        samples.add_row(*row)
    console.print(samples)
    if outcome.missing:
        some = ", ".join(f"{platform} {listing_id}" for platform, listing_id in sorted(outcome.missing)[:5])
        console.print(f"NOT STORED: {len(outcome.missing):,} adverts, such as {some}", style="red")


def _say_what_next(data_dir: Path, console: Console) -> None:
    console.print(f"Everything is stopped; the data stays. To look further, and to stop it again:\n"
                  f"  export IMMOBE_DATA_DIR={data_dir}\n"
                  f"  .venv/bin/immobe watchtower\n"
                  f"  .venv/bin/immobe export --format csv --transaction sale --max-price 300000\n"
                  f"  .venv/bin/immobe down")  # fmt: skip

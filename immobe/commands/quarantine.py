"""`immobe quarantine`: what could not be used, why, and another try."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from immobe.commands.opening import open_database
from immobe.config import load_config

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from immobe.market.quarantine import Retried

app = typer.Typer(no_args_is_help=True, help="Look at what could not be used, and try it again.")
Platform = Annotated[str | None, typer.Option(help="Only this platform's.")]
Reason = Annotated[str | None, typer.Option(help="Only those with a reason that begins so, as in: postal_code")]


@app.command("list")
def list_records(
    platform: Platform = None,
    reason: Reason = None,
    number: Annotated[int, typer.Option("-n", "--number", min=1, max=10_000, help="How many.")] = 20,
) -> None:
    """Show the latest records, and how often each reason was met."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table

    from immobe.market.quarantine import quarantined
    from immobe.storage.queries import quarantine_reasons

    engine = _engine()
    records = quarantined(engine, platform=platform, reason=reason, limit=number)
    if not records:
        typer.echo("Nothing is in quarantine.")
        return
    table = Table("id", Column("seen (UTC)", no_wrap=True), "platform", Column("why", overflow="fold"), "url",
                  box=SIMPLE_HEAD, pad_edge=False)  # fmt: skip
    for record in records:
        why = "; ".join(record.reasons)[:200]
        table.add_row(str(record.id), f"{record.seen_at:%m-%d %H:%M}", record.platform, why, record.url)
    Console().print(table)
    for name, times in list(quarantine_reasons(engine, platform=platform).items())[:10]:
        typer.echo(f"{times:>8,}  {name[:100]}")


@app.command()
def show(number: Annotated[int, typer.Argument(help="As `immobe quarantine list` prints it.")]) -> None:
    """Show one record whole: reasons, and the object or the beginning of the page. Exit code 1 when there is none."""
    from immobe.market.quarantine import quarantined

    found = quarantined(_engine(), ids=[number])
    if not found:
        typer.echo(f"Nothing in quarantine has the number {number}.", err=True)
        raise typer.Exit(1)
    record = found[0]
    typer.echo(f"{record.platform} {record.platform_listing_id or ''} {record.url}")
    typer.echo(f"seen {record.seen_at:%Y-%m-%d %H:%M}")
    for reason in record.reasons:
        typer.echo(f"  {reason}")
    body = record.payload
    typer.echo(body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2))


@app.command()
def retry(
    numbers: Annotated[list[int] | None, typer.Argument(help="Records by number; else those of the options.")] = None,
    platform: Platform = None,
    reason: Reason = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """Map the objects again with the present mapper, and queue pages that must be fetched for that.

    Exit code 0 when none is refused any more, 1 otherwise; 2 without a selection.
    """
    from collections import Counter

    from immobe.market.quarantine import quarantined
    from immobe.market.quarantine import retry as try_again

    if not (numbers or platform or reason or everything):
        raise typer.BadParameter("say which: numbers, --platform, --reason or --all")
    engine = _engine()
    results = try_again(engine, quarantined(engine, ids=numbers or (), platform=platform, reason=reason))
    _queue([result for result in results if result.outcome == "to_fetch"])
    counted = Counter(result.outcome for result in results)
    typer.echo(f"stored {counted['stored']:,}, queued to be fetched {counted['to_fetch']:,}, "
               f"still refused {counted['refused']:,}")  # fmt: skip
    for result in results:
        if result.outcome == "refused":
            typer.echo(f"  {result.record.id}: {'; '.join(result.reasons) or 'it is no listing page'}")
    raise typer.Exit(1 if counted["refused"] else 0)


def _queue(results: list[Retried]) -> None:
    """As a person would: `LPUSH <platform>:start_urls`; such pages are always fetched."""
    from immobe.embedded import ensure_services
    from immobe.redis import make_redis

    if results:
        with make_redis(ensure_services(load_config()).redis_url) as redis:
            for result in results:
                redis.lpush(f"{result.record.platform}:start_urls", json.dumps({"url": result.record.url}))


def _engine() -> Engine:
    return open_database(load_config(), "immobe quarantine")

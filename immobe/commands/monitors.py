"""`immobe monitors`: what is not as usual, what each monitor says now, and what to do about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from immobe.commands.opening import open_database
from immobe.config import load_config

if TYPE_CHECKING:
    from rich.table import Table
    from sqlalchemy import Engine

    from immobe.storage.monitoring import Alert, Standing

app = typer.Typer(help="See what is not as usual, say what is right all the same, take back what was wrong.")


@app.callback(invoke_without_command=True)
def monitors(
    context: typer.Context,
    platform: Annotated[str | None, typer.Option(help="Only this platform's.")] = None,
    closed: Annotated[bool, typer.Option("--closed", help="Also alerts that are over.")] = False,
) -> None:
    """Show open alerts, and what each monitor says now. Platforms that have gone silent are noticed here, too."""
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console

    from immobe.platforms import PLATFORMS, get_platform
    from immobe.storage import monitoring
    from immobe.storage.faults import connected
    from immobe.storage.judgements import judge_platform

    names = [get_platform(platform).name] if platform else sorted(PLATFORMS)
    silence_hours = load_config().monitor_silence_hours
    with connected(_engine(), writes=True) as connection:
        at = monitoring.now(connection)
        for name in names:
            judge_platform(connection, name, at, silence_hours)
        shown = monitoring.alerts(connection, platform=platform, closed=closed)
        standings = [monitoring.standing(connection, name) for name in names]
    for alert in shown:
        typer.echo(_line(alert))
    if not shown:
        typer.echo("No open alerts.")
    Console().print(_standings([standing for standing in standings if standing is not None], at))


@app.command()
def accept(ids: Annotated[list[int], typer.Argument(help="As `immobe monitors` prints them.")]) -> None:
    """Close alerts because the market or the portal is so from now on: earlier runs are no measure any more.

    Exit code 1 when one of them is not open.
    """
    from immobe.storage import monitoring
    from immobe.storage.faults import connected

    with connected(_engine(), writes=True) as connection:
        done = monitoring.accept_alerts(connection, ids, monitoring.now(connection))
    for alert in done:
        typer.echo(f"{alert.id}: {alert.platform} {alert.field}, {alert.measure}: {alert.after} is usual from now on")
    if missing := sorted(set(ids) - {alert.id for alert in done}):
        typer.echo(f"Not open: {', '.join(map(str, missing))}", err=True)
        raise typer.Exit(1)


@app.command()
def restore(run: Annotated[str, typer.Argument(help="Its id, or how it begins.")]) -> None:
    """Put back what a run has replaced in the fields that it was found to read wrongly, as corrections.

    Exit code 1 when there is no such run.
    """
    from immobe.storage.faults import connected
    from immobe.storage.restoring import restore as put_back
    from immobe.storage.restoring import run_named

    with connected(_engine(), writes=True) as connection:
        run_id = run_named(connection, run)
        done = put_back(connection, run_id) if run_id is not None else None
    if done is None:
        typer.echo(f"There is no run, or more than one, whose id begins with {run!r}.", err=True)
        raise typer.Exit(1)
    for field, count in done.most_common():
        typer.echo(f"{field}: {count:,} listings have their earlier value again")
    if not done:
        typer.echo("Nothing to put back.")


def _line(alert: Alert) -> str:
    """One alert, as people and grep read it."""
    over = ""
    if alert.closed_at is not None:
        over = f"  {'accepted' if alert.accepted_at else 'over'} {alert.closed_at:%m-%d %H:%M}"
    run = f"  run {alert.run_id[:8]}" if alert.run_id else ""
    what = f"{alert.platform} {alert.monitor} {alert.field}, {alert.measure}: {alert.before} -> {alert.after}"
    return f"{alert.id:>6}  {alert.raised_at:%Y-%m-%d %H:%M}  {what}{run}{over}"


def _standings(rows: list[Standing], at: datetime) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from immobe.market.monitors.findings import MONITORS
    from immobe.market.monitors.usual import MIN_RUNS

    table = Table("platform", "runs measured", "newest listing", *MONITORS, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        newest = "-" if row.newest is None else f"{(at - row.newest).total_seconds() / 3600:.0f} h ago"
        quiet = "as usual" if row.runs > MIN_RUNS else "too few runs"
        words = dict.fromkeys(MONITORS, quiet) | {"newest_listing": "as usual"}
        said = (f"{row.alerts[name]} open" if row.alerts.get(name) else words[name] for name in MONITORS)
        table.add_row(row.platform, str(row.runs), newest, *said)
    return table


def _engine() -> Engine:
    return open_database(load_config(), "immobe monitors")

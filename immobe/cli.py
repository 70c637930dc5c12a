"""`immobe …`: the one command of people and scripts.

Exit codes of every command: 0 done, 1 it could not be done (the text says why), 2 wrong usage or unusable input,
3 `immobe parse` read the page but refused the record.
"""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from immobe.commands import (
    alerts,
    comparables,
    coverage,
    database,
    demo,
    export,
    harvest,
    history,
    metrics,
    monitors,
    new_platform,
    parse,
    platforms,
    properties,
    quarantine,
    queue,
    remap,
    replica,
    retention,
    runs,
    schedule,
    scope,
    scrapyd,
    services,
    watchtower,
)
from immobe.errors import ConfigError, ImmobeError, ScopeError, UnknownPlatform
from immobe.observability.logs import configure_logs

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback(help=__doc__)
def _immobe() -> None:
    """A callback makes `immobe` a group of commands."""
    configure_logs("WARNING")


for command in (
    services.up,
    services.down,
    services.status,
    services.doctor,
    database.migrate,
    parse.parse,
    export.export,
    demo.demo,
    harvest.harvest,
    queue.reconcile,
    queue.revisit,
    runs.runs,
    platforms.platforms,
    coverage.coverage,
    history.history,
    comparables.comparables,
    comparables.market,
    remap.remap,
    retention.compact,
    metrics.metrics,
    new_platform.new_platform,
    watchtower.watchtower,
):
    app.command()(command)
app.add_typer(queue.app, name="queue")
app.add_typer(alerts.app, name="alerts")
app.add_typer(replica.app, name="replica")
app.add_typer(properties.app, name="properties")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(schedule.app, name="schedule")
app.add_typer(scope.app, name="scope")
app.add_typer(scrapyd.app, name="scrapyd")
app.add_typer(monitors.app, name="monitors")


def main() -> None:
    """Runs the command line; what we raise on purpose is one clear message, not a traceback."""
    try:
        app()
    except ImmobeError as error:
        Console(stderr=True).print(f"immobe: {error}", style="red", markup=False, highlight=False)
        sys.exit(2 if isinstance(error, ConfigError | ScopeError | UnknownPlatform) else 1)

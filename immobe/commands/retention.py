"""`immobe compact`: drops what is old and no longer needed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from immobe.commands.opening import open_database
from immobe.config import Config, load_config


def compact(
    payload_days: Annotated[
        int | None, typer.Option(min=0, help="Instead of RETENTION_PAYLOAD_DAYS; 0 keeps every object.")
    ] = None,
    archive: Annotated[
        Path | None, typer.Option(help="Move old events to this new file (JSON lines, gzip); else all are kept.")
    ] = None,
    event_days: Annotated[int, typer.Option(min=1, help="With --archive: of listings gone for longer.")] = 730,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be dropped.")] = False,
) -> None:
    """Drop the stored objects of listings that have long been gone, and old notes; listings and their history stay.

    Objects that are dropped cannot be mapped again. Notes are what could not be used (quarantine), what runs measured,
    closed alerts, messages of saved searches that were sent, and the log of what operators did: see RETENTION_… of
    .env.example. The room becomes free with the next scripts/optimize_database.py.
    """
    from datetime import UTC, datetime, timedelta

    from immobe.storage.retention import archive_events, drop_notes, drop_payloads, old_notes, old_payloads

    if dry_run and archive is not None:
        raise typer.BadParameter("--dry-run writes no archive")
    config = load_config()
    days = config.retention_payload_days if payload_days is None else payload_days
    engine = open_database(config, "immobe compact")
    now = datetime.now(UTC)
    if days:
        before = now - timedelta(days=days)
        old = old_payloads(engine, before)
        dropped = old.payloads if dry_run else drop_payloads(engine, before)
        typer.echo(f"{dropped:,} objects of listings gone for {days} days, {old.payload_bytes / 1e6:,.1f} MB.")
    else:
        typer.echo("Every object is kept (RETENTION_PAYLOAD_DAYS=0).")
    for table, days in _note_days(config).items():
        if days:
            before = now - timedelta(days=days)
            count = old_notes(engine, table, before) if dry_run else drop_notes(engine, table, before)
            typer.echo(f"{count:,} rows of {table} older than {days} days.")
    if archive is not None:
        try:
            moved = archive_events(engine, now - timedelta(days=event_days), archive)
        except OSError as error:
            typer.echo(f"Nothing was archived: {error}", err=True)
            raise typer.Exit(1) from None
        typer.echo(f"{moved:,} events were moved to {archive}.")


def _note_days(config: Config) -> dict[str, int]:
    """{table: days that a row is kept}; 0: for ever."""
    return {
        "quarantine": config.retention_quarantine_days,
        "run_measures": config.retention_measure_days,
        "alerts": config.retention_alert_days,
        "alert_messages": config.retention_alert_days,
        "audit_log": config.retention_audit_days,
    }

"""`immobe history`: what one listing went through."""

from __future__ import annotations

from typing import Annotated

import typer

from immobe.commands.opening import open_database
from immobe.config import load_config


def history(
    platform: Annotated[str, typer.Argument(help="As in: immoweb")],
    listing_id: Annotated[str, typer.Argument(help="The platform's id of the listing.")],
) -> None:
    """Show a listing's history: when it came and went, its prices, its status, what else changed.

    Exit code 1 when the listing is not known.
    """
    from immobe.platforms import get_platform
    from immobe.storage.history import events_of

    engine = open_database(load_config(), "immobe history")
    events = events_of(engine, get_platform(platform).name, listing_id)
    for event in events:
        note = "" if event.cause == "market" else f"  ({event.cause})"
        change = _shown(event.new) if event.cause == "first" else f"{_shown(event.old)} -> {_shown(event.new)}"
        typer.echo(f"{event.seen_at:%Y-%m-%d %H:%M}  {event.field}: {change}{note}")
    if not events:
        typer.echo(f"No listing of {platform} is known as {listing_id!r}.", err=True)
        raise typer.Exit(1)


def _shown(value: object) -> str:
    return "-" if value is None else str(value)

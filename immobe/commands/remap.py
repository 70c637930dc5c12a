"""`immobe remap`: stored objects through the present mapper."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from immobe.commands.opening import open_database
from immobe.config import load_config


def remap(
    platform: Annotated[str | None, typer.Option(help="Only this platform's listings.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Only pages fetched since then (UTC).")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")] = False,
) -> None:
    """Map the stored objects again, as after a release that reads them better; no page is fetched.

    What changes is noted in the history as a correction, never as a change of the market.
    """
    from immobe.market.remapping import remap as map_again
    from immobe.platforms import get_platform

    engine = open_database(load_config(), "immobe remap")
    name = None if platform is None else get_platform(platform).name
    moment = None if since is None else since.replace(tzinfo=since.tzinfo or UTC)
    done = map_again(engine, platform=name, since=moment, dry_run=dry_run)
    verb = "would change" if dry_run else "changed"
    typer.echo(f"{done.read:,} objects mapped again; {done.changed:,} listings {verb}")
    for field, number in done.fields.most_common():
        listing, old, new = done.examples[field]
        typer.echo(f"  {field}: {number:,}, such as {listing}: {_shown(old)} -> {_shown(new)}")
    for reason, number in done.refused.most_common():
        typer.echo(f"  refused today, left as it is: {reason}: {number:,}")


def _shown(value: object) -> str:
    text = "-" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."

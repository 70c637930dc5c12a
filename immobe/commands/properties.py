"""`immobe properties`: one dwelling behind many adverts; a person's word about it."""

from __future__ import annotations

from datetime import UTC, datetime
from getpass import getuser
from typing import TYPE_CHECKING, Annotated

import typer

from immobe.commands.opening import open_database
from immobe.config import load_config

if TYPE_CHECKING:
    from sqlalchemy import Engine

app = typer.Typer(no_args_is_help=True, help="Adverts of one dwelling: find them, look at them, join and part them.")
Listing = Annotated[str, typer.Argument(metavar="PLATFORM:ID", help="A listing, as in: immoweb:20820613")]
Note = Annotated[str | None, typer.Option(help="Why; kept with the decision.")]


@app.command()
def match(
    since: Annotated[datetime | None, typer.Option(help="Only what was read or went since then (UTC).")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Compare all listings again, as after a release.")] = False,
) -> None:
    """Compare new and changed listings with those of their place and kind; adverts of one dwelling become one property.

    Listings are only read. Two may run at once, and doing it again changes nothing.
    """
    from immobe.market.properties import match as match_listings

    moment = None if since is None else since.replace(tzinfo=since.tzinfo or UTC)
    done = match_listings(_engine(), since=moment, everything=everything)
    typer.echo(f"{done.listings:,} listings matched; {done.compared:,} pairs compared, {done.linked:,} of one dwelling")


@app.command()
def merge(one: Listing, other: Listing, note: Note = None) -> None:
    """Say that two listings are one dwelling: their properties become one, and matching keeps it so."""
    from immobe.market.decisions import merge as merge_listings

    engine = _engine()
    first, second = _number(engine, one), _number(engine, other)
    if first == second:
        raise typer.BadParameter("that is one listing, not two")
    typer.echo(f"property {merge_listings(engine, first, second, note, said_by=_account())}")


@app.command()
def split(listing: Listing, note: Note = None) -> None:
    """Say that a listing is another dwelling than the others of its property; matching never joins them again."""
    from immobe.market.decisions import split as split_listing

    engine = _engine()
    typer.echo(f"property {split_listing(engine, _number(engine, listing), note, said_by=_account())}")


@app.command()
def show(listing: Listing) -> None:
    """Show the property of a listing: adverts, days on the market, evidence, decisions. Exit code 1 without one."""
    from immobe.storage.properties import property_of

    engine = _engine()
    found = property_of(engine, _number(engine, listing))
    if found is None:
        typer.echo("The listing has no property yet: run `immobe properties match`.", err=True)
        raise typer.Exit(1)
    typer.echo(
        f"property {found.id}: {found.days_on_market:,} days on the market since {found.on_market_since:%Y-%m-%d}"
    )
    for advert in found.adverts:
        price = "-" if advert.price_eur is None else f"{advert.price_eur:,.0f}"
        came, went = f"{advert.first_seen_at:%Y-%m-%d}", "" if advert.stage != "gone" else f"{advert.gone_at:%Y-%m-%d}"
        typer.echo(f"  {advert.platform}:{advert.platform_listing_id}  {price} €  {came} - {went}  {advert.url}")
    for link in found.links:
        typer.echo(f"  {link.a} = {link.b}  {link.kind}, {link.score:g} bits")
        parts = (f"{name} {level} {bits:+g}" for name, (level, bits) in link.evidence.items())
        typer.echo(f"      {', '.join(parts)}")
    for said in found.verdicts:
        sign, note = "=" if said.is_same else "≠", f"  {said.note}" if said.note else ""
        by = f" by {said.said_by}" if said.said_by else ""
        typer.echo(f"  {said.a} {sign} {said.b}  said {said.said_at:%Y-%m-%d %H:%M}{by}{note}")


def _number(engine: Engine, listing: str) -> int:
    from immobe.platforms import get_platform
    from immobe.storage.properties import listing_number

    platform, colon, own = listing.partition(":")
    if not colon or not own:
        raise typer.BadParameter(f"{listing!r} is not of the form PLATFORM:ID")
    number = listing_number(engine, get_platform(platform).name, own)
    if number is None:
        typer.echo(f"No listing of {platform} is known as {own!r}.", err=True)
        raise typer.Exit(1)
    return number


def _account() -> str:
    """Who runs this, as the system knows the account."""
    try:
        return f"cli:{getuser()}"
    except (KeyError, OSError):  # a container's account without a name
        return "cli"


def _engine() -> Engine:
    return open_database(load_config(), "immobe properties")

"""`immobe comparables` and `immobe market`: what others ask per m²."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from immobe.commands.opening import open_database
from immobe.config import load_config

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from immobe.market.comparables import Comparison
    from immobe.storage.comparables import Area, Median

_UNIT = {"sale": "€/m²", "rent": "€/m² a month"}
_WHERE = {
    "municipality": "the municipality",
    "canton": "the municipality and those of its canton",
    "neighbours": "the municipality and those of its canton and the cantons around",
    "province": "the province",
    "region": "the region",
}


def comparables(
    platform: Annotated[str, typer.Argument(help="As in: immoweb")],
    listing_id: Annotated[str, typer.Argument(help="The platform's id of the listing.")],
) -> None:
    """Show where a home's asking price or rent per m² stands among comparable ones. Exit code 1 when it has none.

    Compared are homes of the same type with as many bedrooms, asked for within COMPARABLES_DAYS: in the municipality,
    and when those are too few, around it, then in the province.
    """
    from immobe.market.comparables import compare
    from immobe.platforms import get_platform

    engine, window = _engine("immobe comparables")
    found = compare(engine, get_platform(platform).name, listing_id, now=datetime.now(UTC), window=window)
    if found is None:
        typer.echo(f"No listing of {platform} is known as {listing_id!r}.", err=True)
        raise typer.Exit(1)
    typer.echo(_told(found, window))
    if found.percentile is None:
        raise typer.Exit(1)


def market(
    municipality: Annotated[str | None, typer.Option(help="REFNIS code, or a name as in: Gent")] = None,
    province: Annotated[str | None, typer.Option(help="As in: namur; or brussels")] = None,
    bedrooms: Annotated[bool, typer.Option("--bedrooms", help="A row for each number of bedrooms.")] = False,
) -> None:
    """Show the middle asking price and rent per m² of a municipality or province, and what is not among them."""
    from immobe.storage.comparables import left_out, medians
    from immobe.storage.faults import connected

    if (municipality is None) == (province is None):
        raise typer.BadParameter("name a --municipality or a --province")
    area = _municipality(municipality) if municipality is not None else _province(province or "")
    engine, window = _engine("immobe market")
    since = datetime.now(UTC) - window
    with connected(engine) as connection:
        rows, others = medians(connection, area, since, by_bedrooms=bedrooms), left_out(connection, area, since)
    _show(rows, bedrooms)
    if others:
        typer.echo("Not among them: " + ", ".join(f"{why} ({count:,})" for why, count in others.items()) + ".")


def _engine(name: str) -> tuple[Engine, timedelta]:
    config = load_config()
    engine = open_database(config, name)
    return engine, timedelta(days=config.comparables_days)


def _told(found: Comparison, window: timedelta) -> str:
    if found.refused is not None:
        return f"It cannot be compared: {found.refused}."
    home, among = found.home, found.standing
    assert among is not None and home.price_eur is not None and home.living_area_m2 is not None  # noqa: S101, PT018
    rooms = "any number of bedrooms" if home.bedroom_count is None else f"bedrooms: {home.bedroom_count}"
    others = (
        f"n = {among.spread.n}: {home.property_type}, {home.transaction_type}, {rooms}; {_WHERE[found.where or '']}"
    )
    others = f"{others}; last {window.days} days"
    if found.percentile is None:
        return f"Not enough comparables ({others})."
    unit, spread = _UNIT[home.transaction_type or ""], among.spread
    half = f"{spread.low_m2_eur:,.2f} and {spread.high_m2_eur:,.2f}"
    return (
        f"{home.price_eur / home.living_area_m2:,.2f} {unit} is dearer than {found.percentile:.0f}% of the others.\n"
        f"{others}\n"
        f"middle {spread.median_m2_eur:,.2f}, half of them between {half}"
    )


def _municipality(name: str) -> Area:
    from immobe.geo.towns import municipality_nis
    from immobe.storage.comparables import Area

    found = municipality_nis(name)
    if found is None:
        raise typer.BadParameter(f"no municipality is called {name!r}")
    return Area((found,))


def _province(name: str) -> Area:
    from immobe.geo import PROVINCES
    from immobe.items import Region
    from immobe.storage.comparables import Area

    if name == Region.BRUSSELS:
        return Area(region=name)
    if name not in PROVINCES.values():
        raise typer.BadParameter(f"no province is called {name!r}; there are {', '.join(PROVINCES.values())}, brussels")
    return Area(province=name)


def _show(rows: list[Median], bedrooms: bool) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table

    from immobe.market.comparables import ENOUGH
    from immobe.storage.comparables import MANY_BEDROOMS

    names = ("n", "middle €", "middle €/m²", "half between")
    right = [Column(name, justify="right") for name in names]
    table = Table("for", "type", *(("bedrooms",) if bedrooms else ()), *right, box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        count = "?" if row.bedroom_count is None else str(row.bedroom_count)
        rooms = (count + "+" if row.bedroom_count == MANY_BEDROOMS else count,) if bedrooms else ()
        spread, enough = row.spread, row.spread.n >= ENOUGH
        middle = (f"{row.median_price_eur:,.0f}", f"{spread.median_m2_eur:,.2f}")
        half = f"{spread.low_m2_eur:,.2f} - {spread.high_m2_eur:,.2f}"
        shown = (*middle, half) if enough else ("not enough", "", "")
        way = "rent a month" if row.transaction_type == "rent" else row.transaction_type
        table.add_row(way, row.property_type, *rooms, f"{spread.n:,}", *shown)
    Console().print(table)

"""`immobe export`: listings as CSV or JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from immobe.items import EpcLabel, MarketStatus, PropertyType, Region, Stage, TransactionType

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from immobe.storage.search_terms import SearchTerms


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is not a number; write it like 250000 or 84.5") from None
    if not amount.is_finite() or amount < 0:
        raise typer.BadParameter(f"{text} is not a number from 0 up")
    return amount


def _platforms(names: list[str] | None) -> list[str]:
    from immobe.platforms import PLATFORMS

    return _all_among(names, sorted(PLATFORMS), "platform")


def _provinces(names: list[str] | None) -> list[str]:
    from immobe.geo import PROVINCES

    return _all_among(names, [*sorted(PROVINCES.values()), Region.BRUSSELS.value], "province")


def _all_among(names: list[str] | None, known: list[str], kind: str) -> list[str]:
    for name in names or []:
        if name not in known:
            raise typer.BadParameter(f"{name!r} is not a {kind}; there are: {', '.join(known)}")
    return names or []


def _postal_codes(codes: list[str] | None) -> list[str]:
    for code in codes or []:
        if not (len(code) == 4 and code.isascii() and code.isdigit() and code[0] != "0"):
            raise typer.BadParameter(f"{code!r} is not a Belgian postal code: four digits, as in 9000")
    return codes or []


def export(  # one parameter an option: this list is the command's help
    format_: Annotated[Format, typer.Option("--format", help="One table, or one JSON object a line")] = Format.CSV,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write; - is standard output")] = Path("-"),
    platform: Annotated[list[str] | None, typer.Option(callback=_platforms, help="As in: immoweb")] = None,
    transaction: Annotated[list[TransactionType] | None, typer.Option(help="For sale, or for rent")] = None,
    type_: Annotated[list[PropertyType] | None, typer.Option("--type", help="Kind of property")] = None,
    postal_code: Annotated[list[str] | None, typer.Option(callback=_postal_codes, help="As in: 9000")] = None,
    province: Annotated[list[str] | None, typer.Option(callback=_provinces, help="As in: namur, brussels")] = None,
    region: Annotated[list[Region] | None, typer.Option()] = None,
    min_price: Annotated[Decimal | None, typer.Option(parser=_amount, metavar="EURO")] = None,
    max_price: Annotated[Decimal | None, typer.Option(parser=_amount, metavar="EURO")] = None,
    min_bedrooms: Annotated[int | None, typer.Option(min=0)] = None,
    min_area: Annotated[Decimal | None, typer.Option(parser=_amount, metavar="M2", help="Living area")] = None,
    max_area: Annotated[Decimal | None, typer.Option(parser=_amount, metavar="M2", help="Living area")] = None,
    epc: Annotated[list[EpcLabel] | None, typer.Option(help="EPC label")] = None,
    status: Annotated[list[MarketStatus] | None, typer.Option(help="What the market does with it")] = None,
    stage: Annotated[list[Stage] | None, typer.Option(help="How far we are with it; scraped unless given")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First seen that day or later")] = None,
    limit: Annotated[int | None, typer.Option(min=0, help="At most so many listings")] = None,
) -> None:
    """Write the stored listings. Filters combine; those that name values may be repeated.

    Columns are the canonical record's, then stage, first_seen_at, last_seen_at, scraped_at. In CSV, nested values are
    JSON, and a text that a spreadsheet would run as a formula starts with an apostrophe.
    """
    from immobe.storage.search_terms import SearchTerms

    _in_order("--min-price", min_price, max_price)
    _in_order("--min-area", min_area, max_area)
    which = SearchTerms(
        platform=platform or [],
        transaction_type=transaction or [],
        property_type=type_ or [],
        postal_code=postal_code or [],
        province=province or [],
        region=region or [],
        epc_label=epc or [],
        status=status or [],
        stage=stage or [Stage.SCRAPED],
        min_price_eur=min_price,
        max_price_eur=max_price,
        min_bedroom_count=min_bedrooms,
        min_living_area_m2=min_area,
        max_living_area_m2=max_area,
        first_seen_since=since and since.replace(tzinfo=UTC),
    )
    _write(which, format_, output, limit)


def _in_order(option: str, least: Decimal | None, most: Decimal | None) -> None:
    if least is not None and most is not None and least > most:
        raise typer.BadParameter(f"{least} is above {option.replace('min', 'max')} {most}", param_hint=option)


def _write(which: SearchTerms, format_: Format, output: Path, limit: int | None) -> None:
    from immobe.storage.exporting import csv_lines, jsonl_lines
    from immobe.storage.output import text_output
    from immobe.storage.queries import EXPORT_COLUMNS

    rows = _Counted(_with_progress(_engine(), which, output, limit))
    lines = csv_lines(rows, EXPORT_COLUMNS) if format_ is Format.CSV else jsonl_lines(rows)
    try:
        with text_output(output) as out:
            out.writelines(lines)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        return
    except OSError as error:
        typer.echo(f"immobe: cannot write {output}: {error.strerror or error}", err=True)
        raise typer.Exit(1) from None
    where = "" if output == Path("-") else f" to {output}"
    typer.echo(f"{rows.count} listings exported{where}.", err=True)


class _Counted:
    """Rows as they pass, and how many have."""

    def __init__(self, rows: Iterator[dict[str, Any]]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in self._rows:
            self.count += 1
            yield row


def _engine() -> Engine:
    from immobe.config import load_config
    from immobe.storage.engine import make_engine

    config = load_config()
    if config.database_url:
        return make_engine(config, config.database_url, "immobe export")
    from immobe.embedded import ensure_services

    services = ensure_services(config, report=lambda line: typer.echo(line, err=True))
    return make_engine(config, services.database_url, "immobe export")


def _with_progress(engine: Engine, which: SearchTerms, output: Path, limit: int | None) -> Iterator[dict[str, Any]]:
    """The rows; with a bar on standard error when a person watches a file being written."""
    from immobe.storage.queries import count_listings, stream_listings

    rows = stream_listings(engine, which, limit=limit)
    if output == Path("-") or not sys.stderr.isatty():
        yield from rows
        return
    from rich.console import Console
    from rich.progress import track

    total = count_listings(engine, which, limit=limit)
    yield from track(rows, "Exporting", total=total, console=Console(stderr=True), transient=True)

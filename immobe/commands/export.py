"""`immobe export`: the listings of any search as CSV, JSON lines, GeoJSON or Parquet."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
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
    GEOJSON = "geojson"
    PARQUET = "parquet"


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


def _fields(names: str | None) -> str | None:
    from immobe.storage.search import FIELDS

    for name in (names or "").split(",") if names is not None else ():
        if name not in FIELDS:
            raise typer.BadParameter(f"{name!r} is not a field; `immobe export --dictionary` lists them")
    return names


def export(  # one parameter an option: this list is the command's help
    format_: Annotated[Format, typer.Option("--format", help="Parquet: to a file or a pipe")] = Format.CSV,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write; - is standard output")] = Path("-"),
    search: Annotated[str, typer.Option(metavar="PARAMETERS", help="As in an address of the API or a page")] = "",
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
    fields: Annotated[str | None, typer.Option(callback=_fields, help="Names with commas between; else all")] = None,
    limit: Annotated[int | None, typer.Option(min=0, help="At most so many listings")] = None,
    dictionary: Annotated[bool, typer.Option(help="Write what each field means, as JSON, and no listing")] = False,
) -> None:
    """Write the stored listings. Filters combine; those that name values may be repeated.

    `--search` takes every filter that the API has, as in `price_dropped=7&polygon=4.3,50.8;4.5,50.8;4.5,50.9`. A file
    appears only when it is whole. In CSV, nested values are JSON, and a text that a spreadsheet would run as a formula
    starts with an apostrophe; the other formats have it as it is.
    """
    if dictionary:
        _write_dictionary(output)
        return
    _in_order("--min-price", min_price, max_price)
    _in_order("--min-area", min_area, max_area)
    options = {
        "platform": platform,
        "transaction_type": transaction,
        "property_type": type_,
        "postal_code": postal_code,
        "province": province,
        "region": region,
        "epc_label": epc,
        "status": status,
        "stage": stage,
        "min_price_eur": min_price,
        "max_price_eur": max_price,
        "min_bedroom_count": min_bedrooms,
        "min_living_area_m2": min_area,
        "max_living_area_m2": max_area,
        "first_seen_since": since and since.replace(tzinfo=UTC),
    }
    _write(_terms(search, options), format_, output, fields, limit)


def _in_order(option: str, least: Decimal | None, most: Decimal | None) -> None:
    if least is not None and most is not None and least > most:
        raise typer.BadParameter(f"{least} is above {option.replace('min', 'max')} {most}", param_hint=option)


def _terms(search: str, options: dict[str, Any]) -> SearchTerms:
    """Of both; an option wins over the same filter in `search`."""
    from pydantic import ValidationError

    from immobe.storage.search_terms import SearchTerms

    given = {name: value for name, value in options.items() if value is not None and value != []}
    try:
        return SearchTerms.from_query_string(search).changed(**given)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise typer.BadParameter("; ".join(wrong), param_hint="--search") from None


def _write_dictionary(output: Path) -> None:
    from immobe.storage.dictionary import DICTIONARY

    entries = [asdict(entry) for entry in DICTIONARY.values()]
    _to_output(output, [json.dumps({"fields": entries}, ensure_ascii=False, indent=2).encode() + b"\n"])


def _write(terms: SearchTerms, format_: Format, output: Path, fields: str | None, limit: int | None) -> None:
    from immobe.storage.exports import FORMATS, snapshot
    from immobe.storage.search import FIELDS

    if format_ is Format.PARQUET and output == Path("-") and sys.stdout.isatty():
        raise typer.BadParameter("Parquet is no text: name a file", param_hint="--output")
    chosen = tuple(dict.fromkeys(fields.split(","))) if fields else FIELDS
    how, engine = FORMATS[format_], _engine()
    with snapshot(engine, terms, tuple(dict.fromkeys((*chosen, *how.needs))), limit=limit) as found:
        rows = _Counted(_with_progress(found.rows, engine, terms, output, limit))
        if not _to_output(output, how.write(rows, chosen)):
            return
    where = "" if output == Path("-") else f" to {output}"
    typer.echo(f"{rows.count} listings exported{where}.", err=True)


def _to_output(output: Path, chunks: Iterable[bytes]) -> bool:
    """False when the reader, such as `head`, has seen enough. Raises Exit (1) when it cannot be written."""
    from immobe.storage import output as place

    try:
        with place.output(output) as out:
            out.writelines(chunks)
    except BrokenPipeError:
        return False
    except OSError as error:
        typer.echo(f"immobe: cannot write {output}: {error.strerror or error}", err=True)
        raise typer.Exit(1) from None
    return True


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


def _with_progress(
    rows: Iterator[dict[str, Any]], engine: Engine, terms: SearchTerms, output: Path, limit: int | None
) -> Iterator[dict[str, Any]]:
    """The rows; with a bar on standard error when a person watches a file being written."""
    from immobe.storage.queries import count_listings

    if output == Path("-") or not sys.stderr.isatty():
        yield from rows
        return
    from rich.console import Console
    from rich.progress import track

    total = count_listings(engine, terms, limit=limit)
    yield from track(rows, "Exporting", total=total, console=Console(stderr=True), transient=True)

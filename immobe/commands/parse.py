"""`immobe parse`: saved pages to canonical records."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

VALID, UNUSABLE, REJECTED = 0, 2, 3


class Kind(StrEnum):
    LISTING = "listing"
    SEARCH = "search"


def parse(
    platform: Annotated[str, typer.Argument(help="Name of the platform, as in: immoweb")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Saved pages (HTML) or objects (JSON)")],
    url: Annotated[str | None, typer.Option(help="Address the page came from; else taken from the page")] = None,
    kind: Annotated[Kind, typer.Option(help="What the files hold")] = Kind.LISTING,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One line a record: file, valid, listing, reasons")] = False,
) -> None:
    """Turn saved pages of a platform into canonical records, without any service.

    Exit code: 0 valid (with --jsonl: all could be read), 3 read but rejected (reasons on stderr), 2 unusable input.
    """
    from immobe.errors import UnknownPlatform
    from immobe.platforms import get_platform

    try:
        get_platform(platform)
    except UnknownPlatform as error:
        _complain(str(error))
        raise typer.Exit(UNUSABLE) from None
    parse_one = _search if kind is Kind.SEARCH else _listings
    raise typer.Exit(max(parse_one(platform, file, url, jsonl) for file in files))


def _listings(platform: str, file: Path, url: str | None, jsonl: bool) -> int:
    from immobe.config import load_config
    from immobe.parsing import Parsed, parse_file

    try:
        records = parse_file(platform, file, url=url, max_bytes=load_config().crawler_max_page_bytes)
    except OSError as error:
        records = [Parsed(None, False, (f"cannot_open: {error.strerror or error}",), usable=False)]
    for record in records:
        where = f"{file}" if record.index is None else f"{file}[{record.index}]"
        shown = record.listing.model_dump(mode="json") if record.listing else None
        if jsonl:
            place = {} if record.index is None else {"index": record.index}
            _print(
                {"file": str(file), **place, "valid": record.valid, "listing": shown, "reasons": list(record.reasons)}
            )
        for reason in record.reasons:
            _complain(f"{where}: {reason}")
    if not jsonl:
        listings = [r.listing.model_dump(mode="json") for r in records if r.listing]
        if listings:
            _print(listings if records[0].index is not None else listings[0], indent=2)
    if not all(record.usable for record in records):
        return UNUSABLE
    return VALID if jsonl or all(record.valid for record in records) else REJECTED


def _search(platform: str, file: Path, url: str | None, jsonl: bool) -> int:
    from immobe.config import load_config
    from immobe.errors import PageError
    from immobe.parsing import parse_search_file

    try:
        page = parse_search_file(platform, file, url=url, max_bytes=load_config().crawler_max_page_bytes)
    except (OSError, PageError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if jsonl:
            _print({"file": str(file), "valid": False, "listings": None, "reasons": [reason]})
        _complain(f"{file}: {reason}")
        return UNUSABLE
    found = {"listings": page.cards, "next_page": page.next_page, "total": page.total}
    _print({"file": str(file), "valid": True, **found, "reasons": []} if jsonl else found, indent=None if jsonl else 2)
    return VALID


def _print(value: Any, indent: int | None = None) -> None:
    from immobe.items import json_number

    # Only Decimal needs help: every other value of a record or card is plain JSON by now.
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent, default=json_number) + "\n")


def _complain(text: str) -> None:
    print(text, file=sys.stderr)

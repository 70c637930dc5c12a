"""`immobe parse`: saved pages to canonical records."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

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

    One record is shown as a JSON object; those of several files, or of a file that holds a list, as one array.

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
    parsed = [parse_one(platform, file, url, jsonl) for file in files]
    if not jsonl:
        _show([one.found for one in parsed if one.found is not None], single=len(files) == 1)
    raise typer.Exit(max(one.code for one in parsed))


class _File(NamedTuple):
    """What one file held: an object, or a list of them; None when nothing is to be shown."""

    code: int
    found: Any = None


def _show(found: list[Any], *, single: bool) -> None:
    if single:
        for one in found:
            _print(one, indent=2)
    elif found:
        _print([object_ for one in found for object_ in (one if isinstance(one, list) else [one])], indent=2)


def _listings(platform: str, file: Path, url: str | None, jsonl: bool) -> _File:
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
    listings = [r.listing.model_dump(mode="json") for r in records if r.listing]
    found = None if not listings else listings if records[0].index is not None else listings[0]
    if not all(record.usable for record in records):
        return _File(UNUSABLE, found)
    return _File(VALID if jsonl or all(record.valid for record in records) else REJECTED, found)


def _search(platform: str, file: Path, url: str | None, jsonl: bool) -> _File:
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
        return _File(UNUSABLE)
    found = {"listings": page.cards, "next_page": page.next_page, "total": page.total}
    if jsonl:
        _print({"file": str(file), "valid": True, **found, "reasons": []})
    return _File(VALID, found)


def _print(value: Any, indent: int | None = None) -> None:
    from immobe.items import json_number

    # Only Decimal needs help: every other value of a record or card is plain JSON by now.
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent, default=json_number) + "\n")


def _complain(text: str) -> None:
    print(text, file=sys.stderr)

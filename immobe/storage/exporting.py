"""Rows to lines of CSV, JSON or GeoJSON, in the names and spelling of the canonical record's JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any

# A spreadsheet runs a cell that starts so; a leading apostrophe makes it text (OWASP, "CSV Injection").
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def json_value(value: Any) -> Any:
    """A column's value as the record's JSON spells it.

    >>> json_value(Decimal("250000.00")), json_value(Decimal("84.5"))
    (250000, 84.5)
    >>> from datetime import UTC
    >>> json_value(datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    '2026-01-02T03:04:00Z'
    """
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def csv_value(value: Any) -> Any:
    """A cell: empty for null, JSON for what is nested, and no text that a spreadsheet would take for a formula.

    >>> csv_value({"fr": "Maison"}), csv_value(True), csv_value(None), csv_value(-1)
    ('{"fr": "Maison"}', 'true', '', -1)
    >>> csv_value('=HYPERLINK("https://example.org")')
    '\\'=HYPERLINK("https://example.org")'
    """
    if value is None:
        return ""
    if isinstance(value, bool | dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return json_value(value)


def jsonl_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """One JSON object a row."""
    for row in rows:
        yield json.dumps({name: json_value(value) for name, value in row.items()}, ensure_ascii=False) + "\n"


def csv_lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    """A header, then a record a row (a quoted cell may hold line breaks). No header when the first row raises."""
    rows = iter(rows)
    first = list(islice(rows, 1))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    yield buffer.getvalue()
    for row in chain(first, rows):
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([csv_value(row[name]) for name in columns])
        yield buffer.getvalue()


_KEY = ("platform", "platform_listing_id")
_PLACE = ("longitude", "latitude")


def geojson_lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    """A FeatureCollection (RFC 7946), a feature a line; rows have `_KEY` and `_PLACE` too.

    A listing without coordinates has no geometry. It is whole only with its last line. Nothing when the first row
    raises.
    """
    before = '{"type": "FeatureCollection", "features": [\n'
    for row in rows:
        yield before + json.dumps(_feature(row, columns), ensure_ascii=False)
        before = ",\n"
    yield before if before.startswith("{") else "\n"
    yield "]}\n"


def _feature(row: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    place = [json_value(row[name]) for name in _PLACE]
    return {
        "type": "Feature",
        "id": ":".join(row[name] for name in _KEY),
        "geometry": None if None in place else {"type": "Point", "coordinates": place},
        "properties": {name: json_value(row[name]) for name in columns if name not in _PLACE},
    }

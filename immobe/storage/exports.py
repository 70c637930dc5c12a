"""Exports: the listings of any search, from one snapshot, as bytes that never are in memory altogether.

Raises ServiceError when PostgreSQL cannot be reached or is not migrated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import Engine, select, text

from immobe.storage.changes import Cursor, here
from immobe.storage.engine import without_time_limits
from immobe.storage.exporting import csv_lines, geojson_lines, jsonl_lines
from immobe.storage.faults import connected
from immobe.storage.models import ListingRow
from immobe.storage.search import COMPUTED, FIELDS
from immobe.storage.search_terms import SearchTerms

_ROWS_A_FETCH = 500
_CHUNK_BYTES = 64 * 1024
_columns = ListingRow.__table__.c

Row = Mapping[str, Any]


class Format(NamedTuple):
    """How an export is written. `write` takes rows and the fields that are asked for."""

    media_type: str
    suffix: str
    write: Callable[[Iterable[Row], Sequence[str]], Iterator[bytes]]
    needs: tuple[str, ...] = ()
    """Fields that rows must have, also when they are not asked for."""


class Snapshot(NamedTuple):
    """`rows`, oldest listing first. Changes since `cursor` lead from them to what is there later."""

    rows: Iterator[dict[str, Any]]
    cursor: Cursor


@contextmanager
def snapshot(
    engine: Engine, terms: SearchTerms, fields: Sequence[str] = FIELDS, *, limit: int | None = None
) -> Iterator[Snapshot]:
    """While it is open, the rows may be taken as slowly as one likes. `fields` are of `FIELDS`."""
    chosen = [COMPUTED[name].label(name) if name in COMPUTED else _columns[name] for name in fields]
    query = select(*chosen).where(*terms.conditions()).order_by(_columns.id).limit(limit)
    with connected(engine) as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        without_time_limits(connection)
        cursor = here(connection)
        found = connection.execution_options(yield_per=_ROWS_A_FETCH).execute(query)
        yield Snapshot((dict(row) for row in found.mappings()), cursor)


def _csv(rows: Iterable[Row], fields: Sequence[str]) -> Iterator[bytes]:
    return _chunks(csv_lines(rows, fields))


def _jsonl(rows: Iterable[Row], fields: Sequence[str]) -> Iterator[bytes]:
    return _chunks(jsonl_lines({name: row[name] for name in fields} for row in rows))


def _geojson(rows: Iterable[Row], fields: Sequence[str]) -> Iterator[bytes]:
    return _chunks(geojson_lines(rows, fields))


def _parquet(rows: Iterable[Row], fields: Sequence[str]) -> Iterator[bytes]:
    from immobe.storage.parquet import parquet_chunks  # Arrow's library takes a moment and 60 MB

    return parquet_chunks(rows, fields)


def _chunks(lines: Iterable[str]) -> Iterator[bytes]:
    """In pieces that are worth sending."""
    gathered = bytearray()
    for line in lines:
        gathered += line.encode()
        if len(gathered) >= _CHUNK_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


FORMATS = {
    "csv": Format("text/csv; charset=utf-8", "csv", _csv),
    "jsonl": Format("application/jsonl", "jsonl", _jsonl),
    "geojson": Format(
        "application/geo+json", "geojson", _geojson, ("platform", "platform_listing_id", "latitude", "longitude")
    ),
    "parquet": Format("application/vnd.apache.parquet", "parquet", _parquet),
}


def export(
    engine: Engine, terms: SearchTerms, format_: str, fields: Sequence[str] = FIELDS, *, limit: int | None = None
) -> Iterator[bytes]:
    """The whole of it; closing the iterator ends the query."""
    how = FORMATS[format_]
    needed = tuple(dict.fromkeys((*fields, *how.needs)))
    with snapshot(engine, terms, needed, limit=limit) as found:
        yield from how.write(found.rows, fields)

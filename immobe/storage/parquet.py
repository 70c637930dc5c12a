"""Rows to a Parquet file, piece by piece: a group of rows is in memory at a time, not the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from immobe.storage.dictionary import DICTIONARY, Entry

_GROUP_ROWS = 5000
_DEGREE_DIGITS, _OTHER_DIGITS = 7, 2
"""Behind the point: the seventh of a degree is a centimetre, and prices have cents."""


def parquet_chunks(rows: Iterable[Mapping[str, Any]], fields: Sequence[str]) -> Iterator[bytes]:
    """The file's bytes. Numbers are exact but rounded to the digits of their type (see `schema_of`)."""
    schema, sink, rows = schema_of(fields), _Sink(), iter(rows)
    columns = {name: DICTIONARY[name] for name in fields}
    # The footer has bounds of each column in each group: for texts it would grow to megabytes.
    bounded = [name for name, entry in columns.items() if entry.type not in ("list of texts", "object of texts")]
    with parquet.ParquetWriter(sink, schema, compression="zstd", write_statistics=bounded) as writer:
        while group := list(islice(rows, _GROUP_ROWS)):
            arrays = [
                pa.array([_value(row[name], entry) for row in group], schema.field(name).type)
                for name, entry in columns.items()
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            yield sink.taken()
    yield sink.taken()


def schema_of(fields: Sequence[str]) -> pa.Schema:
    """Money and areas with 2 digits, degrees with 7; times in UTC; closed vocabularies as dictionaries.

    Objects of texts are JSON. The metadata of each column has its meaning, unit and allowed values.
    """
    return pa.schema([_field(DICTIONARY[name]) for name in fields])


def _field(entry: Entry) -> pa.Field:
    told = {"meaning": entry.meaning, "type": entry.type, "unit": entry.unit}
    if entry.values is not None:
        told["values"] = json.dumps(entry.values)
    metadata = {name: value for name, value in told.items() if value}
    return pa.field(entry.field, _arrow_type(entry), nullable=not entry.always, metadata=metadata)


def _arrow_type(entry: Entry) -> pa.DataType:
    if entry.values is not None:
        return pa.dictionary(pa.int16(), pa.string())
    if entry.type == "decimal":
        return pa.decimal128(18, _digits(entry))
    return {
        "text": pa.string(),
        "integer": pa.int64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", tz="UTC"),
        "list of texts": pa.list_(pa.string()),
        "object of texts": pa.string(),
    }[entry.type]


def _digits(entry: Entry) -> int:
    return _DEGREE_DIGITS if entry.unit == "degree" else _OTHER_DIGITS


def _value(value: Any, entry: Entry) -> Any:
    if isinstance(value, Decimal):
        return round(value, _digits(entry))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


class _Sink:
    """A file that only grows, whose bytes are taken away as they come."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def write(self, part: Any) -> int:
        """For Arrow's writer."""
        self._parts.append(bytes(part))
        self._written += len(part)
        return len(part)

    def tell(self) -> int:
        """How much was written altogether."""
        return self._written

    def flush(self) -> None:
        """Nothing to do: nothing is held back."""

    def close(self) -> None:
        """The writer's business; what was written stays to be taken."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)

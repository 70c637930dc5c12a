"""Exports: a whole search in one answer, from one snapshot; and what its fields mean."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from immobe.storage.dictionary import DICTIONARY, Entry
from immobe.storage.exports import FORMATS, snapshot
from immobe.storage.search import FIELDS
from immobe.storage.search_terms import SearchTerms
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.routes.api.answers import NOT_MODIFIED, answer
from immobe.watchtower.routes.api.fields import chosen, field_names
from immobe.watchtower.security.access import Reader
from immobe.watchtower.streams import generated

router = APIRouter()
AT_ONCE = 4
"""Exports of one process: each holds a connection and a snapshot of the database for as long as its client reads."""
_free = threading.BoundedSemaphore(AT_ONCE)
FormatName = Literal["csv", "jsonl", "geojson", "parquet"]
CURSOR_HEADER = "X-Changes-Cursor"
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, sent as it is read. An answer that ends without the end of its last chunk is not "
        "whole: something failed, and nothing of it is to be used.",
        "content": {
            how.media_type.partition(";")[0]: {"schema": {"type": "object" if name == "geojson" else "string"}}
            for name, how in FORMATS.items()
        },
        "headers": {
            CURSOR_HEADER: {
                "description": "`since` of `/api/v1/changes`: what changed after this snapshot.",
                "schema": {"type": "string"},
            }
        },
    }
}


class ExportParameters(SearchTerms):
    """Which listings, and how they are written."""

    format: FormatName = "csv"
    fields: str | None = field_names(FIELDS)
    limit: int | None = Field(None, ge=0, le=10**9, description="At most so many listings, the oldest.")


class Dictionary(BaseModel):
    """In the order of an export's columns."""

    fields: list[Entry]


@router.get("/listings/export", response_class=Response, responses=_FILE)
def export(backend: TheBackend, _: Reader, parameters: Annotated[ExportParameters, Query()]) -> Response:
    """All listings of a search, oldest first, from one snapshot of the database.

    GeoJSON puts coordinates into `geometry`; listings without any have none. In CSV nested values are JSON, and a text
    that a spreadsheet would run as a formula starts with an apostrophe. Parquet has typed columns with their meaning.
    At most four exports at once a process (503 with Retry-After); one that takes an hour is broken off.
    """
    chunks = _export(backend, parameters)
    cursor, first = next(chunks).decode(), next(chunks, b"")
    how = FORMATS[parameters.format]
    name = f"listings-{datetime.now(UTC):%Y%m%d}.{how.suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', CURSOR_HEADER: cursor}
    return generated(_with(first, chunks), how.media_type, headers)


def _export(backend: Backend, parameters: ExportParameters) -> Generator[bytes, None, None]:
    """First the cursor, then the file."""
    if not _free.acquire(blocking=False):
        raise HTTPException(503, f"{AT_ONCE} exports are being read already.", {"Retry-After": "30"})
    try:
        how, fields = FORMATS[parameters.format], chosen(parameters.fields, FIELDS)
        needed = tuple(dict.fromkeys((*fields, *how.needs)))
        with snapshot(backend.engine, parameters, needed, limit=parameters.limit) as found:
            yield str(found.cursor).encode()
            yield from how.write(found.rows, fields)
    finally:
        _free.release()


def _with(first: bytes, rest: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """What was read before, so that a database that is down is a 503 and no broken file."""
    try:
        yield first
        yield from rest
    finally:
        rest.close()


@router.get("/dictionary", response_model=Dictionary, responses=NOT_MODIFIED)
def dictionary(request: Request, _: Reader) -> Response:
    """Each field of a listing: type, unit, meaning and allowed values."""
    return answer(request, {"fields": [asdict(entry) for entry in DICTIONARY.values()]})

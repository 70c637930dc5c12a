"""What many listings have in common is read from a part of them, in bounded time; of few, from all.

The part is every listing whose number leaves certain remainders: the index `sample` holds it together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, log10, sqrt
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, literal_column, text, true

from immobe.storage.models import SAMPLE_PARTS, SAMPLE_STEP
from immobe.storage.search import Counted
from immobe.storage.search_conditions import LISTINGS

SAMPLED, _CLEARLY = 15_000, 1.5
"""Listings that a part holds, about."""
_ROWS = text("SELECT greatest(reltuples, 1) FROM pg_class WHERE oid = 'listings'::regclass")


def parts(connection: Connection) -> int:
    """Of `SAMPLE_PARTS`, how many make a sample of the table as large as it is now, by the last VACUUM."""
    rows: float = connection.execute(_ROWS).scalar_one()
    return min(SAMPLE_PARTS, max(1, round(SAMPLED * SAMPLE_PARTS / rows)))


class Found(NamedTuple):
    """Groups of what was read, and of how many of `SAMPLE_PARTS`."""

    rows: Sequence[Any]
    n: int
    """Listings that were read: the sum of the rows' `n`."""
    parts: int


def found(connection: Connection, most: int, grouped: Callable[[ColumnElement[bool], int | None], Any]) -> Found:
    """All groups of up to `most` listings, or those of a sample of more.

    `grouped` makes the query: it groups the listings that a condition leaves, or so many of them, and counts each as
    `n`. A small table is its own sample.
    """

    def read(wanted: int, limit: int | None = None) -> Found:
        condition = true() if wanted == SAMPLE_PARTS else in_parts(wanted)
        rows = connection.execute(grouped(condition, limit)).all()
        return Found(rows, sum(row.n for row in rows), wanted)

    wanted = parts(connection)
    sampled = read(wanted) if wanted < SAMPLE_PARTS else None
    if sampled and sampled.n * SAMPLE_PARTS > _CLEARLY * most * wanted:
        return sampled
    whole = read(SAMPLE_PARTS, most + 1)
    return whole if whole.n <= most else sampled or read(SAMPLE_PARTS)


def in_parts(wanted: int) -> ColumnElement[bool]:
    """That a row of `listings` is in the first `wanted` parts."""
    return func.mod(LISTINGS.id * literal_column(str(SAMPLE_STEP)), literal_column(str(SAMPLE_PARTS))) < wanted


def at_least(found: int, wanted: int) -> Counted:
    """How many there are at least, in all likelihood, when the parts have `found`: two standard deviations less.

    >>> at_least(400, 20), at_least(3, 20), at_least(7, SAMPLE_PARTS)
    (Counted(n=18000, is_exact=False), Counted(n=3, is_exact=False), Counted(n=7, is_exact=True))
    """
    least = SAMPLE_PARTS / wanted * (found - 2 * sqrt(found))
    return _counted(found, wanted, least)


def about(found: int, wanted: int) -> Counted:
    """How many there are, likeliest, when the parts have `found`.

    >>> about(400, 20), about(7, SAMPLE_PARTS)
    (Counted(n=20000, is_exact=False), Counted(n=7, is_exact=True))
    """
    return _counted(found, wanted, SAMPLE_PARTS / wanted * found)


def _counted(found: int, wanted: int, estimated: float) -> Counted:
    if wanted == SAMPLE_PARTS:
        return Counted(found, is_exact=True)
    return Counted(two_digits(max(found, estimated)), is_exact=False)


def two_digits(n: float) -> int:
    """Rounded down to two significant digits.

    >>> two_digits(18181.5), two_digits(7), two_digits(0)
    (18000, 7, 0)
    """
    step = 10 ** max(0, floor(log10(n)) - 1) if n >= 1 else 1
    return int(n // step * step)

"""Keeping a large database quick: indexes that are missing, vacuum, what takes room.

What indexes there must be, the models say. Those that lack are built beside running crawls (CONCURRENTLY); one that was
broken off half-way is invalid, serves nobody, and is built anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Index, create_engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex

import immobe.storage.migrations.env  # noqa: F401 - knows every table
from immobe.storage.faults import connected
from immobe.storage.models import Base

# Any number of our own, beside that of the migrations.
_LOCK = 466624
_VALID = "SELECT indexrelid::regclass::text FROM pg_index WHERE indisvalid"
# Row header and item pointer; a page's own header and padding are left out.
_BYTES_A_ROW = 28
_ROOM = f"""
SELECT t.relname, t.n_live_tup, t.n_dead_tup, pg_table_size(t.relid), pg_indexes_size(t.relid),
    pg_relation_size(t.relid), greatest(t.n_live_tup, 0) * ({_BYTES_A_ROW} + coalesce(w.width, 0))
FROM pg_stat_user_tables t LEFT JOIN (
    SELECT schemaname, tablename, sum((1 - null_frac) * avg_width) AS width FROM pg_stats GROUP BY 1, 2
) w ON w.schemaname = t.schemaname AND w.tablename = t.relname
WHERE t.schemaname = 'public' ORDER BY pg_total_relation_size(t.relid) DESC
"""  # noqa: S608 - a number


@dataclass(frozen=True, slots=True)
class Room:
    """What a table takes. Bytes; `bloat` is the share of its main part that rows do not need, by the statistics."""

    table: str
    rows: int
    dead_rows: int
    table_bytes: int
    index_bytes: int
    bloat: float


@contextmanager
def maintaining(database_url: str) -> Iterator[Connection]:
    """A connection without transaction and time limits, one at a time. Raises ServiceError, also when another works."""
    options = {"connect_timeout": 10, "application_name": "immobe optimize"}
    engine = create_engine(database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=options)
    try:
        with connected(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def is_alone(connection: Connection) -> bool:
    """Whether this connection is the only one that maintains; it holds that place until it is closed."""
    return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}))


def missing_indexes(connection: Connection) -> list[Index]:
    """Indexes of the models that the database lacks, or has only half-built, of tables that it has; in order."""
    valid = set(connection.scalars(text(_VALID)))
    tables = set(connection.scalars(text("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public'")))
    declared = (index for table in Base.metadata.sorted_tables if table.name in tables for index in table.indexes)
    return sorted((index for index in declared if index.name not in valid), key=lambda index: str(index.name))


def build(connection: Connection, index: Index) -> None:
    """Builds the index while others read and write."""
    statement = str(CreateIndex(index).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    connection.execute(text(f'DROP INDEX CONCURRENTLY IF EXISTS "{index.name}"'))
    if "gin_trgm_ops" in statement:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    connection.execute(text(statement.replace("INDEX", "INDEX CONCURRENTLY", 1).replace(":", "\\:")))


def tables(connection: Connection) -> list[str]:
    """Our tables that the database has, the largest first."""
    return [room.table for room in rooms(connection)]


def vacuum(connection: Connection, table: str) -> None:
    """Frees what dead rows take, for new ones, and renews the planner's statistics. Others go on working."""
    connection.execute(text(f'VACUUM (ANALYZE) "{table}"'))


def rooms(connection: Connection) -> list[Room]:
    """What each table takes, the largest first; rows and bloat as PostgreSQL's statistics know them."""
    return [
        Room(name, rows, dead, table_bytes, index_bytes, max(0.0, 1 - float(needed) / main) if main else 0.0)
        for name, rows, dead, table_bytes, index_bytes, main, needed in connection.execute(text(_ROOM))
    ]

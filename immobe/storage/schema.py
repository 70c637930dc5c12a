"""Brings a database to the schema that the code expects, and says where it stands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from immobe.data_files import folder_of
from immobe.errors import ServiceError
from immobe.storage.faults import sqlstate

# Any number, as long as nobody else of this database uses it: "immobe" on a telephone keypad.
_LOCK = 466623
_LOCK_WAIT = "2s"  # less than DATABASE_STATEMENT_TIMEOUT and its half: those who wait behind us do not fail
_ATTEMPTS, _LONGEST_PAUSE_SECONDS = 10, 10.0
_NO_LOCK = ("55P03", "40P01")


def migrate(database_url: str) -> None:
    """Upgrades to head. Several processes may call it at once: one works, the others wait and find it done.

    Raises ServiceError when the database cannot be reached or was migrated by a newer version.
    """
    with connected(database_url) as connection:
        if _refuse_unknown(connection) == head_revision():
            return
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        upgrade(connection, alembic_config(connection))


def upgrade(connection: Connection, config: AlembicConfig) -> None:
    """Runs what is pending. Crawls go on meanwhile: a revision waits for a lock for `_LOCK_WAIT` only, and comes again.

    A statement that waits for a table holds up everybody who comes after it: better that it gives way, and tries again.
    Raises ServiceError when no moment was found.
    """
    for attempt in range(_ATTEMPTS):
        connection.execute(text(f"SET lock_timeout = '{_LOCK_WAIT}'"))
        connection.commit()
        try:
            command.upgrade(config, "head")
        except OperationalError as error:
            if sqlstate(error) not in _NO_LOCK:
                raise
            connection.rollback()
            time.sleep(min(0.5 * 2**attempt, _LONGEST_PAUSE_SECONDS))
        else:
            return
    raise ServiceError(
        f"The schema could not be upgraded: {_ATTEMPTS} times no lock was free within {_LOCK_WAIT}. "
        "Nothing was changed. End what holds it (pg_stat_activity says who), or try again in a quiet hour."
    )


def schema_state(database_url: str) -> tuple[str | None, str]:
    """(revision of the database, or None before the first; revision that the code expects)."""
    with connected(database_url) as connection:
        return _current(connection), head_revision()


def head_revision() -> str:
    """The newest revision that this version knows."""
    head = _revisions().get_current_head()
    assert head is not None  # noqa: S101 - a package without revisions is broken
    return head


def alembic_config(connection: Connection) -> AlembicConfig:
    """Alembic's configuration without alembic.ini, on a connection of ours."""
    config = AlembicConfig(attributes={"connection": connection})
    config.set_main_option("script_location", str(_migrations()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _migrations() -> Path:
    return folder_of("immobe.storage", "migrations")


def _revisions() -> ScriptDirectory:
    return ScriptDirectory(str(_migrations()))


@contextmanager
def connected(database_url: str) -> Iterator[Connection]:
    """A connection of its own, without statement timeout: an index on a full table takes its time."""
    options = {"connect_timeout": 10, "application_name": "immobe migrate"}
    engine = create_engine(database_url, poolclass=NullPool, connect_args=options)
    try:
        with engine.connect() as connection:
            yield connection
    except OperationalError as error:
        raise ServiceError(f"PostgreSQL: {str(error.orig).strip()}") from error
    finally:
        engine.dispose()


def _current(connection: Connection) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return revision


def _refuse_unknown(connection: Connection) -> str | None:
    current = _current(connection)
    known = {script.revision for script in _revisions().walk_revisions()}
    if current is not None and current not in known:
        raise ServiceError(
            f"The database has schema revision {current}, which this version does not know (it knows up to "
            f"{head_revision()}). Run the newer version, or restore a backup made before the upgrade."
        )
    return current

"""Whose fault a database error is: the row's, the moment's (try again), or the service's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from immobe.errors import ServiceError

# Classes of SQLSTATE: data exception, integrity constraint violation, program limit exceeded (too long to index).
_OF_THE_ROW = ("22", "23", "54")
_TRY_AGAIN = {"40001", "40P01"}
_NO_SUCH_TABLE_OR_COLUMN = {"42P01", "42703", "42704"}
_NOT_PERMITTED = {"42501"}


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's five-character code, or an empty text."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return getattr(original, "pgcode", None) or ""


def is_of_the_row(error: Exception) -> bool:
    """The values cannot be stored, now or ever; their neighbours can."""
    if isinstance(error, DBAPIError):
        return sqlstate(error).startswith(_OF_THE_ROW)
    return isinstance(error, ValueError | TypeError)  # the driver refuses the value before it sends it


def is_of_the_moment(error: Exception) -> bool:
    """Two transactions met: the same transaction succeeds when repeated."""
    return sqlstate(error) in _TRY_AGAIN


def as_service_error(error: SQLAlchemyError) -> Exception:
    """ServiceError when the database is unreachable, stopping, full or not migrated; else the error itself."""
    code = sqlstate(error)
    if code in _NO_SUCH_TABLE_OR_COLUMN:
        return ServiceError(f"PostgreSQL: {_first_line(error)}. Is the schema up to date? Run `immobe migrate`.")
    if isinstance(error, PoolTimeout):
        return ServiceError("PostgreSQL: no free connection; see DATABASE_POOL_SIZE and DATABASE_POOL_TIMEOUT.")
    ours = code.startswith("42") and code not in _NOT_PERMITTED
    if isinstance(error, DBAPIError) and not ours:
        return ServiceError(f"PostgreSQL: {_first_line(error)}")
    return error


@contextmanager
def connected(engine: Engine, *, writes: bool = False) -> Iterator[Connection]:
    """A connection whose errors are ours: see `as_service_error`. With `writes`, its work is committed at the end."""
    try:
        with engine.begin() if writes else engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise as_service_error(error) from error


def reason(error: Exception) -> str:
    """For quarantine, short and countable: `database:check_violation ck_listings_status`."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig else error
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(original).__name__).lower()
    diagnosis = getattr(original, "diag", None)
    where = getattr(diagnosis, "constraint_name", None) or ""
    return f"database:{name} {where}".strip()


def _first_line(error: SQLAlchemyError) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    return next(iter(str(original).strip().splitlines()), type(original).__name__)

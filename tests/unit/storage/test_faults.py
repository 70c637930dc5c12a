"""Whose fault an error is decides between quarantine, another try and waiting."""

import psycopg2
import pytest
from psycopg2 import errors
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from immobe.errors import ServiceError
from immobe.storage import faults


def wrapped(code: str, kind: type[DBAPIError] = OperationalError) -> DBAPIError:
    original = errors.lookup(code)()
    original.__setstate__({"pgcode": code})  # the driver sets it when it reads an answer
    return kind("INSERT …", {}, original)


@pytest.mark.parametrize("code", ["22003", "22P05", "23514", "23505", "54000"])
def test_errors_of_the_row(code: str) -> None:
    assert faults.is_of_the_row(wrapped(code))


@pytest.mark.parametrize("code", ["40P01", "40001", "57014", "55P03", "57P01", "53100", "42P01"])
def test_errors_that_are_not_of_the_row(code: str) -> None:
    assert not faults.is_of_the_row(wrapped(code))


def test_a_value_that_the_driver_refuses_is_of_the_row() -> None:
    assert faults.is_of_the_row(ValueError("A string literal cannot contain NUL"))
    assert not faults.is_of_the_row(KeyError("a mistake of ours"))


@pytest.mark.parametrize(("code", "expected"), [("40P01", True), ("40001", True), ("23505", False), ("57014", False)])
def test_errors_of_the_moment(code: str, expected: bool) -> None:
    assert faults.is_of_the_moment(wrapped(code)) is expected


@pytest.mark.parametrize(
    "error",
    [
        wrapped("57014"),
        wrapped("53100"),
        wrapped("25006", DBAPIError),
        wrapped("42501", ProgrammingError),
        OperationalError("SELECT 1", {}, psycopg2.OperationalError("server closed the connection")),
        InterfaceError("SELECT 1", {}, psycopg2.InterfaceError("connection already closed")),
        PoolTimeout("QueuePool limit"),
    ],
)
def test_errors_of_the_service(error: SQLAlchemyError) -> None:
    assert isinstance(faults.as_service_error(error), ServiceError)


def test_a_missing_table_asks_for_the_migration() -> None:
    assert "immobe migrate" in str(faults.as_service_error(wrapped("42P01", ProgrammingError)))


def test_a_mistake_in_our_sql_stays_itself() -> None:
    mistake = wrapped("42601", ProgrammingError)
    assert faults.as_service_error(mistake) is mistake


def test_reasons_are_short_and_countable() -> None:
    assert faults.reason(wrapped("22003", DataError)) == "database:numeric_value_out_of_range"
    assert faults.reason(ValueError("long text with values")) == "database:value_error"

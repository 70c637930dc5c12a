"""The connection pool to PostgreSQL, with limits: nothing waits for ever."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, create_engine, make_url, text

from immobe.config import Config

_CONNECT_SECONDS = 10


def make_engine(config: Config, database_url: str, application_name: str = "immobe") -> Engine:
    """An engine that no other process may share. Sessions are in UTC; statements end after the configured time."""
    url = make_url(database_url)
    return create_engine(
        url,
        pool_size=config.database_pool_size,
        max_overflow=config.database_max_overflow,
        pool_timeout=config.database_pool_timeout,
        pool_recycle=config.database_pool_recycle,
        pool_pre_ping=True,
        hide_parameters=True,  # payloads are long, and no error text should carry them
        connect_args={
            "application_name": application_name,
            "connect_timeout": _CONNECT_SECONDS,
            "options": _session_options(config, url.query.get("options", "")),
            # A server that vanished without a word is noticed by the kernel, not after two hours.
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        },
    )


def _session_options(config: Config, given: str | tuple[str, ...]) -> str:
    """`given` are those of the URL, which keep their place before ours."""
    statement = round(config.database_statement_timeout * 1000)
    ours = {
        "timezone": "UTC",
        "statement_timeout": statement,
        # Half, so that a wait for a lock is reported as such.
        "lock_timeout": max(statement // 2, 1),
        "idle_in_transaction_session_timeout": statement * 3,
    }
    before = [given] if isinstance(given, str) else list(given)
    return " ".join([*before, *(f"-c {name}={value}" for name, value in ours.items())]).strip()


def without_time_limits(connection: Connection) -> None:
    """This transaction may last, however slowly its rows are taken or made: nothing in it is cut off."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))

"""A test's own database: made, and dropped whoever still looks at it."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psycopg2
from psycopg2.errors import InsufficientPrivilege


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """URL (`postgresql+psycopg2://…`) of an empty database on the server that `server_url` leads to."""
    name = f"test_{secrets.token_hex(6)}"
    server, _, _ = server_url.rpartition("/")
    with closing(psycopg2.connect(server_url.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
            try:
                yield f"{server}/{name}"
            finally:
                drop_database(cursor.execute, name)


def drop_database(execute: Callable[[str], object], name: str) -> None:
    """Drops it and ends its sessions. An autovacuum worker is not ours to end: it ends by itself."""
    for _ in range(150):
        try:
            execute(f"DROP DATABASE {name} WITH (FORCE)")
        except InsufficientPrivilege:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"database {name} was in use for 30 seconds")

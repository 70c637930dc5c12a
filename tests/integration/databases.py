"""Dropping a test's database, whoever still looks at it."""

import time
from collections.abc import Callable

from psycopg2.errors import InsufficientPrivilege


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

"""Emptying the table of listings, with all that hangs on it."""

from __future__ import annotations

from sqlalchemy import Engine, delete, text

from immobe.storage.faults import connected
from immobe.storage.models import ListingRow


def clear_listings(engine: Engine, platform: str | None = None) -> int:
    """Deletes the listings of one platform, or all, with payloads and history, both or neither; how many they were.

    Run records, quarantine and queues stay. Raises ServiceError.
    """
    statement = delete(ListingRow)
    if platform is not None:
        statement = statement.where(ListingRow.platform == platform)
    with connected(engine, writes=True) as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))  # as long as a full table takes
        return connection.execute(statement).rowcount

"""What searches counted: written with the cards of their first page, read where the next run begins."""

from __future__ import annotations

from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import Insert, insert

from immobe.storage.faults import connected
from immobe.storage.run_models import SearchRow


def searches_upsert() -> Insert:
    """Keeps the latest sight of each search, whatever the order of deliveries."""
    statement = insert(SearchRow)
    new = statement.excluded
    changing = ("transaction_type", "property_type", "province", "total", "is_divided", "seen_at")
    return statement.on_conflict_do_update(
        index_elements=[SearchRow.platform, SearchRow.key],
        set_={name: new[name] for name in changing},
        where=new.seen_at >= SearchRow.seen_at,
    )


def known_totals(engine: Engine, platform: str) -> dict[str, int | None]:
    """{key of a search: results when it was last made, or None when it had to be divided}. Raises ServiceError."""
    query = select(SearchRow.key, SearchRow.total, SearchRow.is_divided).where(SearchRow.platform == platform)
    with connected(engine) as connection:
        return {key: None if divided else total or 0 for key, total, divided in connection.execute(query)}

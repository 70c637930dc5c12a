"""What a listing went through, and how long it has been on the market."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, case, func, select

from immobe.items import Stage
from immobe.storage.faults import connected
from immobe.storage.history_models import EventRow
from immobe.storage.models import ListingRow


@dataclass(frozen=True, slots=True)
class Event:
    """One field took another value; `cause` and `field` as in `EventRow`."""

    field: str
    old: Any
    new: Any
    seen_at: datetime
    cause: str
    run_id: str | None


def events_of(engine: Engine, platform: str, platform_listing_id: str) -> list[Event]:
    """The listing's history, oldest first; empty for one that is not known. Raises ServiceError."""
    query = (
        select(EventRow.field, EventRow.old, EventRow.new, EventRow.seen_at, EventRow.cause, EventRow.run_id)
        .join(ListingRow, ListingRow.id == EventRow.listing_id)
        .where(ListingRow.platform == platform, ListingRow.platform_listing_id == platform_listing_id)
        .order_by(EventRow.seen_at, EventRow.id)
    )
    with connected(engine) as connection:
        return [Event(*row) for row in connection.execute(query)]


def began() -> ColumnElement[datetime]:
    """When a row of `listings` came on the market: when it was published, if the page says so, else first met."""
    return func.least(func.coalesce(ListingRow.published_at, ListingRow.first_seen_at), ListingRow.first_seen_at)


def ended() -> ColumnElement[datetime]:
    """When it went; now, while it is there."""
    return case((ListingRow.stage == Stage.GONE, ListingRow.gone_at), else_=func.now())


def days_on_market() -> ColumnElement[int]:
    """Whole days that a row of `listings` is, or was, on the market."""
    return whole_days(began(), ended())


def whole_days(start: ColumnElement[datetime], end: ColumnElement[datetime]) -> ColumnElement[int]:
    """From one to the other; none when they are in the wrong order."""
    return func.greatest(0, func.floor(func.extract("epoch", end - start) / 86_400))

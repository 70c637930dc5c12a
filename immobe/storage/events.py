"""What changed, over all listings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from immobe.storage.faults import connected
from immobe.storage.history_models import EventRow
from immobe.storage.models import ListingRow


def latest_events(
    engine: Engine,
    *,
    platforms: Sequence[str] = (),
    fields: Sequence[str] = (),
    causes: Sequence[str] = (),
    since: datetime | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Events with their listing's platform and id, the latest recorded first; empty sequences do not restrict.

    `before_id`: only events recorded before this one. Raises ServiceError.
    """
    query = select(
        EventRow.id,
        ListingRow.platform,
        ListingRow.platform_listing_id,
        EventRow.field,
        EventRow.old,
        EventRow.new,
        EventRow.seen_at,
        EventRow.cause,
    ).join(ListingRow, ListingRow.id == EventRow.listing_id)
    one_of = ((ListingRow.platform, platforms), (EventRow.field, fields), (EventRow.cause, causes))
    query = query.where(*(column.in_(values) for column, values in one_of if values))
    if since is not None:
        query = query.where(EventRow.seen_at >= since)
    if before_id is not None:
        query = query.where(EventRow.id < before_id)
    with connected(engine) as connection:
        return [dict(row) for row in connection.execute(query.order_by(EventRow.id.desc()).limit(limit)).mappings()]

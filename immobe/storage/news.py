"""What happened on the market since a moment: cheaper, back, gone. Raises ServiceError without PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, distinct_on

from immobe.items import Stage
from immobe.storage.faults import connected
from immobe.storage.history_models import EventRow
from immobe.storage.models import ListingRow

_listing = ListingRow.__table__.c
_ON_MARKET = _listing.stage == Stage.SCRAPED


@dataclass(frozen=True, slots=True)
class News:
    """The latest of what happened, and how many listings it concerns."""

    rows: list[dict[str, Any]]
    """Of `listings` by column name, with `happened_at`, and for prices `old_price_eur`."""
    count: int


def price_drops(engine: Engine, since: datetime, limit: int) -> News:
    """Listings on the market whose price fell, latest first; `old_price_eur`: before the latest fall."""
    fell = _events("price_eur", since).where(EventRow.new < EventRow.old)
    news = _news(engine, fell, _ON_MARKET, limit)
    for row in news.rows:
        row["old_price_eur"] = Decimal(str(row["old"]))
    return news


def returns(engine: Engine, since: datetime, limit: int) -> News:
    """Listings on the market that had gone and came back, the latest first."""
    came = _events("listing", since).where(EventRow.new == literal("listed", JSONB))
    return _news(engine, came, _ON_MARKET, limit)


def departures(engine: Engine, since: datetime, limit: int) -> News:
    """Listings that went and have not come back, the latest first."""
    where = (_listing.stage == Stage.GONE, _listing.gone_at >= since)
    query = select(ListingRow.__table__, _listing.gone_at.label("happened_at")).where(*where)
    with connected(engine) as connection:
        rows = connection.execute(query.order_by(_listing.gone_at.desc(), _listing.id).limit(limit)).mappings()
        count = connection.execute(select(func.count()).where(*where)).scalar_one()
        return News([dict(row) for row in rows], count)


def _events(field: str, since: datetime) -> Select[Any]:
    """The latest of each listing."""
    return (
        select(EventRow.listing_id, EventRow.old, EventRow.seen_at)
        .where(EventRow.field == field, EventRow.cause == "market", EventRow.seen_at >= since)
        .ext(distinct_on(EventRow.listing_id))
        .order_by(EventRow.listing_id, EventRow.id.desc())
    )


def _news(engine: Engine, events: Select[Any], where: ColumnElement[bool], limit: int) -> News:
    event = events.subquery()
    joined = ListingRow.__table__.join(event, event.c.listing_id == _listing.id)
    query = (
        select(ListingRow.__table__, event.c.old, event.c.seen_at.label("happened_at"))
        .select_from(joined)
        .where(where)
        .order_by(event.c.seen_at.desc(), _listing.id)
        .limit(limit)
    )
    with connected(engine) as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
        count = connection.execute(select(func.count()).select_from(joined).where(where)).scalar_one()
        return News(rows, count)

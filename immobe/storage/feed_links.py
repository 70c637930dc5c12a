"""Secret addresses of feeds. All raise ServiceError when PostgreSQL cannot be reached or is not migrated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, func, insert, select, update

from immobe.storage.alert_models import FeedLinkRow
from immobe.storage.faults import connected
from immobe.storage.history_models import EventRow
from immobe.storage.models import ListingRow

_link = FeedLinkRow
_USED_TO_THE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FeedLink:
    """What is known of a link beside its hash; see `FeedLinkRow`."""

    id: int
    user_id: int
    search_id: int | None
    municipality_nis: str | None
    language: str
    hint: str
    created_at: datetime
    used_at: datetime | None


_LINK = [_link.__table__.c[field.name] for field in fields(FeedLink)]


def add_link(
    engine: Engine, user_id: int, sha256: bytes, hint: str, language: str, *,
    search_id: int | None = None, municipality_nis: str | None = None
) -> int:  # fmt: skip
    """Keeps a new link, of a search or of a municipality; its number."""
    subject = {"search_id": search_id, "municipality_nis": municipality_nis}
    values = {"user_id": user_id, "sha256": sha256, "hint": hint, "language": language, **subject}
    with connected(engine, writes=True) as connection:
        number: int = connection.execute(insert(_link).values(values).returning(_link.id)).scalar_one()
        return number


def links_of(engine: Engine, user_id: int) -> list[FeedLink]:
    """An operator's links that are in use, oldest first."""
    query = select(*_LINK).where(_link.user_id == user_id, _link.revoked_at.is_(None)).order_by(_link.id)
    with connected(engine) as connection:
        return [FeedLink(*row) for row in connection.execute(query)]


def link_of(engine: Engine, sha256: bytes) -> FeedLink | None:
    """The link in use with this hash; its use is noted, to the minute."""
    stale = _link.used_at.is_(None) | (_link.used_at < func.now() - _USED_TO_THE)
    with connected(engine) as connection:
        query = select(*_LINK, stale).where(_link.sha256 == sha256, _link.revoked_at.is_(None))
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        if row[-1]:
            connection.execute(update(_link).where(_link.id == row.id).values(used_at=func.now()))
            connection.commit()
        return FeedLink(*row[:-1])


def revoke_link(engine: Engine, link_id: int, user_id: int) -> bool:
    """Its address leads nowhere from now on. False when the operator has no such link in use."""
    mine = (_link.id == link_id, _link.user_id == user_id, _link.revoked_at.is_(None))
    with connected(engine, writes=True) as connection:
        return connection.execute(update(_link).where(*mine).values(revoked_at=func.now())).rowcount == 1


_FACTS = (
    "id", "platform", "platform_listing_id", "url", "transaction_type", "property_type", "price_eur", "price_kind",
    "price_min_eur", "bedroom_count", "living_area_m2", "land_area_m2", "epc_label", "street", "house_number",
    "postal_code", "locality", "first_seen_at", "auction_ends_at", "last_seen_at",
)  # fmt: skip
_PRICE_OR_STATUS = ("price_eur", "price_min_eur", "status")


def newest_listings(engine: Engine, conditions: Iterable[ColumnElement[bool]], limit: int) -> list[dict[str, Any]]:
    """The newest that fulfil the conditions, with `changed_at`: when price or status last changed on the market."""
    event = EventRow
    changed = (
        select(func.max(event.seen_at))
        .where(event.listing_id == ListingRow.id, event.cause == "market", event.field.in_(_PRICE_OR_STATUS))
        .scalar_subquery()
    )
    order = (ListingRow.first_seen_at.desc(), ListingRow.id.desc())
    query = select(*_facts(), changed.label("changed_at")).where(*conditions).order_by(*order).limit(limit)
    with connected(engine) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def coming_auctions(engine: Engine, conditions: Iterable[ColumnElement[bool]], limit: int) -> list[dict[str, Any]]:
    """Those of these listings whose auction ends today or later, the next first."""
    ends = ListingRow.auction_ends_at
    query = select(*_facts()).where(*conditions, ends >= func.date_trunc("day", func.now()))
    with connected(engine) as connection:
        return [dict(row) for row in connection.execute(query.order_by(ends, ListingRow.id).limit(limit)).mappings()]


def _facts() -> list[Any]:
    return [ListingRow.__table__.c[name] for name in _FACTS]

"""What saved searches found: events are taken from their queue, and what they mean for a search is kept.

Functions with a connection work in the caller's transaction: an event leaves the queue together with what it led to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, any_, exists, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlalchemy.sql import ColumnElement

from immobe.storage.alert_models import AlertMatchRow
from immobe.storage.faults import connected
from immobe.storage.models import ListingRow
from immobe.storage.property_models import PropertyListingRow

_match = AlertMatchRow
_LOCK = 78388
"""Any number that nobody else of this database locks: "query" on a telephone keypad."""
_TAKE = text("""
    WITH taken AS (
        DELETE FROM alert_events WHERE event_id IN (SELECT event_id FROM alert_events ORDER BY event_id LIMIT :most)
        RETURNING event_id, transaction_id
    )
    SELECT event.id, event.listing_id, event.field, event.old, event.new, event.cause, event.seen_at,
        event.recorded_at, taken.transaction_id,
        listings.scraped_at IS NOT NULL AND listings.stage = 'scraped' AS on_market,
        ARRAY(SELECT other.field FROM listing_events AS other
              WHERE other.listing_id = event.listing_id AND other.seen_at = event.seen_at
                AND other.cause = 'market') AS together
    FROM taken JOIN listing_events AS event ON event.id = taken.event_id
    JOIN listings ON listings.id = event.listing_id
    ORDER BY event.id
""")


class Event(NamedTuple):
    """One field of a listing took another value; see `EventRow`."""

    id: int
    listing_id: int
    field: str
    old: Any
    new: Any
    cause: str
    seen_at: datetime
    recorded_at: datetime
    transaction_id: int
    on_market: bool
    """The listing, now."""
    together: list[str]
    """Fields of the listing that the market changed at the same moment, this one included."""


class Found(NamedTuple):
    """What an event means for a search; see `AlertMatchRow`."""

    kind: str
    event: Event
    also_id: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Another advert of a dwelling: a search knows it, since it told it or the advert was there before the search."""

    listing_id: int
    is_gone: bool


def alone(connection: Connection) -> bool:
    """Whether nobody else is looking at events; until the end of the transaction nobody else will be."""
    found: bool = connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}).scalar_one()
    return found


def take_events(connection: Connection, most: int) -> list[Event]:
    """Takes the oldest events from the queue."""
    return [Event(*row) for row in connection.execute(_TAKE, {"most": most})]


def new_listings(connection: Connection, most: int) -> list[int]:
    """Listings whose first page is among the oldest events of the queue, which stay there."""
    query = text("""
        SELECT DISTINCT event.listing_id
        FROM (SELECT event_id FROM alert_events ORDER BY event_id LIMIT :most) AS queued
        JOIN listing_events AS event ON event.id = queued.event_id WHERE event.cause = 'first'
    """)
    return list(connection.scalars(query, {"most": most}))


def holding(connection: Connection, conditions: Iterable[ColumnElement[bool]], ids: Collection[int]) -> set[int]:
    """Those of these listings that fulfil the conditions."""
    if not ids:
        return set()
    query = select(ListingRow.id).where(ListingRow.id == any_(literal(list(ids))), *conditions)
    return set(connection.scalars(query))


def told(connection: Connection, search_id: int, ids: Collection[int]) -> set[int]:
    """Those of these listings that a search has found before as new, or as another advert of what it knew."""
    query = select(_match.listing_id).where(
        _match.search_id == search_id,
        _match.listing_id == any_(literal(list(ids))),
        or_(_match.kind.in_(("new", "also")), _match.also_id.is_not(None)),
    )
    return set(connection.scalars(query))


def known_adverts(
    connection: Connection,
    search_id: int,
    since: datetime,
    conditions: Iterable[ColumnElement[bool]],
    ids: Collection[int],
) -> dict[int, Known]:
    """{listing: the best known other advert of its dwelling} of these listings, for those that have one.

    `conditions` are the search's, of a row of `listings`. One that is still there is better than one that is gone.
    """
    if not ids:
        return {}
    mine, other = aliased(PropertyListingRow, name="mine"), aliased(PropertyListingRow, name="other")
    is_told = exists().where(_match.search_id == search_id, _match.listing_id == ListingRow.id)
    query = (
        select(mine.listing_id, ListingRow.id, ListingRow.stage == "gone")
        .select_from(mine)
        .join(other, (other.property_id == mine.property_id) & (other.listing_id != mine.listing_id))
        .join(ListingRow, ListingRow.id == other.listing_id)
        .where(mine.listing_id == any_(literal(list(ids))), or_(is_told, ListingRow.first_seen_at < since), *conditions)
        .order_by(mine.listing_id, (ListingRow.stage == "gone").desc(), ListingRow.id.desc())
    )
    return {row[0]: Known(row[1], row[2]) for row in connection.execute(query)}


def properties_of(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    """{listing: its property} for those of these that were matched."""
    row = PropertyListingRow
    query = select(row.listing_id, row.property_id).where(row.listing_id == any_(literal(list(ids))))
    return {listing: number for listing, number in connection.execute(query)}  # noqa: C416 - rows are no pairs


def keep(connection: Connection, search_id: int, found: Collection[Found]) -> None:
    """Adds what a search found; the same event of a listing is kept once."""
    if not found:
        return
    rows = [
        {"search_id": search_id, "listing_id": event.listing_id, "event_id": event.id, "kind": kind, "also_id": also,
         "field": event.field, "old": event.old, "new": event.new, "seen_at": event.seen_at}
        for kind, event, also in found
    ]  # fmt: skip
    unique = [_match.search_id, _match.listing_id, _match.event_id]
    connection.execute(insert(_match).on_conflict_do_nothing(index_elements=unique), rows)


_FACTS = (
    "platform", "platform_listing_id", "url", "transaction_type", "property_type", "price_eur", "price_kind",
    "price_min_eur", "bedroom_count", "living_area_m2", "land_area_m2", "epc_label", "postal_code", "locality", "stage",
    "gone_evidence",
)  # fmt: skip


def _telling() -> Any:
    """Matches with what their listing is now, and the platform of the advert that was known before."""
    before = aliased(ListingRow, name="before")
    facts = (ListingRow.__table__.c[name] for name in _FACTS)
    own = (_match.id, _match.kind, _match.field, _match.old, _match.new, _match.seen_at, _match.made_at)
    return (
        select(*own, *facts, before.platform.label("also_platform"))
        .join(ListingRow, ListingRow.id == _match.listing_id)
        .outerjoin(before, before.id == _match.also_id)
    )


def untold(connection: Connection, search_id: int) -> list[dict[str, Any]]:
    """What a search has still to tell, oldest first, with the listings' facts."""
    query = _telling().where(_match.search_id == search_id, _match.told_at.is_(None)).order_by(_match.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def mark_told(connection: Connection, ids: Collection[int], message_id: int | None) -> None:
    """These are told: in a message, or, without a channel, on the page alone."""
    values = {"told_at": func.now(), "message_id": message_id}
    connection.execute(update(_match).where(_match.id == any_(literal(list(ids)))).values(values))


def results(
    engine: Engine, search_id: int, *, since: datetime | None = None, limit: int = 50
) -> list[dict[str, Any]]:  # fmt: skip
    """What a search found (since a moment), the newest first, with the listings' facts. Raises ServiceError."""
    query = _telling().where(_match.search_id == search_id).order_by(_match.id.desc()).limit(limit)
    if since is not None:
        query = query.where(_match.made_at >= since)
    with connected(engine) as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def news_of(engine: Engine, user_id: int) -> dict[int, int]:
    """{search: how much it found since its results were last looked at}; none is missing. Raises ServiceError."""
    query = text("""
        SELECT search.id, count(found.id) FROM saved_searches AS search
        LEFT JOIN alert_matches AS found ON found.search_id = search.id AND found.made_at >= search.visited_at
        WHERE search.user_id = :user GROUP BY search.id
    """)
    with connected(engine) as connection:
        return {search: count for search, count in connection.execute(query, {"user": user_id})}  # noqa: C416 - likewise

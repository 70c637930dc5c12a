"""What tests of alerts share: adverts as pages of theirs leave them, a saved search, and what it found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, text, update

from immobe.alerts.composing import tell
from immobe.storage import alert_channels
from immobe.storage.access_models import UserRow
from immobe.storage.models import ListingRow
from immobe.storage.saved_searches import SavedSearch, Wish, add_search, search_by_id

HOUSE = {
    "transaction_type": "sale",
    "property_type": "house",
    "status": "available",
    "price_eur": 325_000,
    "price_kind": "asking",
    "bedroom_count": 3,
    "living_area_m2": 164,
    "postal_code": "9000",
    "locality": "Gent",
}
Told = list[tuple[str, str]]


def written(search: SavedSearch, found: list[dict[str, Any]]) -> tuple[str, str, str]:
    """A message that only says what was found: `kind platform:id` a line."""
    lines = [f"{one['kind']} {one['platform']}:{one['platform_listing_id']}" for one in found]
    return f"{search.name}: {len(found)}", "\n".join(lines), "<p></p>"


def put(
    connection: Connection, number: int | str, platform: str = "immoweb", *, seen: datetime | None = None, **facts: Any
) -> int:
    """A scraped advert; its number in `listings`."""
    seen = seen or datetime.now(UTC)
    row = {**HOUSE, "platform": platform, "platform_listing_id": str(number), "stage": "scraped", **facts}
    times = {"first_seen_at": seen, "last_seen_at": seen, "scraped_at": seen, "fetched_at": seen}
    row |= {"url": f"https://{platform}.example/{number}", "mapper_version": "1", **times}
    inserted: int = connection.execute(insert(ListingRow).values(row).returning(ListingRow.id)).scalar_one()
    return inserted


def change(connection: Connection, listing: int, **values: Any) -> None:
    """As a later page of the advert does."""
    later = {"scraped_at": ListingRow.scraped_at + timedelta(minutes=1)}
    connection.execute(update(ListingRow).where(ListingRow.id == listing).values(later | values))


def go(connection: Connection, listing: int) -> None:
    """As evidence does that the advert is gone."""
    gone = {"stage": "gone", "gone_at": datetime.now(UTC), "gone_evidence": "http_404", "status": "withdrawn"}
    connection.execute(update(ListingRow).where(ListingRow.id == listing).values(gone))


class Person:
    """An operator with a channel, who keeps searches."""

    def __init__(self, engine: Engine, name: str = "ada") -> None:
        self.engine = engine
        with engine.begin() as connection:
            values = {"name": name, "password_hash": "-"}
            self.id: int = connection.execute(insert(UserRow).values(values).returning(UserRow.id)).scalar_one()

    def channel(self, kind: str = "json", secret: bytes = b"-") -> int:
        return alert_channels.add_channel(self.engine, self.id, "a hook", kind, f"{kind}://…", secret)

    def keeps(self, terms: str = "", **wish: Any) -> SavedSearch:
        wish.setdefault("channel_ids", (self.channel(),))
        found = search_by_id(self.engine, add_search(self.engine, self.id, Wish(name="homes", terms=terms, **wish)))
        assert found is not None
        return found


def found(engine: Engine, search: SavedSearch) -> Told:
    """(kind, platform's id) of all that a search found, in order; events are looked at first."""
    tell(engine, written)
    query = """SELECT kind, platform_listing_id FROM alert_matches JOIN listings ON listings.id = listing_id
               WHERE search_id = :search ORDER BY alert_matches.id"""
    with engine.connect() as connection:
        return [(row[0], row[1]) for row in connection.execute(text(query), {"search": search.id})]

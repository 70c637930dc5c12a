"""A listing's history as people read it: what came at once in one entry, and the price over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from immobe.items import MarketStatus
from immobe.storage.history import Event
from immobe.storage.listing_pages import Advert
from immobe.watchtower.charts import Moment, Series
from immobe.watchtower.pages.listing_facts import Kind, kind_of


@dataclass(frozen=True, slots=True)
class Change:
    """One field, from `old` to `new`; `share` of a price: -0.05 is 5 % less."""

    field: str
    old: Any
    new: Any
    kind: Kind
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What was seen at one moment. `cause` as in `EventRow`; `published`: what the portal said before we met it."""

    seen_at: datetime
    cause: str
    changes: list[Change] = field(default_factory=list)


def timeline(row: Mapping[str, Any], events: Iterable[Event]) -> list[Entry]:
    """Latest first. That its status became `withdrawn` as it went is what we made of it: that is left out."""
    events = list(events)
    went = {event.seen_at for event in events if event.field == "listing" and event.new == "gone"}
    told = (event for event in events if not (event.new == MarketStatus.WITHDRAWN and event.seen_at in went))
    moments = groupby(told, key=lambda event: (event.seen_at, event.cause))
    entries = [Entry(seen_at, cause, [_change(event) for event in some]) for (seen_at, cause), some in moments]
    if row["published_at"] is not None and row["published_at"] < row["first_seen_at"]:
        entries.insert(0, Entry(row["published_at"], "published"))
    return entries[::-1]


def _change(event: Event) -> Change:
    old, new, kind = event.old, event.new, kind_of(event.field)
    if kind in ("day", "moment"):
        old, new = (value and datetime.fromisoformat(value) for value in (old, new))
    share = new / old - 1 if event.field == "price_eur" and old and new else None
    return Change(event.field, old, new, kind, share)


def price_changes(events: Iterable[Event]) -> list[tuple[datetime, Change]]:
    """Prices that the market changed, latest first: what we read anew is no change of a price."""
    changes = [(e.seen_at, _change(e)) for e in events if e.field == "price_eur" and e.cause == "market"]
    return changes[::-1]


def series_of(advert: Advert, steps: list[Moment], now: datetime, *, name: str) -> Series:
    """What one advert asked (`offers_of`), to when it went."""
    until = max(advert.ended_at or now, advert.first_seen_at)
    return Series(name, steps or [(advert.first_seen_at, None)], until, advert.ended_at is None)

"""Events of the market meet saved searches. One at a time: what a search told before decides what is new to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import structlog
from sqlalchemy import Connection, Engine

from immobe.alerts.kinds import PRICES, kind_of
from immobe.alerts.snapshots import saw
from immobe.items import Stage
from immobe.market.properties import match as match_properties
from immobe.storage import alert_matches
from immobe.storage.alert_matches import Event, Found, Known
from immobe.storage.faults import connected
from immobe.storage.saved_searches import SavedSearch, active_searches
from immobe.storage.search_terms import SearchTerms

_log = structlog.get_logger(__name__)
PORTION = 500
"""Events that are looked at in one transaction."""


def terms_of(search: SavedSearch) -> SearchTerms | None:
    """What it asks for; None when this version does not understand it (any more)."""
    try:
        return SearchTerms.from_query_string(search.terms)
    except ValueError:
        _log.warning("A saved search cannot be understood", search=search.id)
        return None


def match_dwellings(engine: Engine) -> None:
    """New listings that some search asks for learn which dwelling they are of, so that it is not told twice."""
    with connected(engine) as connection:
        ids = alert_matches.new_listings(connection, PORTION)
        wanted: set[int] = set()
        for search in active_searches(connection) if ids else []:
            terms = terms_of(search)
            if terms is not None:
                wanted |= alert_matches.holding(connection, terms.conditions(), ids)
    if wanted:
        match_properties(engine, among=wanted)


def match_portion(connection: Connection) -> int:
    """Takes the oldest events and keeps what they mean for each search, in the caller's transaction; how many.

    The caller alone may look at events: see `alert_matches.alone`.
    """
    events = alert_matches.take_events(connection, PORTION)
    for search in active_searches(connection) if events else []:
        terms = terms_of(search)
        if terms is not None:
            found = _Look(connection, search, terms).at([event for event in events if _hears(search, event)])
            alert_matches.keep(connection, search.id, found)
    return len(events)


def _hears(search: SavedSearch, event: Event) -> bool:
    """Whether it is news to the search: recorded since it began, or by a transaction that it could not see then."""
    return event.recorded_at >= search.since_at or not saw(search.since_snapshot, event.transaction_id)


class _Look:
    """One search looks at events."""

    def __init__(self, connection: Connection, search: SavedSearch, terms: SearchTerms) -> None:
        self._connection, self._search, self._terms = connection, search, terms
        # What became of an advert is told although it fits no longer: it is gone, or has another status.
        passing = {"status": None, "price_dropped": None, "back_on_market": None, "one_per_property": False}
        self._ever = terms.changed(**passing, stage=list(Stage)).conditions()
        self._met: dict[int, int] = {}

    def at(self, events: Sequence[Event]) -> list[Found]:
        """What they mean for it, oldest first."""
        search = self._search
        meanings = [(event, kind_of(event, search.price_drop_percent)) for event in events]
        self._fits = self._holding(self._terms.changed(one_per_property=False).conditions(), events)
        self._ever_fit = self._holding(self._ever, events)
        ids = self._fits
        self._told = alert_matches.told(self._connection, search.id, ids)
        self._known = alert_matches.known_adverts(self._connection, search.id, search.since_at, self._ever, ids)
        self._property = alert_matches.properties_of(self._connection, ids)
        return [found for event, kind in meanings for found in self._found(event, kind) if found.kind in search.kinds]

    def _holding(self, conditions: Sequence[object], events: Sequence[Event]) -> set[int]:
        ids = {event.listing_id for event in events}
        return alert_matches.holding(self._connection, conditions, ids)  # type: ignore[arg-type]

    def _found(self, event: Event, kind: str | None) -> Iterator[Found]:
        listing = event.listing_id
        if kind == "status":
            if listing in self._ever_fit:
                yield Found(kind, event)
        elif listing in self._fits:
            came_within = "new" in self._search.kinds and event.cause == "market" and self._came_within(event)
            if (kind == "new" or came_within) and listing not in self._told:
                yield self._new(event)
            elif kind not in (None, "new"):
                yield Found(str(kind), event)

    def _new(self, event: Event) -> Found:
        """Once: another advert of a dwelling that the search knows is no new dwelling."""
        listing = event.listing_id
        self._told.add(listing)
        known, dwelling = self._known.get(listing), self._property.get(listing)
        if dwelling is not None:
            met = self._met.setdefault(dwelling, listing)
            if known is None and met != listing:
                known = Known(met, is_gone=False)
        if known is None:
            return Found("new", event)
        return Found("back" if known.is_gone else "also", event, known.listing_id)

    def _came_within(self, event: Event) -> bool:
        """Whether its price was outside of the search's bounds before, so that it is new to it."""
        if event.field not in PRICES or event.old is None:
            return False
        low, high = self._terms.min_price_eur, self._terms.max_price_eur
        return (low is not None and event.old < low) or (high is not None and event.old > high)

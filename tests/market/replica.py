"""The replica's adverts with the home behind each: what a matcher is to find out, known beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from immobe.market.homes import FACTS, Home, home_of
from immobe.replica.market import MarketDay
from immobe.replica.portals import PORTALS
from immobe.replica.schedule import DAY_ZERO


def facts_of(day: MarketDay, platform: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """(index of the home, canonical facts) of each of the portal's adverts."""
    portal = PORTALS[platform](day, None)
    window = getattr(portal, "window", day)  # Immoweb shows the whole market
    return zip(window.present(), portal.truth(), strict=True)


def homes_of(day: MarketDay, platforms: tuple[str, ...] = tuple(PORTALS)) -> list[tuple[int, Home]]:
    """(index, advert) of all of these portals."""
    return [
        (index, home_of({name: facts.get(name) for name in FACTS} | {"id": number, "first_seen_at": DAY_ZERO}))
        for number, (index, facts) in enumerate(
            (pair for platform in platforms for pair in facts_of(day, platform)), start=1
        )
    ]

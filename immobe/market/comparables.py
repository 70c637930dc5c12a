"""Where a home's price per m² stands among comparable ones: close by, then ever farther, until there are enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from immobe.geo.neighbours import neighbours, same_canton
from immobe.items import Region
from immobe.storage.comparables import Area, Home, Standing, home_of, standing
from immobe.storage.faults import connected

ENOUGH = 10
"""Fewer comparables are no comparison."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A home among its comparables, or why there is none."""

    home: Home
    where: str | None = None
    """`municipality`, `canton`, `neighbours`, `province` or `region`: the first that has enough, else the widest."""
    standing: Standing | None = None
    refused: str | None = None
    """Why it cannot be compared at all."""

    @property
    def percentile(self) -> float | None:
        """In per cent; None when there are not enough comparables."""
        if self.standing is None or self.standing.spread.n < ENOUGH:
            return None
        return self.standing.percentile


def compare(
    engine: Engine, platform: str, platform_listing_id: str, *, now: datetime, window: timedelta
) -> Comparison | None:
    """The listing among homes of its transaction, type and bedrooms that were on the market within `window` before now.

    None when the listing is not known. Without a number of bedrooms it is compared with any. Raises ServiceError.
    """
    with connected(engine) as connection:
        home = home_of(connection, platform, platform_listing_id)
        if home is None:
            return None
        if home.why_not is not None:
            return Comparison(home, refused=home.why_not)
        found = Comparison(home, refused="an unknown place")
        for where, area in widening(home):
            among = standing(connection, home, area, home.bedroom_count, now - window)
            found = Comparison(home, where, among)
            if among.spread.n >= ENOUGH:
                break
        return found


def widening(home: Home) -> Iterator[tuple[str, Area]]:
    """Where to look, the closest first; never beyond the region, which has its own taxes and its own market."""
    if home.municipality_nis is not None:
        yield "municipality", Area((home.municipality_nis,))
        yield "canton", Area(same_canton(home.municipality_nis))
        yield "neighbours", Area(neighbours(home.municipality_nis))
    if home.province is not None:
        yield "province", Area(province=home.province)
    elif home.region == Region.BRUSSELS:  # which has no provinces
        yield "region", Area(region=home.region)

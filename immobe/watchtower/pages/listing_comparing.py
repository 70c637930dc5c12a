"""Where a home's price per m² stands among comparable ones, and how theirs are spread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine

from immobe.market.comparables import Comparison, compare, widening
from immobe.storage.comparables import others_m2_eur
from immobe.storage.faults import connected
from immobe.watchtower import charts
from immobe.watchtower.languages import N_

WHERES = {
    "municipality": N_("in the municipality"),
    "canton": N_("in the municipality and those of its canton"),
    "neighbours": N_("in the municipality and those of its canton and the cantons around"),
    "province": N_("in the province"),
    "region": N_("in the region"),
}
"""{`Comparison.where`: in words}."""
REFUSALS = (
    *(N_("its page was not read"), N_("neither a house nor a flat"), N_("a project, which has a range of prices")),
    *(N_("a life annuity"), N_("an auction"), N_('a "from" price'), N_("no price"), N_("no living area")),
    *(
        N_("an implausible living area"),
        N_("an implausible price"),
        N_("another kind of price"),
        N_("an unknown place"),
    ),
)
"""What `Comparison.refused` and `left_out` may say, for its translation."""


@dataclass(frozen=True, slots=True)
class Position:
    """The comparison; and how the others are spread, when they are enough."""

    comparison: Comparison
    chart: charts.Histogram | None


def position_of(engine: Engine, platform: str, listing_id: str, now: datetime, window: timedelta) -> Position | None:
    """A home among its comparables; None when it is not known. Raises ServiceError."""
    found = compare(engine, platform, listing_id, now=now, window=window)
    if found is None:
        return None
    if found.percentile is None or found.standing is None:
        return Position(found, None)
    home, spread = found.home, found.standing.spread
    area = dict(widening(home))[found.where or ""]
    with connected(engine) as connection:
        others = others_m2_eur(connection, home, area, home.bedroom_count, now - window)
    if home.price_eur is None or not home.living_area_m2 or spread.low_m2_eur is None or spread.high_m2_eur is None:
        return Position(found, None)
    mark, band = float(home.price_eur / home.living_area_m2), (spread.low_m2_eur, spread.high_m2_eur)
    return Position(found, charts.histogram(others, mark=mark, band=band))

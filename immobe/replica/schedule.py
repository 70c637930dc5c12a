"""When what happens to an advert: birth, price cuts, options, removal. Days count from the market's day 0.

Every function takes draws of its own key, so that one advert's fate never depends on another's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log

from immobe.replica.chance import Draws

DAY_ZERO = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""06:00 UTC of day 0. Fixed: the same day of the same market is the same on every date."""

REMOVED_A_DAY = 0.01
PROJECTS_REMOVED_A_DAY = 0.004
NEW_PRICE_DAYS = 14
_OPTION_PERIOD_DAYS, _OPTION_DAYS = 60, 20


def draw_lifetime_days(draws: Draws, rate: float = REMOVED_A_DAY) -> int:
    """Days until removal, at least 1, after which a share `rate` goes every day."""
    return 1 + int(log(1.0 - draws.unit()) / log(1.0 - rate))


def birth_day(index: int, listings: int) -> int:
    """The first day of a listing: 0 for the first `listings`, then a hundredth of that number a day.

    >>> [birth_day(index, 100) for index in (0, 99, 100, 101)]
    [0, 0, 1, 2]
    """
    return 0 if index < listings else -(-100 * (index - listings + 1) // listings)


def born_until(day: int, listings: int) -> int:
    """How many listings were born by a day, day 0's own included: the inverse of `birth_day`."""
    return listings + listings * day // 100


def published_day(index: int, listings: int) -> int:
    """The day in whose 24 hours it was published: a new listing of day 5 came after day 4's clock.

    Day 0's listings came over the hundred days before, the newest one last.

    >>> [published_day(index, 100) for index in (0, 99, 100, 101)]
    [-100, -1, 0, 1]
    """
    if index >= listings:
        return birth_day(index, listings) - 1
    return -1 - (listings - 1 - index) * 100 // listings


def created_at(published: int, draws: Draws) -> datetime:
    """A moment of that day, to the millisecond."""
    return DAY_ZERO + timedelta(days=published, milliseconds=draws.below(86_400_000))


@dataclass(frozen=True, slots=True)
class Fate:
    """What an advert goes through while it is on the portal."""

    cut_days: tuple[int, ...]
    """On these days the price falls; day 0 and before are past."""
    cut_factors: tuple[float, ...]
    option_phase: int | None
    """None: never under option."""

    def _cuts(self, day: int, published: int) -> list[tuple[int, float]]:
        """What was cut until a day. An advert published after a cut's day never knew the price before."""
        cuts = zip(self.cut_days, self.cut_factors, strict=True)
        return [(cut_day, factor) for cut_day, factor in cuts if published < cut_day <= day]

    def last_cut_day(self, day: int, published: int) -> int | None:
        return max((cut_day for cut_day, _ in self._cuts(day, published)), default=None)

    def price_factor(self, day: int, published: int) -> tuple[float, float | None]:
        """(factor on the first price, the factor before the last cut while that is news)"""
        factor, before = 1.0, None
        for cut_day, cut in self._cuts(day, published):
            before = factor if day - cut_day < NEW_PRICE_DAYS else None
            factor *= cut
        return factor, before

    def under_option_since(self, day: int, published: int) -> int | None:
        """The day the present option was taken, or None when it is free."""
        if self.option_phase is None:
            return None
        since = day - (day + self.option_phase) % _OPTION_PERIOD_DAYS
        return since if day - since < _OPTION_DAYS and since >= published else None


def draw_fate(draws: Draws) -> Fate:
    """A third of the adverts may be taken under option, a third get cheaper once or twice."""
    phase = draws.below(_OPTION_PERIOD_DAYS) if draws.chance(0.3) else None
    if not draws.chance(0.35):
        return Fate((), (), phase)
    first = draws.between(-45, 60)
    second = first + draws.between(25, 80)
    factors = (1 - draws.between(3, 9) / 100, 1 - draws.between(2, 6) / 100)
    return Fate((first, second), factors, phase)

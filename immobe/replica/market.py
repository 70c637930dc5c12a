"""The synthetic market: which adverts exist, and how they stand on a day.

An advert is known by its index. Indexes come in blocks of 24; a complete block may begin with a project, followed by
its available units. The first `listings` indexes are on the market on day 0; every later day adds a hundredth of that
number. Nothing is stored: whatever is asked about an advert is computed from (seed, listings, index).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from immobe.items import ListingKind
from immobe.replica import schedule
from immobe.replica.chance import Draws
from immobe.replica.core import Core, draw_project, draw_single, draw_unit

BLOCK = 24
MAX_UNITS = 12


class Market:
    """The unchanging part: every advert that is, was or will be on the market."""

    def __init__(self, seed: int, listings: int) -> None:
        self.seed = seed
        self.listings = listings
        self.core = lru_cache(maxsize=4096)(self.core_uncached)
        self.units_of_block = lru_cache(maxsize=65536)(self._units_of_block)

    def draws(self, subject: str, index: int) -> Draws:
        """Fresh draws about one subject of one advert."""
        return Draws(self.seed, subject, index)

    def block_start(self, index: int) -> int:
        start = 0 if index < self.listings else self.listings
        return index - (index - start) % BLOCK

    def _units_of_block(self, start: int) -> tuple[int, int]:
        """(available, sold) units of the project that the block begins with; (0, 0) when it begins with none."""
        if start < self.listings < start + BLOCK:
            return 0, 0
        draws = self.draws("block", start)
        if start and not draws.chance(0.4):
            return 0, 0
        units = draws.between(2, MAX_UNITS)
        available = draws.between(1, units)
        return available, units - available

    def kind(self, index: int) -> ListingKind:
        start = self.block_start(index)
        available, _ = self.units_of_block(start)
        if not available or index > start + available:
            return ListingKind.SINGLE
        return ListingKind.PROJECT if index == start else ListingKind.UNIT

    def project_of(self, index: int) -> int | None:
        """The index of the project that a unit belongs to."""
        return self.block_start(index) if self.kind(index) is ListingKind.UNIT else None

    def units_of(self, project: int) -> range:
        """The indexes of a project's units that were available at first."""
        return range(project + 1, project + 1 + self.units_of_block(project)[0])

    def core_uncached(self, index: int) -> Core:
        kind = self.kind(index)
        draws = self.draws("core", index)
        if kind is ListingKind.UNIT:
            return draw_unit(draws, self.core(self.block_start(index)))
        return draw_project(draws) if kind is ListingKind.PROJECT else draw_single(draws)

    def sold_unit(self, project: int, number: int) -> Core:
        """A unit that was sold before the project came on the market; it has no page."""
        return draw_unit(Draws(self.seed, "sold", project, number), self.core(project))

    def _dated(self, index: int) -> int:
        """The index that tells an advert's age: a project comes together with all its units, the last one included."""
        if self.kind(index) is ListingKind.SINGLE:
            return index
        start = self.block_start(index)
        return start + self.units_of_block(start)[0]

    def birth_day(self, index: int) -> int:
        """The first day with the advert."""
        return schedule.birth_day(self._dated(index), self.listings)

    def published_day(self, index: int) -> int:
        return schedule.published_day(self._dated(index), self.listings)

    def created_at(self, index: int) -> datetime:
        return schedule.created_at(self.published_day(index), self.draws("created", index))

    def removal_day(self, index: int) -> int:
        """The first day without the advert. A project goes with its last unit at the latest, and takes all along."""
        kind = self.kind(index)
        if kind is ListingKind.SINGLE:
            return self.birth_day(index) + self._lifetime(index)
        project = self.block_start(index)
        last_unit_sold = max(self._lifetime(unit) for unit in self.units_of(project))
        own = schedule.draw_lifetime_days(self.draws("life", project), schedule.PROJECTS_REMOVED_A_DAY)
        life = min(own, last_unit_sold)
        if kind is ListingKind.UNIT:
            life = min(life, self._lifetime(index))
        return self.birth_day(project) + life

    def _lifetime(self, index: int) -> int:
        return schedule.draw_lifetime_days(self.draws("life", index))


class MarketDay:
    """The market as it stands on one day."""

    def __init__(self, market: Market, day: int = 0) -> None:
        self.market = market
        self.day = day
        self._count: int | None = None

    def is_present(self, index: int) -> bool:
        if not 0 <= index < schedule.born_until(self.day, self.market.listings):
            return False
        return self.market.birth_day(index) <= self.day < self.market.removal_day(index)

    def was_removed(self, index: int) -> bool:
        if not 0 <= index < schedule.born_until(self.day, self.market.listings):
            return False
        return self.day >= self.market.removal_day(index)

    def present(self) -> Iterator[int]:
        """The index of every advert of the day, oldest first."""
        indexes = range(schedule.born_until(self.day, self.market.listings))
        return iter(indexes) if self.day == 0 else filter(self.is_present, indexes)

    @property
    def count(self) -> int:
        """How many adverts are on the market. Day 0 needs no counting."""
        if self.day == 0:
            return self.market.listings
        if self._count is None:
            self._count = sum(1 for _ in self.present())
        return self._count

"""Ids that grow with an advert's age, with gaps, as portals give them."""

from __future__ import annotations

from dataclasses import dataclass

from immobe.replica.market import Market


@dataclass(frozen=True, slots=True)
class Numbering:
    """A portal's numbers: `first`, then one about every `stride`."""

    first: int
    stride: int

    def number(self, market: Market, index: int) -> int:
        """The number of the advert.

        >>> Numbering(100, 7).index(Market(1, 10), Numbering(100, 7).number(Market(1, 10), 5))
        5
        """
        return self.first + self.stride * index + (market.seed * 31 + index * index) % (self.stride - 1)

    def index(self, market: Market, number: int) -> int | None:
        """The advert behind a number, or None when no advert ever bears it."""
        index = (number - self.first) // self.stride
        return index if index >= 0 and self.number(market, index) == number else None

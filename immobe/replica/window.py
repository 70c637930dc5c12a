"""What one portal shows of the market: a part of its adverts, each with small differences of that portal's own.

Sellers advertise on several portals, not all on all; they write a price or an area anew each time, and hide an address
here that they tell there. So one home appears on several portals, nearly the same: what a matcher must see through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from immobe.items import ListingKind, SaleMethod, TransactionType
from immobe.replica.address import HIDDEN, Address
from immobe.replica.advert import Advert, advert_on
from immobe.replica.building import Building
from immobe.replica.chance import Draws
from immobe.replica.market import Market, MarketDay
from immobe.replica.numbering import Numbering

_PRICE_DIFFERS, _AREA_DIFFERS, _ADDRESS_HIDDEN, _NUMBER_LEFT_OUT = 0.04, 0.08, 0.08, 0.05


def _any(market: Market, index: int) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Assortment:
    """What a portal takes: `share` of the adverts that fit."""

    platform: str
    share: float = 1.0
    fits: Callable[[Market, int], bool] = _any
    has_projects: bool = True
    """False: the portal knows no projects, and shows their units like any other home."""
    differs: bool = True
    """False: it shows every advert exactly as the market knows it."""


class Window:
    """One portal's adverts on one day."""

    def __init__(self, day: MarketDay, assortment: Assortment) -> None:
        self.market_day, self.market, self.day = day, day.market, day.day
        self.assortment = assortment
        self._count: int | None = None

    def takes(self, index: int) -> bool:
        """Whether the advert is one of this portal's, on whatever day."""
        kind = self.market.kind(index)
        if kind is ListingKind.PROJECT and not self.assortment.has_projects:
            return False
        if kind is ListingKind.UNIT and self.assortment.has_projects:
            index = self.market.block_start(index)
        if not self.assortment.fits(self.market, index):
            return False
        return self.assortment.share >= 1 or self._draws("taken", index).chance(self.assortment.share)

    def is_present(self, index: int) -> bool:
        return self.market_day.is_present(index) and self.takes(index)

    def was_removed(self, index: int) -> bool:
        return self.market_day.was_removed(index) and self.takes(index)

    def behind(self, numbering: Numbering, digits: str) -> int | None:
        """The advert that bears this number in an address, or None when the portal does not show it."""
        index = numbering.index(self.market, int(digits[:12]))
        return index if index is not None and self.is_present(index) else None

    def present(self) -> Iterator[int]:
        """The index of every advert that the portal shows, oldest first."""
        return filter(self.takes, self.market_day.present())

    @property
    def count(self) -> int:
        """How many listings the portal has."""
        if self._count is None:
            takes_all = self.assortment.share >= 1 and self.assortment.fits is _any and self.assortment.has_projects
            self._count = self.market_day.count if takes_all else sum(1 for _ in self.present())
        return self._count

    def kind(self, index: int) -> ListingKind:
        """What the advert is on this portal."""
        return self.market.kind(index) if self.assortment.has_projects else ListingKind.SINGLE

    def price_difference(self, index: int) -> int:
        """Euro that the portal's price lies above the market's."""
        core = self.market.core(index)
        plain = core.transaction is TransactionType.SALE and core.sale_method is SaleMethod.PRIVATE_TREATY
        if not self.assortment.differs or core.listing_kind is not ListingKind.SINGLE or not plain:
            return 0
        draws = self._draws("price", index)
        return 1000 * draws.between(1, 3) if draws.chance(_PRICE_DIFFERS) else 0

    def advert(self, index: int) -> Advert:
        """The advert as this portal shows it."""
        advert = advert_on(self.market_day, index)
        if not self.assortment.has_projects:
            core = advert.core._replace(listing_kind=ListingKind.SINGLE)
            advert = replace(advert, core=core, project=None)
        return self._with_differences(advert) if self.assortment.differs else advert

    def _with_differences(self, advert: Advert) -> Advert:
        draws = self._draws("differences", advert.index)
        more = self.price_difference(advert.index)
        price = advert.price
        if more and price.main is not None:
            before = None if price.previous is None else price.previous + more
            price = replace(price, main=price.main + more, previous=before)
        earlier = timedelta(minutes=draws.below(36 * 60))
        return replace(
            advert,
            price=price,
            address=_address(draws, advert.address),
            building=_building(draws, advert.building),
            created_at=advert.created_at - earlier,
        )

    def _draws(self, subject: str, index: int) -> Draws:
        return self.market.draws(f"{self.assortment.platform}:{subject}", index)


def _address(draws: Draws, address: Address) -> Address:
    hides, leaves_out = draws.chance(_ADDRESS_HIDDEN), draws.chance(_NUMBER_LEFT_OUT)
    if hides:
        return HIDDEN
    return replace(address, house_number=None, box=None) if leaves_out and address.house_number else address


def _building(draws: Draws, building: Building) -> Building:
    difference = draws.pick((-2, -1, 1, 2, 3)) if draws.chance(_AREA_DIFFERS) else 0
    area = building.living_area_m2
    return replace(building, living_area_m2=area + difference) if area and area > 20 and difference else building

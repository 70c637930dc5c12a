"""One advert as it stands on one day: the whole truth, which every portal renders in its own format."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from immobe.items import ListingKind, MarketStatus
from immobe.replica.address import Address, draw_address
from immobe.replica.building import Building, draw_building
from immobe.replica.core import Core
from immobe.replica.energy import Energy, draw_energy
from immobe.replica.market import MarketDay
from immobe.replica.prices import Price, draw_price
from immobe.replica.schedule import DAY_ZERO, draw_fate
from immobe.replica.sellers import Seller, draw_seller
from immobe.replica.texts import draw_descriptions, draw_languages, draw_title

NEW_FOR_DAYS = 30


@dataclass(frozen=True, slots=True)
class Unit:
    """One home of a project, as the project's page lists it."""

    index: int | None
    """None: sold before the project was published, never had a page."""
    number: int
    """1 for the first unit after the project."""
    is_available: bool
    core: Core
    floor: int | None
    price: int | None
    """None when sold."""


@dataclass(frozen=True, slots=True)
class Advert:
    index: int
    core: Core
    project: int | None
    """Index of the project that a unit belongs to."""
    units: tuple[Unit, ...]
    seller: Seller
    address: Address
    building: Building
    energy: Energy
    price: Price
    status: MarketStatus
    languages: tuple[str, ...]
    title: str | None
    descriptions: dict[str, str]
    external_reference: str | None
    created_at: datetime
    modified_at: datetime
    is_new: bool

    @property
    def sold_percent(self) -> int:
        sold = sum(1 for unit in self.units if not unit.is_available)
        return 100 * sold // len(self.units) if self.units else 0


def advert_on(day: MarketDay, index: int) -> Advert:
    """The advert of an index that is present on that day."""
    market, core = day.market, day.market.core(index)
    draws, published = market.draws, market.published_day(index)
    is_project, home = core.listing_kind is ListingKind.PROJECT, market.project_of(index)
    units = units_on(day, index) if is_project else ()
    fate = draw_fate(draws("fate", index))
    option_since = None if is_project else fate.under_option_since(day.day, published)
    seller = draw_seller(draws("seller", index if home is None else home), core)
    building = draw_building(draws("building", index), core)
    text_draws = draws("text", index)
    languages = draw_languages(text_draws, core)
    created = market.created_at(index)
    return Advert(
        index=index,
        core=core,
        project=home,
        units=units,
        seller=seller,
        address=_address(day, index, home),
        building=building,
        energy=draw_energy(draws("energy", index), core, building.condition),
        price=_range(units) if is_project else draw_price(draws("price", index), core, fate, day.day, published),
        status=MarketStatus.AVAILABLE if option_since is None else MarketStatus.UNDER_OPTION,
        languages=languages,
        title=draw_title(text_draws, core, languages[0]),
        descriptions=draw_descriptions(text_draws, core, languages, seller),
        external_reference=text_draws.maybe(0.87, f"REP-{text_draws.below(10_000_000):07d}"),
        created_at=created,
        modified_at=_modified_at(created, fate.last_cut_day(day.day, published), option_since),
        is_new=day.day - published <= NEW_FOR_DAYS,
    )


def _address(day: MarketDay, index: int, project: int | None) -> Address:
    """A unit has its project's address, and a box of its own."""
    market = day.market
    if project is None:
        return draw_address(market.draws("address", index), market.core(index))
    shared = draw_address(market.draws("address", project), market.core(project))
    return replace(shared, box=None if shared.street is None else str(index - project))


def _modified_at(created: datetime, *event_days: int | None) -> datetime:
    """The last event, at noon; or some hours after publication."""
    events = [DAY_ZERO + timedelta(days=day, hours=6) for day in event_days if day is not None]
    return max([created + timedelta(minutes=17), *events])


def units_on(day: MarketDay, project: int) -> tuple[Unit, ...]:
    """Every unit of a project, those with a page first."""
    market = day.market
    found = []
    for number, index in enumerate(market.units_of(project), start=1):
        core, present = market.core(index), day.is_present(index)
        found.append(Unit(index, number, present, core, _floor(day, index), _price(day, index) if present else None))
    first_sold = len(found) + 1
    sold = market.units_of_block(project)[1]
    gone = (
        Unit(None, number, False, market.sold_unit(project, number), None, None)
        for number in range(first_sold, first_sold + sold)
    )
    return (*found, *gone)


def _floor(day: MarketDay, index: int) -> int | None:
    return draw_building(day.market.draws("building", index), day.market.core(index)).floor


def _price(day: MarketDay, index: int) -> int | None:
    market = day.market
    fate = draw_fate(market.draws("fate", index))
    published = market.published_day(index)
    return draw_price(market.draws("price", index), market.core(index), fate, day.day, published).main


def _range(units: tuple[Unit, ...]) -> Price:
    prices = [unit.price for unit in units if unit.price is not None]
    return Price(None, None, lowest=min(prices), highest=max(prices))

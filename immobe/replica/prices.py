"""What the advert asks, on a given day."""

from __future__ import annotations

from dataclasses import dataclass

from immobe.items import ListingKind, PriceKind, SaleMethod, TransactionType
from immobe.replica.chance import Draws
from immobe.replica.core import Core
from immobe.replica.schedule import Fate


@dataclass(frozen=True, slots=True)
class Price:
    """Euro. `main` is what a buyer or tenant reads first; None when it is a range, an annuity or on request."""

    kind: PriceKind | None
    """None for a project (a range) and for a life annuity."""
    main: int | None
    previous: int | None = None
    """Before the last cut, while that is news."""
    monthly_charges: int | None = None
    annuity_lump_sum: int | None = None
    annuity_monthly: int | None = None
    lowest: int | None = None
    highest: int | None = None
    states_starting_price: bool | None = None
    """The portal's flag "make an offer from", which most adverts leave open."""


def searchable_price(core: Core, factor: float) -> int | None:
    """What a price filter compares with; None is never within any bounds. `factor` is what price cuts left."""
    if core.is_on_request:
        return None
    price = _rounded(core, core.first_price_eur * factor)
    return lump_sum(price) if core.sale_method is SaleMethod.LIFE_ANNUITY else price


def lump_sum(worth: int) -> int:
    return 500 * round(worth * 0.2 / 500)


def _rounded(core: Core, price: float) -> int:
    if core.transaction is TransactionType.RENT:
        return 5 * round(price / 5)
    return 500 * round(price / 500)


def draw_price(draws: Draws, core: Core, fate: Fate, day: int, published: int) -> Price:
    """The price of anything but a project."""
    factor, factor_before = fate.price_factor(day, published)
    price = _rounded(core, core.first_price_eur * factor)
    previous = None if factor_before is None else _rounded(core, core.first_price_eur * factor_before)
    if previous == price:
        previous = None
    if core.transaction is TransactionType.RENT:
        charges = draws.maybe(0.75, 5 * draws.between(2, 50))
        if core.is_on_request:
            return Price(PriceKind.ON_REQUEST, None)
        return Price(PriceKind.MONTHLY_RENT, price, previous, charges)
    return _draw_sale_price(draws, core, price, previous)


def _draw_sale_price(draws: Draws, core: Core, price: int, previous: int | None) -> Price:
    if core.is_on_request:
        return Price(PriceKind.ON_REQUEST, None)
    if core.sale_method is SaleMethod.PUBLIC_AUCTION:
        return Price(PriceKind.STARTING_BID, price)
    if core.sale_method is SaleMethod.LIFE_ANNUITY:
        lot, monthly = draws.unit(), 5 * round(price * 0.003 / 5)
        lump = lump_sum(price) if lot < 0.85 else None
        return Price(None, None, annuity_lump_sum=lump, annuity_monthly=monthly if lot < 0.7 or lump is None else None)
    starting = (
        None
        if core.listing_kind is ListingKind.UNIT
        else draws.pick((None, None, None, None, False, False, False, True))
    )
    return Price(PriceKind.FROM if starting else PriceKind.ASKING, price, previous, states_starting_price=starting)

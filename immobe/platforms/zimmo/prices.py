"""Price, former price and status of a Zimmo advert: a word may stand in the place of the price."""

from __future__ import annotations

import re

from immobe.items import ListingKind, MarketStatus, PriceKind, SaleMethod, TransactionType
from immobe.mapping import price_text, vocabulary
from immobe.mapping.convert import known, readable
from immobe.mapping.mapper import Draft
from immobe.mapping.vocabulary import word_to
from immobe.platforms.zimmo import estate
from immobe.platforms.zimmo.reading import STATUS_PREFIX, word

_STATUS = word_to(vocabulary.STATUS)


def price(draft: Draft) -> None:
    """A page's price is a text; the objects have a number, and none when it is on request."""
    stated = word(draft, "labels.price")
    if draft.values.get("listing_kind") is ListingKind.PROJECT:
        _project_prices(draft, stated)
    elif stated is not None:
        if readable(_STATUS, stated) is None:
            price_text.price(draft, stated)
    elif "prijs" in draft.payload or "estate" in draft.payload:
        _price_of_an_object(draft)
    if draft.values.get("price_eur") is not None and draft.values.get("sale_method") is SaleMethod.PUBLIC_AUCTION:
        draft.values["price_kind"] = PriceKind.STARTING_BID
    if draft.values.get("transaction_type") is TransactionType.RENT:
        draft.read("monthly_charges_eur", known, "labels.monthly_charges", "estate.commonCost.money.value")
    estate.previous_price(draft)
    if draft.values.get("price_kind") is PriceKind.ON_REQUEST:
        draft.values.pop("previous_price_eur", None)
    if "transaction_type" not in draft.values and draft.values.get("price_kind") is PriceKind.ASKING:
        del draft.values["price_kind"]  # it may be a rent


def _price_of_an_object(draft: Draft) -> None:
    rent = draft.values.get("transaction_type") is TransactionType.RENT
    if draft.read("price_eur", known, "prijs", "estate.price.value") is not None:
        draft.values["price_kind"] = PriceKind.MONTHLY_RENT if rent else PriceKind.ASKING
    elif "price_eur" not in draft.missing:
        draft.values["price_kind"] = PriceKind.ON_REQUEST


def _project_prices(draft: Draft, stated: str | None) -> None:
    """The cheapest unit is stated; the dearest is among the units that are still for sale."""
    amounts = re.findall(r"€\s*([\d.]+)", stated or "")
    low = draft.put("price_min_eur", known, amounts[0]) if amounts else None
    if low is None and "estate" in draft.payload:
        low = draft.read("price_min_eur", known, "estate.price.value")
    elif low is None:
        low = draft.read("price_min_eur", known, "prijs")
    units = [amount for unit in _units(draft) if (amount := readable(known, unit.get("price"))) is not None]
    if len(amounts) > 1:
        draft.put("price_max_eur", known, amounts[-1])
    elif units:
        draft.values["price_max_eur"] = max(units)
        draft.values.setdefault("price_min_eur", min(units))
    draft.values["price_kind"] = PriceKind.FROM if "price_min_eur" in draft.values else PriceKind.ON_REQUEST


def _units(draft: Draft) -> list[dict[str, object]]:
    found = draft.find("units")
    return [u for u in found if isinstance(u, dict) and u.get("is_sold") is not True] if isinstance(found, list) else []


def status(draft: Draft) -> None:
    """What a sticker or the place of the price says; an advert that is offered without such a word is available."""
    words = [word(draft, at) for at in ("sticker", "labels.price", "status")]
    told = [found for text in words if text and (found := readable(_STATUS, text.removeprefix(STATUS_PREFIX)))]
    if told:
        draft.values["status"] = told[0]
    elif "transaction_type" in draft.values:
        draft.values.setdefault("status", MarketStatus.AVAILABLE)

"""A price as a page writes it for people: an amount, a floor, or the words that stand in its place."""

from __future__ import annotations

import re

from immobe.items import NOT_PARSED, PriceKind, SaleMethod, TransactionType
from immobe.mapping.convert import known, readable
from immobe.mapping.mapper import Draft, as_found

# Words that portals show in place of a price, in the four languages; "o.t.k." is "overeen te komen", to be agreed.
_ON_REQUEST = re.compile(
    r"sur\s+demande|[àa]\s+convenir|op\s+aanvraag|o\.?\s?t\.?\s?k\b|on\s+request|auf\s+anfrage|nach\s+vereinbarung"
    r"|zie\s+omschrijving|voir\s+(?:la\s+)?description|see\s+description",
    re.IGNORECASE,
)
_FLOOR = re.compile(r"[àa]\s+partir\s+de|\b[àa]pd\b|\bd[èe]s\b|\bvanaf\b|\bfrom\b|\bab\b|faire\s+offre", re.IGNORECASE)
_ANNUITY = re.compile(r"\bviag[eè]re?\b|\blijfrente\b|life\s+annuity|\bleibrente\b|\bbouquet\b", re.IGNORECASE)
# Not a monthly figure: an area's price, or a yearly rent.
_ANOTHER_UNIT = re.compile(
    r"/\s*m(?:²|2)|par\s+m(?:²|2)|/\s*(?:an|jaar|year|jahr)\b|par\s+an\b|per\s+(?:jaar|year)", re.IGNORECASE
)


def sale_method(draft: Draft, *texts: object) -> None:
    """A life annuity when one of the texts says so; else a sale by private treaty. Nothing for rent."""
    if draft.values.get("transaction_type") is TransactionType.SALE:
        annuity = any(isinstance(text, str) and _ANNUITY.search(text) for text in texts)
        draft.values["sale_method"] = SaleMethod.LIFE_ANNUITY if annuity else SaleMethod.PRIVATE_TREATY


def price(draft: Draft, found: object) -> None:
    """Sets `price_eur` and `price_kind` from the text; needs `transaction_type` and `sale_method` set before.

    The figure of a life annuity is its bouquet or its rent, which the text alone does not tell: it is kept as found.
    """
    if not isinstance(found, str):
        return
    if _ON_REQUEST.search(found):
        draft.values["price_kind"], draft.raw["price_eur"] = PriceKind.ON_REQUEST, as_found(found)
    elif draft.values.get("sale_method") is SaleMethod.LIFE_ANNUITY:
        draft.raw["price_eur"] = as_found(found)
    elif _ANOTHER_UNIT.search(found):
        draft.missing["price_eur"], draft.raw["price_eur"] = NOT_PARSED, as_found(found)
    elif draft.put("price_eur", known, found) is not None:
        draft.values["price_kind"] = _kind(draft, found)


def _kind(draft: Draft, found: str) -> PriceKind:
    if draft.values.get("transaction_type") is TransactionType.RENT:
        return PriceKind.MONTHLY_RENT
    return PriceKind.FROM if _FLOOR.search(found) else PriceKind.ASKING


def states_a_price(text: str) -> bool:
    """Whether a text is a price, or stands in its place.

    >>> states_a_price("€ 559.000,00"), states_a_price("Prijs o.t.k."), states_a_price("3 slaapkamers")
    (True, True, False)
    """
    has_currency = "€" in text or "EUR" in text.upper()
    return bool(_ON_REQUEST.search(text)) or (has_currency and readable(known, text) is not None)

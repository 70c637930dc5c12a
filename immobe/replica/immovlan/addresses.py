"""References and addresses of Immovlan: which advert has which, and under which URL it is found."""

from __future__ import annotations

import re
from functools import cache

from immobe.items import ListingKind, SaleMethod, TransactionType
from immobe.replica.immovlan.words import FOR_RENT, FOR_SALE, LANGUAGES, PUBLIC_SALE, Words, kind_of
from immobe.replica.immoweb.words import slug
from immobe.replica.market import Market
from immobe.replica.numbering import Numbering
from immobe.replica.places import places

HOST = "immovlan.be"
ROOT = f"https://{HOST}"
_NUMBERING = Numbering(300_003, 7)
_HUNDRED_THOUSAND = 100_000
_REFERENCE = re.compile(r"vb([a-z])(\d{5})", re.IGNORECASE)
_PROJECT = re.compile(r"(\d{7})-(\d{7})")
_FIRST, _SECOND = 1_000_000, 7_000_000


def reference(market: Market, index: int) -> str:
    """Three letters and five digits; of a project, two numbers.

    >>> reference(Market(1, 100), 50), index_of(Market(1, 100), "VBD00358")
    ('vbd00358', 50)
    """
    number = _NUMBERING.number(market, index)
    if market.kind(index) is ListingKind.PROJECT:
        return f"{_FIRST + number}-{_SECOND + number}"
    return f"vb{chr(ord('a') + number // _HUNDRED_THOUSAND)}{number % _HUNDRED_THOUSAND:05d}"


def index_of(market: Market, text: str) -> int | None:
    """The advert behind a reference, or None when none ever bears it."""
    single, project = _REFERENCE.fullmatch(text), _PROJECT.fullmatch(text)
    if single:
        number = (ord(single[1].lower()) - ord("a")) * _HUNDRED_THOUSAND + int(single[2])
    elif project:
        number = int(project[1]) - _FIRST
    else:
        return None
    index = _NUMBERING.index(market, number)
    return index if index is not None and reference(market, index) == text.lower() else None


def listing_path(market: Market, index: int, language: str) -> str:
    core, at = market.core(index), LANGUAGES.index(language)
    if core.listing_kind is ListingKind.PROJECT:
        return f"/{language}/projectdetail/{reference(market, index)}"
    kind = kind_of(core.kind.property_type, core.kind.subtype).slugs[at]
    transaction = transaction_words(core.transaction, core.sale_method)[at]
    place = f"{core.place.postal_code}/{slug(core.place.locality)}"
    return f"/{language}/detail/{kind}/{transaction}/{place}/{reference(market, index)}"


def transaction_words(transaction: TransactionType, method: SaleMethod | None) -> Words:
    if transaction is TransactionType.RENT:
        return FOR_RENT
    return PUBLIC_SALE if method is SaleMethod.PUBLIC_AUCTION else FOR_SALE


def listing_url(market: Market, index: int, language: str) -> str:
    return ROOT + listing_path(market, index, language)


@cache
def town_slugs() -> dict[str, str]:
    """{postal code: the portal's word for it}, as in `9000-gent`."""
    found: dict[str, str] = {}
    for place in places():
        found.setdefault(place.postal_code, f"{place.postal_code}-{slug(place.locality)}")
    return found

"""Ids and addresses of Immoweb: which advert has which id, and under which URL it is found."""

from __future__ import annotations

from immobe.items import ListingKind
from immobe.replica.core import Core
from immobe.replica.immoweb.words import LISTING_WORDS, PROJECT_SLUGS, TRANSACTION_SLUGS, slug, subtype_code
from immobe.replica.market import Market
from immobe.replica.numbering import Numbering
from immobe.replica.texts import noun

HOST = "www.immoweb.be"
ROOT = f"https://{HOST}"
_NUMBERING = Numbering(20_000_003, 7)
listing_id = _NUMBERING.number
index_of = _NUMBERING.index


def sold_unit_id(market: Market, project: int, number: int) -> int:
    """The id of a unit that has no page: one that falls in the gap behind an advert's id."""
    return listing_id(market, project + number) + 1


def kind_slug(core: Core, language: str) -> str:
    if core.listing_kind is ListingKind.PROJECT:
        return PROJECT_SLUGS[core.kind.property_type][language]
    if language == "en":
        return subtype_code(core.kind.subtype).lower().replace("_", "-")
    return slug(noun(core, language))


def listing_path(market: Market, index: int, language: str) -> str:
    """The path of a listing page, with the words of the language."""
    core = market.core(index)
    word, transaction = LISTING_WORDS[language], TRANSACTION_SLUGS[core.transaction][language]
    place = f"{slug(core.place.locality)}/{core.place.postal_code}"
    return f"/{language}/{word}/{kind_slug(core, language)}/{transaction}/{place}/{listing_id(market, index)}"


def listing_url(market: Market, index: int, language: str) -> str:
    return ROOT + listing_path(market, index, language)

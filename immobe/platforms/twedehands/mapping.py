"""What the object made of a page means: the page's own `listing` for the most part, prices in cents."""

from __future__ import annotations

import re

from immobe.items import NOT_PARSED, MarketStatus, PriceKind, TransactionType
from immobe.mapping import address_text, belgian, price_text, vocabulary
from immobe.mapping.convert import area, clean, count, image_urls, readable, timestamp
from immobe.mapping.mapper import Draft, PlatformMapping, as_found, field_at
from immobe.platforms import labelled

_RENT = re.compile(r"te-huur|a-louer")
_SALE = re.compile(r"te-koop|a-vendre")
_ROOMS = re.compile(r"\d{1,2}\s*(?:kamers?|chambres?)", re.IGNORECASE)
_SIZE = re.compile(r"\d[\d.]*\s*m(?:²|2)", re.IGNORECASE)
# Codes of `priceType`; what is neither a price nor a word for "ask" leaves the price unknown.
_ASK = ("SEE_DESCRIPTION", "NOTK", "ON_REQUEST", "RESERVED", "EXCHANGE")
_BIDS = ("MIN_BID", "FAST_BID")
_FREE = re.compile(r"gratis|gratuit", re.IGNORECASE)


def _transaction(draft: Draft) -> None:
    category = str(draft.find("category") or "")
    if _RENT.search(category):
        draft.values["transaction_type"] = TransactionType.RENT
    elif _SALE.search(category):
        draft.values["transaction_type"] = TransactionType.SALE


def _kind(draft: Draft) -> None:
    """The kind that the picture's title ends with, else what the words of the advert's own title agree on."""
    facts = _texts_in(draft.find("facts"))
    words = re.findall(r"[\w-]+", str(draft.find("title") or ""))
    for candidates in (facts[-1:], words):
        kinds = {word: kind for word in candidates if (kind := readable(vocabulary.type_of_word, word))}
        if len(set(kinds.values())) == 1:
            draft.values["property_type"] = next(iter(kinds.values()))
            subtypes = {found for word in kinds if (found := vocabulary.subtype_of_word(word))}
            if len(subtypes) == 1:
                draft.values["property_subtype"] = subtypes.pop()
            return


def _texts_in(found: object) -> list[str]:
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []


def _facts(draft: Draft) -> None:
    """Rooms and area in the picture's title: "…, 1000 tot 1500 m², 82 m², 5 kamers, Hoekwoning"."""
    facts = _texts_in(draft.find("facts"))
    rooms = next((fact for fact in facts if _ROOMS.fullmatch(fact)), None)
    size = next((fact for fact in facts if _SIZE.fullmatch(fact)), None)
    if rooms:
        draft.put("room_count", count, rooms)
    if size:
        draft.put("living_area_m2", area, size)


def _price(draft: Draft) -> None:
    """By the object's cents where there is an object, else by the text of the card."""
    price_text.sale_method(draft, draft.find("title"))
    cents, kind, shown = draft.find("priceInfo.priceCents"), draft.find("priceInfo.priceType"), draft.find("price")
    if kind is None:
        if isinstance(shown, str) and not _FREE.search(shown):
            price_text.price(draft, shown)
    elif kind in _ASK:
        draft.values["price_kind"], draft.raw["price_eur"] = PriceKind.ON_REQUEST, as_found(kind)
    elif kind in ("FIXED", *_BIDS) and isinstance(cents, int) and cents > 0:
        price_text.price(draft, f"{'vanaf ' if kind in _BIDS else ''}{cents // 100},{cents % 100:02d}")
        draft.raw["price_eur"] = f"{cents} cents"
    elif kind != "FREE":
        draft.missing["price_eur"], draft.raw["price_eur"] = NOT_PARSED, as_found(f"{as_found(kind)} {as_found(cents)}")


def _status(draft: Draft) -> None:
    kind = draft.find("priceInfo.priceType")
    if kind is not None:
        draft.values["status"] = MarketStatus.UNDER_OPTION if kind == "RESERVED" else MarketStatus.AVAILABLE


def _place(draft: Draft) -> None:
    place = draft.find("seller.location.cityName", "place")
    if isinstance(place, str):
        draft.values |= {"locality": clean(place.partition("+")[0])[:100], **address_text.parts(place)}
    belgian.must_be_in_belgium(draft, draft.find("seller.location.countryName"))
    belgian.place(draft)


FIELDS = (
    field_at("language", belgian.language, "language"),
    field_at("image_urls", image_urls, "images"),
    field_at("published_at", timestamp, "stats.since"),
)
DERIVE = (_transaction, _kind, _facts, _price, _status, _place, labelled.texts)
MAPPING = PlatformMapping("twedehands-1", FIELDS, DERIVE, branches=("priceInfo", "seller.location"))

"""What the object made of a page means: its labels, and what stands beside them."""

from __future__ import annotations

import re

from immobe.items import ListingKind, TransactionType
from immobe.mapping import address_text, belgian, price_text, vocabulary
from immobe.mapping.convert import decimal, image_urls, known, text
from immobe.mapping.mapper import Draft, PlatformMapping, field_at
from immobe.platforms import labelled

PROJECT = "NEWBUILD_PROJECT"
_RENT = re.compile(r"\brent\b|\blouer\b|\blouée?\b|\bhuur\b|\bmieten\b", re.IGNORECASE)
_SALE = re.compile(r"\bsale\b|\bvendre\b|\bkoop\b|\bkaufen\b", re.IGNORECASE)


def _transaction(draft: Draft) -> None:
    said = str(draft.find("offer") or "")
    if draft.find("way") == "RENT" or _RENT.search(said):
        draft.values["transaction_type"] = TransactionType.RENT
    elif draft.find("way") == "SALE" or _SALE.search(said):
        draft.values["transaction_type"] = TransactionType.SALE


def _price(draft: Draft) -> None:
    found = draft.find("price")
    price_text.sale_method(draft, draft.find("offer"), found)
    if draft.find("type") == PROJECT:
        draft.values["listing_kind"] = ListingKind.PROJECT
        draft.read("price_min_eur", known, "labels.price", "price")
        return
    price_text.price(draft, found)


def _kind(draft: Draft) -> None:
    labelled.kind(draft, "labels.kind", "kind")


def _place(draft: Draft) -> None:
    address_text.address(draft, "address")
    belgian.place(draft)
    belgian.epc_sign(draft)


FIELDS = (
    field_at("language", belgian.language, "language"),
    *labelled.FIELDS,
    field_at("postal_code", belgian.postal_code, "postal_code"),
    field_at("epc_label", belgian.epc_label, "labels.epc_label", "epc_picture"),
    field_at("latitude", decimal, "latlng[0]"),
    field_at("longitude", decimal, "latlng[1]"),
    field_at("image_urls", image_urls, "images"),
    field_at("seller_type", vocabulary.word_to(vocabulary.SELLER), "seller.type"),
    field_at("seller_name", text, "seller.name"),
    field_at("seller_id", text, "seller.id"),
)
CARD = (_transaction, _kind, _price, _place)
DERIVE = (*CARD, labelled.on_offer, labelled.texts)
MAPPING = PlatformMapping("realo-1", FIELDS, DERIVE, branches=("labels",))

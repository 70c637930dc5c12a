"""What the object of such a site means: labels, and what the address, the title and the card say beside them."""

from __future__ import annotations

import re

from immobe.items import TransactionType
from immobe.mapping import address_text, belgian, price_text, vocabulary
from immobe.mapping.convert import image_urls, text
from immobe.mapping.mapper import Draft, PlatformMapping, field_at
from immobe.platforms import labelled

_SALE = re.compile(r"[àa]\s+vendre|te\s+koop|for\s+sale", re.IGNORECASE)
_RENT = re.compile(r"[àa]\s+louer|te\s+huur|for\s+rent|to\s+let", re.IGNORECASE)


def _transaction(draft: Draft) -> None:
    """From the label of the price (a rent has its own), else from the words of the title or of the search."""
    said = str(draft.find("title") or "") + " " + str(draft.find("purpose") or "")
    if draft.find("labels.rent") or _RENT.search(said):
        draft.values["transaction_type"] = TransactionType.RENT
    elif draft.find("labels.price") or _SALE.search(said):
        draft.values["transaction_type"] = TransactionType.SALE


def _price(draft: Draft) -> None:
    found = draft.find("labels.rent", "labels.price", "price")
    price_text.sale_method(draft, draft.find("title"), found)
    price_text.price(draft, found)


def _kind(draft: Draft) -> None:
    labelled.kind(draft, "labels.kind", "kind")


def _status(draft: Draft) -> None:
    labelled.status(draft, "labels.status", "status")


def _place(draft: Draft) -> None:
    address_text.address(draft, "labels.address", "labels.place", "place")
    belgian.place(draft)
    belgian.epc_sign(draft)


FIELDS = (
    field_at("language", belgian.language, "language"),
    *(field for field in labelled.FIELDS if field.name != "external_reference"),
    field_at("external_reference", text, "labels.external_reference", "reference"),
    field_at("image_urls", image_urls, "images"),
    field_at("seller_type", vocabulary.word_to(vocabulary.SELLER), "seller.type"),
    field_at("seller_name", text, "seller.name"),
)
CARD = (_transaction, _kind, _price, _status, _place)
DERIVE = (*CARD, labelled.on_offer, labelled.texts)
MAPPING = PlatformMapping("whise-1", FIELDS, DERIVE, branches=("labels",))

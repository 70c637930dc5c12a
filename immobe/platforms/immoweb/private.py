"""What of an Immoweb object is personal, and the object without it.

Agencies, notaries and developers are kept (less the names of their employees); of a private seller only the fact that
there is one. When the seller is not stated, texts are treated like a private seller's.
"""

from __future__ import annotations

import re
from typing import Any

from immobe.mapping.paths import first
from immobe.mapping.privacy import without_contacts_below

# A tuple, not a set: a page may hold a list where we expect a word.
_PROFESSIONAL = ("AGENCY", "AGENCY_PAYING_WITH_OGONE", "NOTARY", "PROPERTY_DEVELOPER")
# Branches without a person's words: figures and what Immoweb makes of them.
_FIGURES = ("id", "externalReference", "price", "flags", "displayFlags", "statistics", "hasSectionsArray", "customers")
# A private person's reference is kept when it is a number of a file, too short for a telephone.
_REFERENCE = re.compile(r"[A-Z]{0,6}[-_/. ]?\d{1,8}")


def redacted(payload: dict[str, Any]) -> dict[str, Any]:
    """A copy without private sellers' data, contact data in their texts included, and without employees."""
    customers = [c for c in payload.get("customers") or [] if isinstance(c, dict)] if _has_list(payload) else []
    professional = bool(customers) and all(c.get("type") in _PROFESSIONAL for c in customers)
    kept = {**payload}
    if "customers" in payload:
        kept["customers"] = [_seller(c) for c in customers]
    if not professional:
        names = [name for c in customers if isinstance(name := c.get("name"), str)]
        # Of a seller that is not stated, what people write; of a private one, whatever could hold it.
        cleaned = [key for key in kept if key == "property" or (customers and key not in _FIGURES)]
        kept |= {key: without_contacts_below(kept[key], names) for key in cleaned}
        # Of a search card: the name of whoever advertises, which may be a person.
        if customers or not first(payload, "customerLogoUrl"):
            kept.pop("customerName", None)
        reference = payload.get("externalReference")
        if customers and not (isinstance(reference, str) and _REFERENCE.fullmatch(reference)):
            kept.pop("externalReference", None)
    return kept


def _has_list(payload: dict[str, Any]) -> bool:
    return isinstance(payload.get("customers"), list)


def _seller(customer: dict[str, Any]) -> dict[str, Any]:
    if customer.get("type") in _PROFESSIONAL:
        return {key: value for key, value in customer.items() if key != "salesRepresentative"}
    return {"type": customer["type"]} if isinstance(customer.get("type"), str) else {}

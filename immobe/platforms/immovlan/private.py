"""The object without what identifies a private seller: of one who is not known to be a professional, only the kind."""

from __future__ import annotations

from typing import Any

from immobe.mapping.paths import first
from immobe.mapping.privacy import without_contacts_below

# How the portal's types of professionals begin: estateAgents, promotors, notaries.
_PROFESSIONAL = ("estateagent", "promot", "notar")
# What a private person wrote, in an object that otherwise holds the portal's words and figures.
_WRITTEN = ("description", "header")
_NUMBERS = ("seller_id", "sellerId")


def is_professional(payload: dict[str, Any]) -> bool:
    told = first(payload, "data_layer.seller_type", "details.sellerType")
    if told is None:
        return False
    return all(kind.strip().lower().startswith(_PROFESSIONAL) for kind in str(told).split(","))


def redacted(payload: dict[str, Any]) -> dict[str, Any]:
    """A copy without a private seller's name, number, reference, and contact data in texts."""
    if is_professional(payload):
        return payload
    names = [name for name in (first(payload, "seller.name"), first(payload, "linked.agent")) if isinstance(name, str)]
    kept = {key: value for key, value in payload.items() if key not in ("seller", "reference")}
    for key in ("data_layer", "details", "linked"):
        if isinstance(kept.get(key), dict):
            kept[key] = {k: v for k, v in kept[key].items() if k not in (*_NUMBERS, "agent")}
    return kept | {key: without_contacts_below(kept[key], names) for key in _WRITTEN if key in kept}

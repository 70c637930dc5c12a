"""What of an object could be personal: who wrote a text is not known, so it is cleaned as a private seller's."""

from __future__ import annotations

from typing import Any

from immobe.mapping.privacy import without_contacts_below

_KEPT = ("id", "url", "language", "title", "type", "price", "place", "address", "features", "labels", "epc",
         "description", "image_urls")  # fmt: skip
_TEXTS = ("title", "description", "labels")


def redacted(payload: dict[str, Any]) -> dict[str, Any]:
    """A copy with the known keys alone, and without contact data in texts."""
    found = {key: payload[key] for key in _KEPT if key in payload}
    return found | {key: without_contacts_below(found[key]) for key in _TEXTS if key in found}

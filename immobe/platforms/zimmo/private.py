"""What of a Zimmo object is personal, and the object without it.

Agencies are kept, without telephone numbers and employees; of a private seller only the fact that there is one. A
listing page does not say who sells: its texts are treated like a private seller's.
"""

from __future__ import annotations

from typing import Any

from immobe.mapping.paths import first
from immobe.mapping.privacy import without_contacts, without_contacts_below

# Any other category may be a person's.
_PROFESSIONAL = ("broker", "agency", "notary", "developer", "promoter")
_KEPT_OF_A_DEALER = ("id", "category", "name", "slug", "website", "associationNumbers")
_TEXTS_OF_A_PAGE = ("title", "description")
# Of an object: what no person wrote.
_FIGURES = ("id", "activePropertyListingId", "dealer", "files", "extra", "sorting", "url")
_NOBODY = (None, "", "0", 0)


def redacted(payload: dict[str, Any]) -> dict[str, Any]:
    """A copy without private sellers' data, contact data in their texts included, and without employees."""
    kept = {**payload}
    for name in _TEXTS_OF_A_PAGE:
        if isinstance(kept.get(name), str):
            kept[name] = without_contacts(kept[name])
    if "dealer" in kept:
        kept["dealer"] = _dealer(payload)
    if isinstance(kept.get("estate"), dict) and not is_professional(payload):
        names = _names(payload)
        kept |= {key: without_contacts_below(kept[key], names) for key in kept if key not in _FIGURES}
    if "advertiser" in kept:
        kept["advertiser"] = _advertiser(payload)
    return kept


def is_professional(payload: dict[str, Any]) -> bool:
    """Whether the object says that an agency, a developer or a notary sells."""
    return first(payload, "dealer.category") in _PROFESSIONAL and first(payload, "estate.soldBy") != "PRIVATE_SALE"


def is_of_an_agency(payload: dict[str, Any]) -> bool:
    """Whether a search page's object names an agency's office, and no private advert."""
    office, person = payload.get("zimmo_kantoor_id"), payload.get("particulier_pand_id")
    return office not in _NOBODY and person in _NOBODY


def _dealer(payload: dict[str, Any]) -> dict[str, Any]:
    dealer = payload["dealer"]
    kept = _KEPT_OF_A_DEALER if is_professional(payload) else ("category",)
    return {key: dealer[key] for key in kept if key in dealer} if isinstance(dealer, dict) else {}


def _advertiser(payload: dict[str, Any]) -> dict[str, Any]:
    advertiser = payload["advertiser"]
    named = is_of_an_agency(payload) and isinstance(advertiser, dict) and isinstance(advertiser.get("name"), str)
    return {"name": advertiser["name"]} if named else {}


def _names(payload: dict[str, Any]) -> list[str]:
    found = [first(payload, f"dealer.{key}") for key in ("name", "firstName", "lastName")]
    return [name for name in found if isinstance(name, str)]

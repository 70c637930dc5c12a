"""What Immovlan's pages tell in scripts: two objects for counting visits, and where the map is.

Codes in them are the same in every language. Only what a record could use is taken.
"""

from __future__ import annotations

import re
from typing import Any

from immobe.errors import UnreadablePage
from immobe.platforms import html

# The object that names the advert and the kind of page; other pushes are about visitors.
_DATA_LAYER = re.compile(r"dataLayer\.push\(\s*(?=\{[^}]{0,8000}(?:page_type|vlan_code)[\"']?\s*:)")
_SEARCH_LAYER = re.compile(r"dataLayer\.push\(\s*(?=\{\s*[\"']?search_)")
_DETAILS = re.compile(r"STORAGE_KEY_PROPERTY_DETAILS\s*,\s*JSON\.stringify\(\s*(?=\{)")
_MAP = re.compile(r"window\.AD_(LATITUDE|LONGITUDE)\s*=\s*['\"]([-\d.,]{1,20})['\"]")
_MARKER = re.compile(r"window\.YATMO_SHOW_MARKER\s*=\s*['\"](True|False)['\"]", re.IGNORECASE)
_LAYER_KEYS = (
    "property_type", "property_sub_type", "transaction_type", "zip_code", "vlan_code", "livable_surface", "price",
    "price_min", "price_max", "livable_surface_min", "livable_surface_max", "seller_type", "seller_id",
    "is_new_construction_project", "page_language", "page_type",
)  # fmt: skip
_DETAIL_KEYS = (
    "reference", "id", "transactionType", "propertyType", "propertySubType", "price", "sellerType", "zipCode", "city",
    "country", "peb", "newconstruction",
)  # fmt: skip
_META = "cXenseParse:rbf-immovlan-"


def data_layer(page: str) -> dict[str, Any]:
    """The object of a listing or project page; {} for a page without one. Raises UnreadablePage for a broken one."""
    return _chosen(html.script_object(page, _DATA_LAYER), _LAYER_KEYS)


def search_layer(page: str) -> dict[str, Any]:
    """The object of a search page; {} for a page without one. Raises UnreadablePage for a broken one."""
    found = html.script_object(page, _SEARCH_LAYER)
    return found if isinstance(found, dict) else {}


def details(page: str) -> dict[str, Any]:
    """What the page keeps in the visitor's browser, to check the other object with; {} when it cannot be read."""
    try:
        return _chosen(html.script_object(page, _DETAILS), _DETAIL_KEYS)
    except UnreadablePage:
        return {}


def on_the_map(page: str) -> dict[str, Any]:
    """`latitude`, `longitude`, and `is_exact`: whether the map shows a marker there, or only the neighbourhood."""
    found: dict[str, Any] = {name.lower(): value for name, value in _MAP.findall(page)}
    marker = _MARKER.search(page)
    return found | {"is_exact": marker[1].lower() == "true"} if marker else found


def meta(found: dict[str, str]) -> dict[str, str]:
    """Of the page's meta elements those of `cXenseParse`: French words, in whatever language the page is."""
    return {name.removeprefix(_META): value for name, value in found.items() if name.startswith(_META)}


def _chosen(found: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: found[key] for key in keys if found.get(key) is not None} if isinstance(found, dict) else {}

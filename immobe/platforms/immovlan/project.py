"""Immovlan's pages of new-build projects: a range of prices, and a card for each unit, which has a page of its own."""

from __future__ import annotations

import re
from typing import Any

from parsel import Selector

from immobe.platforms import html
from immobe.platforms.immovlan import page as listing
from immobe.platforms.immovlan import scripts
from immobe.platforms.immovlan.pills import pills

_CHANGED = re.compile(
    r"(?:Last modification|Derni[èe]re modification|Laatste wijziging|Laatst gewijzigd)\D{0,20}(\d{1,2}/\d{1,2}/\d{4})"
)
_KIND_IN_SEARCH = re.compile(r"/(?:real-estate|immobilier|vastgoed)/([^/?]+)/([^/?]+)")


def read(page: str, root: Selector, layer: dict[str, Any]) -> dict[str, Any]:
    """The object of a project page. Raises NotAListing, naming the element that such a page must have."""
    project_id = html.required(layer.get("vlan_code"), "`vlan_code` in dataLayer")
    html.required(root.css(".detail__header_title"), "`.detail__header_title`")
    breadcrumb = _KIND_IN_SEARCH.search(" ".join(root.css("nav.breadcrumb a::attr(href)").getall()))
    changed = _CHANGED.search(" ".join(root.css(".section-container").xpath("string()").getall()))
    found = {
        "id": str(project_id),
        "layout": "project",
        "language": layer.get("page_language") or root.css("html::attr(lang)").get(),
        "url": root.css("link[rel=canonical]::attr(href)").get(),
        "data_layer": layer,
        "details": scripts.details(page),
        "map": scripts.on_the_map(page),
        "header": listing.header(root),
        # Above the units' cards: what all of them have together, often as a range.
        "labels": pills(root.xpath("//*[contains(@class, 'property-highlight')][not(ancestor::article)]")),
        "breadcrumb": list(breadcrumb.groups()) if breadcrumb else None,
        "seller": listing.seller(root, {}),
        "modified": changed[1] if changed else None,
        "image_urls": listing.pictures(root),
        "units": [unit for card in root.css("article[data-url]") if (unit := _unit(card))],
        **listing.description(root.css(".description .dynamic-description")),
    }
    return {key: value for key, value in found.items() if value not in (None, {}, [])}


def _unit(card: Selector) -> dict[str, Any]:
    found = {
        "url": card.attrib["data-url"],
        "price": html.text_of(card.css(".price")),
        "labels": pills(card.css(".property-highlight")),
    }
    return {key: value for key, value in found.items() if value}

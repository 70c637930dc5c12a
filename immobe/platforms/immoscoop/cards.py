"""Cards of Immoscoop's search pages, in both markups.

May 2025 (captured): `a[data-mobile-selector="property-card_card"]` with hashed class names (`property-card_price__…`).
2026 (reported): parts named `data-selector="property-card:title|price|address|…"`, within the link or beside it in a
`property-card:card…`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from parsel import Selector, SelectorList

from immobe.geo import place_key
from immobe.platforms import html
from immobe.platforms.immoscoop import urls
from immobe.platforms.immoscoop.labels import FEATURES

_LINKS = (
    "//a[@href][@data-mobile-selector='property-card_card' or starts-with(@data-selector, 'property-card:')"
    " or .//*[starts-with(@data-selector, 'property-card:')]"
    " or ancestor::*[starts-with(@data-selector, 'property-card:card')]]"
)
_FRAME = "ancestor::*[starts-with(@data-selector, 'property-card:card')]"


def cards(root: Selector, url: str | None) -> list[dict[str, Any]]:
    """The cards of a page, each once: `id`, `url` and the page's own texts."""
    found: dict[str, dict[str, Any]] = {}
    for link in root.xpath(_LINKS):
        address = urljoin(url or urls.ROOT, link.attrib["href"]).partition("?")[0].partition("#")[0]
        listing = urls.read(address)
        if listing is not None:
            frame = link.xpath(_FRAME)[-1:] or SelectorList([link])
            known = found.setdefault(listing.listing_id, {"id": listing.listing_id, "url": address.rstrip("/")})
            found[listing.listing_id] = {**_facts(frame[0]), **known}
    return list(found.values())


def _facts(card: Selector) -> dict[str, Any]:
    facts = {
        "title": html.text_of(_part(card, "title", "h3")),
        "price": html.text_of(_part(card, "price", "[class*='property-card_price']")),
        "address": address_lines(_part(card, "address", "address")),
        "epc": next(reversed(card.css("[class*='epc-icon_label']::text").getall()), None),
        "features": features(card),
    }
    return {name: value for name, value in facts.items() if value}


def _part(card: Selector, name: str, older: str) -> SelectorList[Selector]:
    return card.css(f"[data-selector='property-card:{name}']") or card.css(older)


def address_lines(found: SelectorList[Selector]) -> list[str]:
    """The lines of an address: an element's texts, one by one."""
    texts = found[:1].xpath(".//text()").getall()
    return [line for text in texts if (line := " ".join(text.split()).strip(" ,"))]


def features(card: Selector) -> dict[str, str]:
    """{our name: value} of the icons that are known: `data-name="bedrooms"`, or a `data-selector` that ends in it."""
    return dict(_features(card))


def _features(card: Selector) -> Iterator[tuple[str, str]]:
    for icon in card.xpath(".//*[@data-name or starts-with(@data-selector, 'feature-icon:div:')]"):
        key = icon.attrib.get("data-name") or icon.attrib.get("data-selector", "").rpartition(":")[2]
        name = FEATURES.get(place_key(key))
        value = html.text_of(icon.xpath("following-sibling::*[1]")) or html.text_of(icon.xpath("./span"))
        if name and value:
            yield name, value

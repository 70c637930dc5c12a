"""Immoscoop's listing pages to objects. No page is captured; two forms are reported, others are refused.

1. `script#__NEXT_DATA__` with `props.pageProps.property` (two authors, to September 2026): `title`, `price.label`,
   `address`, `features[]`, `propertyDetailGroups[].propertyDetails[]`, `propertyType.label`.
2. The page itself: H1, `a[href="#location"]` with the address, a price, and labels each followed by its value.

The object keeps the page's own texts. The agent of form 1 is a person, with telephone and e-mail: it is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from parsel import Selector

from immobe.errors import UnreadablePage
from immobe.geo import place_key
from immobe.mapping.paths import first
from immobe.platforms import html
from immobe.platforms.base import as_object
from immobe.platforms.immoscoop import cards
from immobe.platforms.immoscoop.labels import FEATURES, NAMES
from immobe.platforms.immoscoop.urls import ListingAddress

_NEXT = "script#__NEXT_DATA__::text"
_PRICES = (
    "[data-testid='property-price'], [data-selector$=':price']:not([data-selector^='property-card']), .property-price,"
    " [class*='PropertyPrice'], [class*='property-price']"
)
_DESCRIPTIONS = (
    "[data-testid='property-description'], [data-selector$=':description'], .property-description,"
    " [class*='PropertyDescription'], [class*='property-description']"
)


def read(root: Selector, url: str, address: ListingAddress) -> dict[str, Any]:
    """The object of a listing page. Raises PageError, naming the element that the page lacks."""
    found = _from_state(root) or _from_elements(root)
    common = {
        "id": address.listing_id,
        "url": url,
        "language": root.css("html::attr(lang)").get(default=address.language)[:2],
    }
    return {**common, **{key: value for key, value in found.items() if value not in (None, "", [], {})}}


def _from_state(root: Selector) -> dict[str, Any] | None:
    text = root.css(_NEXT).get()
    if text is None:
        return None
    try:
        state = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadablePage("json_broken", f"script#__NEXT_DATA__ is broken: {error}") from None
    home = first(state, "props.pageProps.property")
    return None if home is None else _of_property(as_object(home, "props.pageProps.property"))


def _of_property(home: dict[str, Any]) -> dict[str, Any]:
    price = html.required(first(home, "price.label"), "`price.label` in props.pageProps.property")
    html.required(first(home, "address.postalCode"), "`address.postalCode` in props.pageProps.property")
    return {
        "title": first(home, "h1Title", "title"),
        "type": first(home, "propertyType.label"),
        "price": price,
        "place": {
            "street": first(home, "address.street"),
            "house_number": first(home, "address.houseNumber.number", "address.houseNumber"),
            "box": first(home, "address.houseNumber.box"),
            "postal_code": first(home, "address.postalCode"),
            "locality": first(home, "address.city.label", "address.city"),
            "latitude": first(home, "address.geo.lat"),
            "longitude": first(home, "address.geo.long"),
        },
        "features": dict(_known(home.get("features"), "id", "value", FEATURES)),
        "labels": dict(_details(home)),
        "description": home.get("description"),
        "image_urls": list(_images(home.get("images"))),
    }


def _details(home: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    groups = home.get("propertyDetailGroups")
    for group in groups if isinstance(groups, list) else ():
        yield from _known(first(group, "propertyDetails"), "title", "description", NAMES)


def _known(values: object, key: str, value: str, names: dict[str, str]) -> Iterator[tuple[str, Any]]:
    for entry in values if isinstance(values, list) else ():
        label = first(entry, key)
        name = names.get(place_key(label)) if isinstance(label, str) else None
        if name and first(entry, value) not in (None, ""):
            yield name, first(entry, value)


def _images(values: object) -> Iterator[str]:
    for value in values if isinstance(values, list) else ():
        address = value if isinstance(value, str) else first(value, "url", "src")
        if isinstance(address, str):
            yield address


def _from_elements(root: Selector) -> dict[str, Any]:
    title = html.required(html.text_of(root.css("h1")), "an H1")
    lines = html.required(cards.address_lines(root.css('a[href="#location"]')), 'the address, `a[href="#location"]`')
    labels = html.labelled(_pairs(root), NAMES)
    price = html.required(
        html.text_of(root.css(_PRICES)) or labels.get("price") or labels.get("rent"), f"a price: {_PRICES}"
    )
    html.required(set(labels) - {"price", "rent"}, 'labels such as "Bewoonbare oppervlakte"')
    return {
        "title": title,
        "price": price,
        "address": lines,
        "labels": labels,
        "features": cards.features(root),
        "description": html.lines_of(root.css(_DESCRIPTIONS)),
        "image_urls": root.css("meta[property='og:image']::attr(content)").getall(),
    }


def _pairs(root: Selector) -> Iterator[tuple[Any, Any]]:
    """Each element without elements in it, and the one that follows it: `dt` and `dd`, `th` and `td`, two `div`s."""
    for label in root.xpath("//body//*[not(*)][normalize-space()][following-sibling::*]"):
        if place_key(html.text_of(label) or "") in NAMES:
            yield label, label.xpath("following-sibling::*[1]")

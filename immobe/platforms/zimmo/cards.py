"""Zimmo's search pages to card objects, in each of the forms that were seen.

- Angular tiles (`<zimmo-listing>`, captured in September 2026): facts are told by the names of icons, which are the
  same in French and Dutch, never by the words beside them.
- `app.start({…, properties: […]})` (captured in August 2026): the objects as they stand.
- `.property-item` elements (reports, 2020 to 2026), for a page without that script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from parsel import Selector, SelectorList

from immobe.platforms import html
from immobe.platforms.zimmo import addresses

PROPERTIES = re.compile(r"\bapp\.start\(\s*\{.{0,20000}?\bproperties\s*:\s*(?=\[)", re.DOTALL)
TILE, ITEM, EMPTY = "zimmo-listing", ".property-item[data-code]", "div.alert-danger"
# A shop's commercial area is no living area: its icon is left out.
_ICONS = {
    "bedrooms": "bedroom_count",
    "bathrooms": "bathroom_count",
    "floorspace-surface": "living_area",
    "plot-surface": "land_area",
}
_ENERGY = re.compile(r"energy-labels/ep[cb]_([a-g])((?:_plus|_minus)*)\.svg")
_SIGNS = {"_plus": "+", "_minus": "-"}


def script_cards(page: str) -> list[Any] | None:
    """The objects of `app.start`; None for a page without them. Raises UnreadablePage when they are broken."""
    found = html.script_object(page, PROPERTIES)
    return found if isinstance(found, list) else None


def tile_cards(root: Selector) -> list[dict[str, Any]]:
    return [card for tile in root.css(TILE) if (card := _tile(tile))]


def item_cards(root: Selector) -> list[dict[str, Any]]:
    return [card for item in root.css(ITEM) if (card := _item(item))]


def _tile(tile: Selector) -> dict[str, Any] | None:
    url = addresses.absolute(tile.css("h2 a::attr(href)").get() or tile.css("a[href]::attr(href)").get())
    if url is None:
        return None
    labels = {
        "price": html.text_of(tile.css(".price")),
        "address": _lines(tile.css("address")),
        "epc": _energy(tile),
        **dict(_features(tile)),
    }
    return _card(url, labels, html.text_of(tile.css(".sticker")), is_auction=bool(_auction_marks(tile)))


def _item(item: Selector) -> dict[str, Any] | None:
    url = addresses.absolute(item.css("a.property-item_link::attr(href)").get())
    if url is None:
        return None
    labels = {
        "price": html.text_of(item.css(".property-item_price")),
        "address": _lines(item.css(".property-item_address")),
        "living_area": html.text_of(item.css(".opp-icon")),
        "bedroom_count": html.text_of(item.css(".bedroom-icon")),
    }
    is_project = item.css("[data-project]::attr(data-project)").get() == "1"
    return _card(url, labels, html.text_of(item.css(".property-item_sticker")), is_project=is_project)


def _card(
    url: str, labels: dict[str, str | None], sticker: str | None, *, is_auction: bool = False, is_project: bool = False
) -> dict[str, Any]:
    facts = addresses.path_facts(url)
    return {
        "id": facts["id"],
        "url": url,
        "language": facts["language"],
        "labels": {name: text for name, text in labels.items() if text and text != "-"},
        **({"sticker": sticker} if sticker else {}),
        **({"is_auction": True} if is_auction else {}),
        **({"is_project": True} if is_project else {}),
    }


def _features(tile: Selector) -> Iterator[tuple[str, str]]:
    for feature in tile.css(".features_item"):
        icons = feature.css("svg-icon::attr(data-src), svg-icon::attr(src)").getall()
        names = [icon.rsplit("/", 1)[-1].removesuffix(".svg") for icon in icons]
        known = [_ICONS[name] for name in names if name in _ICONS]
        text = html.text_of(feature.css("span.value"))
        if known and text:
            yield known[0], text


def _energy(tile: Selector) -> str | None:
    """The letter that an icon's name tells; `epc_x` is no label.

    >>> _energy(Selector(text='<p class="features_energy"><svg-icon data-src="/energy-labels/epc_a_plus.svg"/></p>'))
    'A+'
    """
    icons = tile.css(".features_energy svg-icon::attr(data-src), .features_energy svg-icon::attr(src)").getall()
    found = next((match for icon in icons if (match := _ENERGY.search(icon))), None)
    return found[1].upper() + "".join(_SIGNS[sign] for sign in re.findall("_plus|_minus", found[2])) if found else None


def _auction_marks(tile: Selector) -> list[str]:
    marks = tile.css(".price svg-icon::attr(data-src), .price svg-icon::attr(src), .logo img::attr(src)").getall()
    return [mark for mark in marks if "biddit" in mark.rsplit("/", 1)[-1]]


def _lines(found: SelectorList[Selector]) -> str | None:
    """Lines of an address, joined by commas."""
    texts = [" ".join(text.split()) for text in found[:1].xpath(".//text()").getall()]
    return ", ".join(text for text in texts if text) or None

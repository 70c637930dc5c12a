"""Immovlan's listing pages to objects: the layout captured until June 2026, and the v3 layout as reported since.

The object keeps the page's own text by source (`header`, `labels`, `linked` = JSON-LD, `meta`, `data_layer`,
`details`), so that the mapping can check one against another.
"""

from __future__ import annotations

import re
from typing import Any

from parsel import Selector

from immobe.geo import place_key
from immobe.mapping.convert import plain_text
from immobe.platforms import html
from immobe.platforms.immovlan import linked, scripts
from immobe.platforms.immovlan.labels import NAMES

# The rows of the v3 layout and the classes of its other parts, as one report names them (2026-09).
_V3_ROWS = ".v3-detail-grid-row"
_V3_LABEL, _V3_VALUE = ".v3-detail-grid-label", ".v3-detail-grid-value"
_STATUS = re.compile(r"\b(Option|Sold|Rented|Offline)\b")
_PROJECT = re.compile(r"/projectdetail/(\d+-\d+)")
_UNTRANSLATED = "no-description-available"
_TOURS = "a.button-tertiary[href^=http]::attr(href)"


def parse(page: str) -> Selector:
    """The page's tree. Raises UnreadablePage when it was cut.

    The portal's minified pages leave out `</html>` and end with their last script.
    """
    return html.parse(f"{page}</html>" if page.rstrip().endswith("</script>") else page)


def read(page: str, root: Selector, layer: dict[str, Any]) -> dict[str, Any]:
    """The object of a listing page. Raises NotAListing, naming the element that a listing page must have."""
    listing_id = html.required(layer.get("vlan_code"), "`vlan_code` in dataLayer")
    meta = html.meta(root)
    common = {
        "id": str(listing_id).lower(),
        "language": layer.get("page_language") or root.css("html::attr(lang)").get(),
        "url": meta.get("og:url") or root.css("link[rel=canonical]::attr(href)").get(),
        "data_layer": layer,
        "details": scripts.details(page),
        "meta": scripts.meta(meta),
        "map": scripts.on_the_map(page),
        "summary": _summary(meta),
        "image_urls": pictures(root),
        "virtual_tour_url": root.css(_TOURS).get(),
        "project_id": _project(root),
    }
    is_v3 = bool(root.css("[class*='v3-detail']"))
    found = {**common, **(_v3(root) if is_v3 else _classic(root))}
    return {key: value for key, value in found.items() if value not in (None, {}, [])}


def _classic(root: Selector) -> dict[str, Any]:
    html.required(root.css(".detail__header_title"), "`.detail__header_title`")
    table = html.required(root.css(".general-info"), "`.general-info`")
    pairs = [(row.xpath("./h4"), row.xpath("./p")) for row in table.xpath(".//div[h4 and p]")]
    objects = html.json_ld(root)
    facts = linked.facts(objects)
    return {
        "layout": "classic",
        "header": header(root),
        "labels": {**_financial(root), **html.labelled(pairs, NAMES)},
        "linked": facts,
        "epc": _class_beside(root.css(".energy-consumption"), "energy-consumption"),
        "reference": html.text_of(root.css(".seller-reference span:last-child")),
        "seller": seller(root, facts),
        **description(root.css(".description .dynamic-description")),
    }


def _v3(root: Selector) -> dict[str, Any]:
    rows = html.required(root.css(_V3_ROWS), f"`{_V3_ROWS}`")
    pairs = [(row.css(_V3_LABEL), row.css(_V3_VALUE)) for row in rows]
    html.required([label for label, value in pairs if label and value], f"`{_V3_LABEL}` and `{_V3_VALUE}`")
    listing = html.required(html.of_type(html.json_ld(root), "RealEstateListing"), "JSON-LD `RealEstateListing`")
    for part in ("mainEntity", "offers"):
        html.required(isinstance(listing.get(part), dict), f"`{part}` in JSON-LD `RealEstateListing`")
    facts = linked.v3_facts(listing)
    images = listing.get("image")
    name = listing.get("name")
    return {
        "layout": "v3",
        "header": {"title": html.unescaped(name)} if isinstance(name, str) else {},
        "labels": html.labelled(pairs, NAMES),
        "linked": facts,
        "seller": seller(root, facts),
        **({"image_urls": [i for i in images if isinstance(i, str)]} if isinstance(images, list) else {}),
        **_text(listing.get("description"), root),
    }


def header(root: Selector) -> dict[str, Any]:
    """Title, place and price above the pictures. `price` is there, if only as an empty text, when its element is."""
    head = root.css("#main_content, body")[:1]
    title = head.css("h1")
    price = head.css(".detail__header_price_data")
    found = {
        "title": _without(title, ".vlancode", ".badge"),
        "status": _status(title),
        "street": html.text_of(head.css(".detail__header_address span:not(.city-line):not(.street-line)")),
        "city": html.text_of(head.css(".city-line")),
        "price": (html.text_of(price) or "") if price else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def seller(root: Selector, facts: dict[str, Any]) -> dict[str, str]:
    """The name beside the form for messages: of an agency its logo's text, in JSON-LD as well."""
    box = root.css("#contact_property, [class*='v3-detail-owner']")
    name = facts.get("agent") or box.css("img[title]::attr(title)").get() or html.text_of(box.css(".owner_name"))
    name = name or html.text_of(root.css(".v3-detail-owner-name"))
    number = root.css("a.lnk-pro-website::attr(data-id)").get()
    found = {"name": name.strip() if isinstance(name, str) else None, "id": number}
    return {key: value for key, value in found.items() if value}


def description(found: Any) -> dict[str, Any]:
    """`description`: lines, without buttons and telephone links; `is_untranslated`: the page says so."""
    for element in found[:1]:
        root = Selector(text=element.get(), type="html")
        is_untranslated = bool(root.css(f".{_UNTRANSLATED}"))
        root.css(f".{_UNTRANSLATED}, [class^='dynamic-description-show'], .description-phone, script").drop()
        text = plain_text(root.css(".dynamic-description").get())
        return {"description": text, "is_untranslated": is_untranslated or None} if text else {}
    return {}


def _text(value: Any, root: Selector) -> dict[str, Any]:
    text = plain_text(value) if isinstance(value, str) else None
    return {"description": text, "is_untranslated": bool(root.css(f".{_UNTRANSLATED}")) or None} if text else {}


def _financial(root: Selector) -> dict[str, str]:
    """The list `label: value` under the financial details."""
    found: dict[str, str] = {}
    for row in root.css(".financial li"):
        label = html.text_of(row.css("strong")) or ""
        name = NAMES.get(place_key(label))
        value = (html.text_of(row) or "").removeprefix(label).strip(" :\u00a0")
        if name and value:
            found.setdefault(name, value)
    return found


def _summary(meta: dict[str, str]) -> list[str]:
    """The parts of the page's own summary: kind, address, price, energy label."""
    text = meta.get("description", "")
    return [part.strip() for part in html.unescaped(text).split(" | ")] if " | " in text else []


def _status(title: Any) -> str | None:
    """The badge beside the title, by its class, which is the same in every language."""
    badges = " ".join(title.css(".badge::attr(class)").getall())
    known = _STATUS.search(badges)
    return known[1] if known else (badges.replace("badge", "").strip() or None)


def _without(found: Any, *inner: str) -> str | None:
    for element in found[:1]:
        root = Selector(text=element.get(), type="html")
        root.css(", ".join(inner)).drop()
        return html.text_of(root.css("h1"))
    return None


def _class_beside(found: Any, name: str) -> str | None:
    classes: list[str] = (found.attrib.get("class") or "").split() if found else []
    return next((c for c in classes if c not in (name, "epc-water-mark", "v3-epc-watermark")), None)


def pictures(root: Selector) -> list[str]:
    """The addresses of the pictures, without the size that the page shows them in."""
    found = root.css("a.img-thumb::attr(data-src)").getall()
    return [address.partition("?")[0] for address in dict.fromkeys(found)]


def _project(root: Selector) -> str | None:
    links = root.css(".project-summary a::attr(href), .project-container a::attr(href)").getall()
    ids = [found[1] for link in links if (found := _PROJECT.search(link))]
    return ids[0] if ids else None

"""Zimmo's listing pages to objects: the layout with `section#main-features`, captured until June 2026.

The Angular pages that came in September 2026 are known by one report only, which names nothing in them but JSON-LD of
breadcrumbs: they are refused, naming the section that they lack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from parsel import Selector, SelectorList

from immobe.platforms import html
from immobe.platforms.base import linked_url
from immobe.platforms.zimmo import addresses
from immobe.platforms.zimmo.labels import NAMES, language_of

SECTION = "section#main-features"
_CODE = re.compile(rf"\b{addresses.CODE}\s*$")
_YES, _NO = ".icon-check", ".icon-cross, .icon-close, .icon-x"
_UNIT_COLUMNS = {"type": 2, "number": 3, "price": 4, "bedroom_count": 5, "living_area": 6, "code": 10}


def read(page: str, root: Selector, url: str | None) -> dict[str, Any]:
    """The object of a listing page: what its parts say, in the page's own words.

    Raises NotAListing that names what is missing: the section, its labels, or the advert's code.
    """
    section = html.required(root.css(SECTION), f"{SECTION} (the layout captured until June 2026)")[0]
    pairs = [*_features(section), *_table_rows(root)]
    own = addresses.absolute(url) or addresses.absolute(linked_url(page))
    facts = addresses.path_facts(own or "")
    code = _code(root) or facts.get("id")
    return _said(
        {
            "id": html.required(code, ".zimmo-code, and no URL tells the code").upper(),
            "url": own if facts.get("id") == code else None,
            "language": facts.get("language") or _page_language(root, pairs),
            "labels": html.required(_labels(pairs, root), f"labels that are known in {SECTION}"),
            "title": _title(root),
            "previous_price": html.text_of(root.css(".price-history-link-box .original_price")),
            "sticker": html.text_of(root.css(".price-box .sticker, .pand-header .sticker, .detail-sticker")),
            "is_auction": _is_auction(root) or None,
            "point": _point(root),
            "description": _description(root),
            "image": html.meta(root).get("og:image"),
            "units": [*_units(root, own)],
        }
    )


def _features(section: Selector) -> Iterator[tuple[SelectorList[Selector], SelectorList[Selector]]]:
    """Label and value of each row, and of the price above them; the portal's comparisons are no facts of the home."""
    for row in section.css("ul.main-features li, .price-box .price-value"):
        yield row.css(".feature-label"), row.css(".feature-value")


def _table_rows(root: Selector) -> Iterator[tuple[SelectorList[Selector], SelectorList[Selector]]]:
    for label in root.css("div.info-name"):
        yield label.xpath("."), label.xpath("./following-sibling::div[1]")


def _labels(pairs: list[tuple[SelectorList[Selector], SelectorList[Selector]]], root: Selector) -> dict[str, str]:
    """Values by our names; a mark in place of a text is a yes or a no."""
    found = html.labelled(pairs, NAMES)
    for label, value in pairs:
        mark = "yes" if value.css(_YES) else "no" if value.css(_NO) else None
        if mark and not html.text_of(value):
            found |= {name: mark for name in html.labelled([(label, label)], NAMES) if name not in found}
    if "address" not in found:
        address = html.text_of(
            root.css(f"{SECTION} .section-title.__full-address > span, {SECTION} .section-title > span")
        )
        found |= {"address": address} if address else {}
    return found


def _code(root: Selector) -> str | None:
    found = _CODE.search(html.text_of(root.css("p.zimmo-code, div.zimmo-code, .zimmo-code")) or "")
    return found[0].strip() if found else None


def _page_language(root: Selector, pairs: list[tuple[SelectorList[Selector], SelectorList[Selector]]]) -> str | None:
    stated = root.xpath("string(/html/@lang)").get("")[:2].lower()
    return stated if stated in ("fr", "nl", "en") else language_of(html.text_of(label) or "" for label, _ in pairs)


def _title(root: Selector) -> str | None:
    """The heading less the code in it, else the title for sharing less the code and the agency behind it."""
    heading = " ".join("".join(root.xpath("//h1[contains(@class, 'pand-title')]/text()").getall()).split())
    found = (heading or html.meta(root).get("og:title", ""))[:500]
    return re.sub(rf"\s*\({addresses.CODE}\).*$", "", found).strip() or None


def _is_auction(root: Selector) -> bool:
    """Auctions of notaries carry the mark of Biddit beside the price, as the tiles of searches do."""
    marks = root.xpath("//*[contains(@class, 'price-box')]//@*").getall()
    return any("biddit" in mark.lower() for mark in marks)


def _point(root: Selector) -> dict[str, str]:
    element = root.css("zmaps-estate-detail[lat][long]")
    return {"latitude": element.attrib["lat"], "longitude": element.attrib["long"]} if element else {}


def _description(root: Selector) -> str | None:
    places = ("p.description-block", "section.section-description p", "section.section-description")
    return next((lines for place in places if (lines := html.lines_of(root.css(place)))), None)


def _units(root: Selector, project_url: str | None) -> Iterator[dict[str, Any]]:
    """The rows of a project's table, as one report of 2026 has its columns; a sold unit's row is disabled."""
    for row in root.css("section.section-division table.table-striped tr"):
        cells = row.css("td")
        if len(cells) <= _UNIT_COLUMNS["living_area"]:
            continue
        texts = {name: html.text_of(cells[at]) for name, at in _UNIT_COLUMNS.items() if at < len(cells)}
        url = addresses.absolute(row.css("a[href]::attr(href)").get()) or _unit_url(project_url, texts)
        code = addresses.path_facts(url or "").get("id") or texts.pop("code", None)
        texts.pop("code", None)
        yield _said({"id": code, "url": url, **texts, "is_sold": "disabled" in row.attrib.get("class", "").split()})


def _unit_url(project_url: str | None, texts: dict[str, str | None]) -> str | None:
    """The unit's page, which stands beside the project's: its own type and code in the last two places."""
    if not (project_url and texts.get("type") and texts.get("code")):
        return None
    beside = project_url.rsplit("/", 2)[0]
    return addresses.absolute(f"{beside}/{str(texts['type']).lower()}/{texts['code']}")


def _said(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value not in (None, "", {}, [])}

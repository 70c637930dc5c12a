"""Immovlan's search pages: `article.list-view-item` until June 2026, `article.v3-search-card` as reported since.

The number of results stands in the page's script, and in its text ("87 results (1 - 20)"); the v3 layout was reported
to write it later, by script: then the links to other pages tell that there are more.
"""

from __future__ import annotations

import html as entities
import re
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urljoin, urlsplit

from parsel import Selector

from immobe.errors import UnreadablePage
from immobe.platforms import html
from immobe.platforms.addresses import page_url
from immobe.platforms.immovlan import scripts
from immobe.platforms.immovlan.pills import pills

_CARDS = "article.list-view-item[data-url], article.v3-search-card[data-url]"
_COUNT = re.compile(r"(\d[\d\s.,\u00a0\u202f]*?)\s*(?:results?|r[ée]sultats?|resulta(?:ten|at))\b", re.IGNORECASE)
RESULTS_PER_PAGE = 20
_PAGES = ".pagination a[href], a.v3-pagination-btn[href]"
_EPC = "energy-consumption", "epc-water-mark", "v3-epc-watermark"


class Results(NamedTuple):
    """What a search page holds: a plain object for each card, how many results there are, its number, other pages'."""

    cards: list[dict[str, Any]]
    total: int | None
    number: int
    linked_pages: dict[int, str]


def read(root: Selector, page: str, url: str | None) -> Results:
    """Raises NotAListing when the page is none of search results, UnreadablePage when the portal ignored the place."""
    layer = scripts.search_layer(page)
    articles = root.css(_CARDS)
    counted = html.text_of(root.css(".v3-search-result-count")) or _line_of_count(root)
    html.required(layer or articles or counted, "`article.list-view-item`, `article.v3-search-card` or a count")
    must_be_the_place(url, layer)
    total = layer.get("search_nbr_results")
    if not isinstance(total, int) or isinstance(total, bool):
        total = _counted(counted)
    cards = [{**card(article), **_asked(layer)} for article in articles]
    number = _own_number(layer, root, url)
    if not cards and (total or 0) > (number - 1) * RESULTS_PER_PAGE:
        raise UnreadablePage("results_without_cards", f"{total} results, but no card that we know: the format changed")
    links = {number_of(link): link for link in root.css(_PAGES).xpath("@href").getall() if "page=" in link}
    return Results(cards, total, number, links)


def card(article: Selector) -> dict[str, Any]:
    """One card, in the form of a listing's object; never a person's name or telephone number."""
    url = article.attrib["data-url"]
    classes = " ".join(article.css(".energy-consumption::attr(class), .v3-epc-watermark::attr(class)").getall())
    ribbons = " ".join(article.css(".ribbon::attr(class), .v3-search-card-ribbon::attr(class)").getall()).split()
    price = article.css(".list-item-price, .v3-search-card-price")
    prefix = html.text_of(article.css(".prefix")) or ""
    found = {
        "id": url.rstrip("/").rpartition("/")[2].lower(),
        "layout": "card",
        "url": url,
        "header": {
            "price": " ".join(filter(None, (prefix, html.text_of(price)))) if price or prefix else None,
            "status": "Option" if "option" in ribbons else None,
        },
        "linked": {
            "postal_code": html.text_of(article.css("[itemprop=postalCode]")),
            "locality": html.text_of(article.css("[itemprop=addressLocality]")),
        },
        "labels": pills(article.css(".property-highlight, .v3-search-card-pill")),
        "epc": next((c for c in classes.split() if c not in _EPC), None),
    }
    return {key: value for key, value in found.items() if value not in (None, {})}


def _asked(layer: dict[str, Any]) -> dict[str, Any]:
    """What a card of a project does not say itself: what the page's search was for, where that is one thing."""
    sold = {str(word) for word in layer.get("search_transaction_type") or () if word}
    types = [word for word in layer.get("search_property_type") or () if isinstance(word, str)]
    told = {
        "transaction_type": "sale" if sold and sold <= {"sale", "publicSale"} else None,
        "property_type": types[0] if len(types) == 1 else None,
    }
    return {"search": {key: value for key, value in told.items() if value}}


def must_be_the_place(url: str | None, layer: dict[str, Any]) -> None:
    """A place that the portal does not know would give the whole country: then the page tells no place."""
    asked = parse_qs(urlsplit(entities.unescape(url or "")).query)
    for parameter, told in (("towns", "search_zip_code"), ("provinces", "search_province")):
        if parameter in asked and told in layer and not layer[told]:
            raise UnreadablePage("place_ignored", f"the portal ignored {parameter}={asked[parameter][0][:60]}")


def number_of(url: str | None) -> int:
    """The number of a page of results.

    >>> number_of("/en/real-estate?page=3&amp;noindex=1"), number_of(None)
    (3, 1)
    """
    found = re.search(r"[?&;]page=(\d{1,6})", url or "")
    return int(found[1]) if found else 1


def following(results: Results, url: str | None) -> str | None:
    """The next page: of the address asked for, else as the page links to it."""
    number = results.number + 1
    if url:
        return page_url(entities.unescape(url), number)
    link = results.linked_pages.get(number)
    return urljoin("https://immovlan.be/", link) if link else None


def _own_number(layer: dict[str, Any], root: Selector, url: str | None) -> int:
    told = layer.get("search_page_offset")
    if isinstance(told, int) and not isinstance(told, bool) and told > 0:
        return told
    active = root.css("a.v3-pagination-btn.active::attr(href)").get()
    return number_of(url) if url else number_of(active)


def _line_of_count(root: Selector) -> str | None:
    lines = root.css("#search-results").xpath(".//div[contains(@class, 'col-12')]/text()").getall()
    return next((line for line in lines if _COUNT.search(line)), None)


def _counted(text: str | None) -> int | None:
    found = _COUNT.search(text or "")
    return int(re.sub(r"\D", "", found[1])) if found else None

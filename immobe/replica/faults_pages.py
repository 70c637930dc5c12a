"""Which page of a portal an address asks for, and where a page keeps what a crawler looks for."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import parse_qs


class PageKind(StrEnum):
    ROBOTS = "robots"
    LISTING = "listing"
    SEARCH = "search"
    OTHER = "other"
    """Home pages, and addresses that lead nowhere: never faulty."""


class Page(NamedTuple):
    """One page, however often and under whichever of its addresses it is asked for."""

    platform: str
    kind: PageKind
    key: str
    """A listing's id; the address of any other page, with its query."""


class Layout(NamedTuple):
    """What stands in a portal's pages, and what would stand there after a change: (now, then)."""

    markers: tuple[tuple[bytes, bytes], ...]
    price_key: tuple[bytes, bytes]


LAYOUTS = {
    "biddit": Layout(
        ((b'"properties"', b'"goods"'), (b"urlset", b"addresses")),
        (b'"startingPrice"', b'"firstAmount"'),
    ),
    "immoscoop": Layout(
        ((b"__NEXT_DATA__", b"__NEXT_STATE__"), (b'"#location"', b'"#map"'), (b"property-card", b"home-card")),
        (b'"price": {"label"', b'"amount": {"label"'),
    ),
    "immoweb": Layout(
        ((b"window.classified", b"window.advertData"), (b"iw-search", b"iw-found")),
        (b'"mainValue"', b'"amountValue"'),
    ),
    "immovlan": Layout(
        ((b"dataLayer.push(", b"visitLayer.push("), (b"list-view-item", b"result-item")),
        (b"detail__header_price_data", b"detail__header_amount"),
    ),
    "realo": Layout(
        ((b'class="name"', b'class="label"'), (b"totalResultsContainer", b"resultsTotal")),
        (b'itemprop="price"', b'itemprop="amount"'),
    ),
    "trevi": Layout(
        ((b"bien--details", b"estate-details"), (b"/fr/bien/", b"/fr/estate/"), (b"liste_biens", b"estate-list")),
        (b"<td>Prix</td>", b"<td>Montant</td>"),
    ),
    "twedehands": Layout(
        ((b"window.__CONFIG__", b"window.__DATA__"), (b"hz-Listing", b"hz-Card")),
        (b'"priceCents"', b'"priceAmount"'),
    ),
    "zimmo": Layout(
        ((b'id="main-features"', b'id="key-facts"'), (b"zimmo-listing", b"zimmo-card")),
        (b"Prijs</strong>", b"Bedrag</strong>"),
    ),
}
# A portal whose listing pages do not end in a number of five or more digits needs a pattern here.
LISTING_PATHS: dict[str, re.Pattern[str]] = {
    "immovlan": re.compile(
        r"/(?:en|fr|nl)/(?:detail|projectdetail)/(?:.*/)?(?P<id>vb[a-z]\d{5}|\d{7}-\d{7})/?", re.IGNORECASE
    ),
    "realo": re.compile(r"/(?:en|fr|nl)/[^/]+/(?P<id>\d+)"),
    "trevi": re.compile(r"/fr/bien/(?P<id>\d+)/.*"),
    "twedehands": re.compile(r"/v/immo/[^/]+/m(?P<id>\d+)(?:-[^/]*)?"),
    "zimmo": re.compile(r"/(?:nl|fr)/[^/]+/[^/]+/[^/]+/(?P<id>[0-9A-Z]{5,8})/?"),
}
# A portal whose listings' ids stand behind this parameter.
LISTING_PARAMETERS = {"realo": "l"}
# A portal whose search pages lie no deeper than a home page.
SEARCH_PATHS = {"immovlan": ("/en/real-estate", "/fr/immobilier", "/nl/vastgoed")}
_NUMBER = re.compile(r"/[^/]+/(?:.*/)?(?P<id>\d{5,})/?")
_SEARCH_DEPTH = 3  # slashes; a home page has fewer: /, /en, /en/


def page_of(platform: str, path: str, query: str) -> Page:
    """The page at a portal's `path`.

    >>> page_of("immoweb", "/en/classified/20000003", "")
    Page(platform='immoweb', kind=<PageKind.LISTING: 'listing'>, key='20000003')
    >>> page_of("immoweb", "/en/search/house/for-sale/gent/9000", "page=2").kind.value
    'search'
    """
    if path == "/robots.txt":
        return Page(platform, PageKind.ROBOTS, path)
    listing = LISTING_PATHS.get(platform, _NUMBER).fullmatch(path)
    if listing:
        named = parse_qs(query).get(LISTING_PARAMETERS.get(platform, ""), [listing["id"]])
        return Page(platform, PageKind.LISTING, named[-1])
    is_search = path.count("/") >= _SEARCH_DEPTH or path in SEARCH_PATHS.get(platform, ())
    kind = PageKind.SEARCH if is_search else PageKind.OTHER
    return Page(platform, kind, f"{path}?{query}")

"""Immoscoop's URLs and pages. Searches are in Dutch, so that the adverts' addresses are the Dutch ones."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from parsel import Selector

from immobe.errors import NotAListing
from immobe.geo import postal_codes_of_province
from immobe.items import PropertyType, TransactionType
from immobe.platforms import html
from immobe.platforms.addresses import page_url
from immobe.platforms.base import Evidence, SearchPage, SearchScope, linked_url
from immobe.platforms.immoscoop import cards, places, private, urls
from immobe.platforms.immoscoop import page as pages
from immobe.platforms.immoscoop.mapping import MAPPING, card_facts
from immobe.platforms.made_object import MadeObject
from immobe.platforms.search_scope import PROVINCE_NAMES

_TRANSACTIONS = {TransactionType.SALE: "te-koop", TransactionType.RENT: "te-huur"}
_NOTHING = re.compile(
    r"geen\s+(?:resultaten|panden|woningen)|no\s+(?:results|properties|listings)|aucun\s+(?:résultat|bien)",
    re.IGNORECASE,
)


class Immoscoop(MadeObject):
    name = "immoscoop"
    hosts = (urls.HOST, "immoscoop.be")
    evidence = Evidence.REPORTED
    # Neither is reported; a walk ends with the page that names no following one.
    results_per_page = 30
    max_pages = 500
    # Words that others report; for other types none is known, so they are not asked for.
    search_types = {  # noqa: RUF012 - a constant of the class
        PropertyType.HOUSE: ("woonhuis",),
        PropertyType.APARTMENT: ("appartement",),
    }
    mapping = MAPPING
    listing_pattern = urls.LISTING

    def searchable(self, scope: SearchScope) -> tuple[SearchScope, ...]:
        """Searches of at most twelve municipalities, as many as others were seen to name, within one province.

        Without a place none of the results could be checked, so all of Belgium is asked for by municipality too.
        """
        wanted = set(scope.postal_codes)
        provinces = (postal_codes_of_province(name) for name in PROVINCE_NAMES)
        chosen = ([code for code in codes if not wanted or code in wanted] for codes in provinces)
        return tuple(replace(scope, postal_codes=part) for codes in chosen for part in places.parts_of(codes))

    def search_url(self, scope: SearchScope) -> str:
        where = places.path_of(scope.postal_codes)
        path = "/".join(filter(None, ("/zoeken", _TRANSACTIONS[TransactionType(scope.transaction)], where)))
        query = {"minPrice": scope.min_price_eur, "maxPrice": scope.max_price_eur, "page": 1}
        asked = urlencode({key: value for key, value in query.items() if value is not None})
        return f"{urls.ROOT}{path}/{scope.property_type}?{asked}"

    def read_page(self, page: str, url: str | None) -> dict[str, Any]:
        root = html.parse(page)
        linked = linked_url(page)
        own = next((u for u in (linked, url) if u and self.listing_id(u)), None)
        if own is None and cards.cards(root, url):
            raise NotAListing("search_page", "this is a page of search results (for `immobe parse`: --kind search)")
        address = urls.read(html.required(own, "`link[rel=canonical]` or og:url with an advert's address"))
        return pages.read(root, self.canonical_url(str(own)), html.required(address, "an advert's address"))

    def payload_id(self, payload: dict[str, Any]) -> str | None:
        """The number in the object's own address, which must be its `id` too."""
        address = urls.read(url) if isinstance(url := payload.get("url"), str) else None
        return address.listing_id if address and str(payload.get("id"))[:20] == address.listing_id else None

    def listing_url(self, payload: dict[str, Any]) -> str:
        return self.canonical_url(str(payload["url"]))

    def read_search(self, page: str, url: str | None) -> SearchPage:
        root = html.parse(page)
        found = cards.cards(root, url)
        if not found and not _NOTHING.search(html.text_of(root.css("body")) or ""):
            elements = '`a[data-mobile-selector="property-card_card"]` or `[data-selector^="property-card:"]`'
            html.required(None, f"cards, {elements}, or words that there are none")
        stated = [
            {"platform_listing_id": card["id"], "url": self.canonical_url(card["url"]), **card_facts(card)}
            for card in found
        ]
        address = url or linked_url(page)
        outside, stopped = places.outside(stated, address)
        following = _next_page(root, address) if found and address and not stopped else None
        return SearchPage(stated, following, None, outside=outside, stopped=stopped)

    def without_private_data(self, payload: dict[str, Any]) -> dict[str, Any]:
        return private.redacted(payload)


def _next_page(root: Selector, url: str) -> str | None:
    """The address of the following page, when the page tells that there is one: by count, or by a link to it."""
    stated = parse_qs(urlsplit(url).query).get("page", [""])[-1]
    number = int(stated) if re.fullmatch(r"\d{1,5}", stated) else 1
    count = root.css("[data-component='pagination']::attr(data-page-count)").get() or ""
    linked = root.xpath("//a/@href | //link[@rel='next']/@href").re(r"[?&]page=(\d{1,5})(?:&|$)")
    is_more = number < int(count) if re.fullmatch(r"\d{1,5}", count) else str(number + 1) in linked
    return page_url(url, number + 1) if is_more else None

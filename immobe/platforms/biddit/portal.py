"""Biddit's URLs. Every search is the sitemap: it lists the lots of all Belgium, and is what the portal offers crawlers.

A lot has one page per language under the same number; the canonical one is the French page, which the sitemap names.
Pages come first: the service that holds a lot is asked only when its page holds none and robots.txt allows it. The
search service is never asked; answers of it that somebody saved are read.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from immobe.errors import NotAListing
from immobe.items import PropertyType, TransactionType
from immobe.platforms import html
from immobe.platforms.addresses import page_url
from immobe.platforms.base import Evidence, Platform, SearchPage, SearchScope, linked_url
from immobe.platforms.biddit import page as pages
from immobe.platforms.biddit import private
from immobe.platforms.biddit.mapping import MAPPING, card_facts

_ROOT = "https://www.biddit.be"
_SITEMAP = re.compile(r"(/stg/eco/fr_sitemap_)(\d{1,3})(\.xml)")
_SERVICE = re.compile(r"/api/eco/biddit-bff/lot/(\d{4,9})/?")
_EVERYTHING = "all"


class Biddit(Platform):
    name = "biddit"
    hosts = ("www.biddit.be", "biddit.be")
    evidence = Evidence.REPORTED
    results_per_page = 50_000  # the most that a sitemap may hold, by its standard
    max_pages = 20
    search_types = dict.fromkeys(PropertyType, (_EVERYTHING,))
    mapping = MAPPING
    listing_pattern = re.compile(r"(?:/(?:fr|nl|en|de))?/catalog/detail/(?P<id>\d{4,9})/?")
    ends_with_404 = True

    def canonical_url(self, url: str) -> str:
        service = _SERVICE.fullmatch(urlsplit(url).path) if self.owns(url) else None
        listing_id = service[1] if service else self.listing_id(url)
        return super().canonical_url(url) if listing_id is None else _page_of(listing_id)

    def object_url(self, url: str) -> str | None:
        """The lot in the service that the portal's own pages ask."""
        listing_id = self.listing_id(url)
        return None if listing_id is None else f"{_ROOT}/api/eco/biddit-bff/lot/{listing_id}"

    def searchable(self, scope: SearchScope) -> tuple[SearchScope, ...]:
        """One search for everything that is sold; Biddit lets nothing."""
        is_sale = scope.transaction == TransactionType.SALE
        return (SearchScope(TransactionType.SALE, _EVERYTHING),) if is_sale else ()

    def search_url(self, scope: SearchScope) -> str:
        return f"{_ROOT}/stg/eco/fr_sitemap_1.xml"

    def read_listing(self, page: str, url: str | None = None) -> dict[str, Any]:
        value = html.bare_object(page)
        if value is not None:
            return _checked(value)
        if "<urlset" in page[:2000]:
            raise NotAListing("search_page", "this is a sitemap (for `immobe parse`: --kind search)")
        reference = self.listing_id(url or "") or self.listing_id(linked_url(page) or "")
        return pages.lot_in(page, reference)

    def payload_id(self, payload: dict[str, Any]) -> str | None:
        return pages.reference_of(payload)

    def listing_url(self, payload: dict[str, Any]) -> str:
        return _page_of(str(self.payload_id(payload)))

    def read_search(self, page: str, url: str | None) -> SearchPage:
        """A sitemap, or an answer of the search service; `total` of a sitemap counts the lots in the first one."""
        answer = html.bare_object(page)
        if answer is not None:
            return self._answer(answer, url)
        found = {self.listing_id(address): None for address in pages.sitemap_locations(page)}
        cards = [
            {"platform_listing_id": reference, "url": _page_of(reference), **card_facts({})}
            for reference in found
            if reference is not None
        ]
        place = _SITEMAP.fullmatch(urlsplit(url or "").path)
        number = int(place[2]) if place else 1
        next_page = f"{_ROOT}{place[1]}{number + 1}{place[3]}" if place and cards else None
        return SearchPage(cards, next_page, len(cards) if number == 1 else None)

    def _answer(self, answer: dict[str, Any], url: str | None) -> SearchPage:
        cards = []
        for lot in pages.search_hits(answer):
            reference = str(self.payload_id(lot))
            cards.append({"platform_listing_id": reference, "url": _page_of(reference), **card_facts(lot)})
        total = answer.get("totalElements")
        more = cards and answer.get("last") is False and url
        return SearchPage(cards, _next_answer(url) if more and url else None, total if type(total) is int else None)

    def without_private_data(self, payload: dict[str, Any]) -> dict[str, Any]:
        return private.kept(payload)


def _checked(value: dict[str, Any]) -> dict[str, Any]:
    """A lot, also inside the `content` of a search result."""
    inner = value.get("content")
    if isinstance(inner, list):
        raise NotAListing("search_page", "this is an answer of the search service (for `immobe parse`: --kind search)")
    lot = inner if isinstance(inner, dict) else value
    html.required(pages.reference_of(lot), "`referenceCode` or `reference`")
    html.required(isinstance(lot.get("properties"), list), "a list `properties`")
    return lot


def _page_of(reference: str) -> str:
    return f"{_ROOT}/fr/catalog/detail/{reference}"


def _next_answer(url: str) -> str:
    """The service counts pages from 0.

    >>> _next_answer("https://www.biddit.be/api/eco/search-service/lot/_search?page=0&pageSize=30")
    'https://www.biddit.be/api/eco/search-service/lot/_search?page=1&pageSize=30'
    """
    number = parse_qs(urlsplit(url).query).get("page", ["0"])[-1]
    return page_url(url, int(number) + 1 if re.fullmatch(r"\d{1,6}", number) else 1)

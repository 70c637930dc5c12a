"""Immovlan's URLs and pages.

A listing's address is in its page's language, and each language has words of its own for type and town, so that one
listing has three addresses; the id at their end is the same. Crawls look at English pages only: a listing's stored URL
is its English one. `immobe parse` keeps the address of the page that it was given.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

from immobe.errors import NotAListing
from immobe.items import PropertyType, TransactionType
from immobe.platforms import html
from immobe.platforms.base import FoundListing, Platform, SearchPage, SearchScope
from immobe.platforms.immovlan import page as listing
from immobe.platforms.immovlan import private, project, scripts, search
from immobe.platforms.immovlan.mapping import MAPPING, card_facts

_ID = re.compile(r"[a-z]{2,4}\d{4,9}|\d{3,12}-\d{3,12}")
_TRANSACTIONS = {TransactionType.SALE: "for-sale,in-public-sale", TransactionType.RENT: "for-rent,to-share"}
_PORTAL_TYPES = ("house", "apartment", "land", "garage", "investment-property", "student-housing", "miscellaneous")


class Immovlan(Platform):
    name = "immovlan"
    hosts = ("immovlan.be", "www.immovlan.be")
    results_per_page = search.RESULTS_PER_PAGE
    max_pages = 50
    # The portal's types; of its type `business`, subtypes.
    search_types = {  # noqa: RUF012 - a constant of the class
        PropertyType.HOUSE: ("house", "investment-property"),
        PropertyType.APARTMENT: ("apartment", "student-housing"),
        PropertyType.LAND: ("land",),
        PropertyType.GARAGE: ("garage",),
        PropertyType.OFFICE: ("office-space",),
        PropertyType.RETAIL: ("commercial-building,business-surface",),
        PropertyType.INDUSTRIAL: ("industrial-building",),
        PropertyType.OTHER: ("miscellaneous",),
    }
    mapping = MAPPING
    listing_pattern = re.compile(
        r"/(?:en|fr|nl|de)/(?:detail(?:/[^/]+){0,4}|projectdetail)/(?P<id>[a-z]{2,4}\d{4,9}|\d{3,12}-\d{3,12})/?",
        re.IGNORECASE,
    )

    def listing_id(self, url: str) -> str | None:
        found = super().listing_id(url)
        return found.lower() if found else None

    def canonical_url(self, url: str) -> str:
        """Lower case, without `www`, query, fragment and trailing slash; in the language of the page."""
        return f"https://immovlan.be{urlsplit(url).path.rstrip('/').lower()}"

    def search_url(self, scope: SearchScope) -> str:
        """English. `provinces` as captured; `towns` takes bare postal codes and leads to names (reported 2026)."""
        word = scope.property_type
        query = {
            "transactiontypes": _TRANSACTIONS[TransactionType(scope.transaction)],
            "propertytypes": word if word in _PORTAL_TYPES else "business",
            "propertysubtypes": "" if word in _PORTAL_TYPES else word,
            "provinces": scope.province.replace("_", "-") if scope.province else "",
            "towns": "" if scope.province else ",".join(scope.postal_codes),
            "minprice": scope.min_price_eur,
            "maxprice": scope.max_price_eur,
            "noindex": 1,
        }
        return f"https://immovlan.be/en/real-estate?{urlencode({k: v for k, v in query.items() if v}, safe=',')}"

    def read_listing(self, page: str, url: str | None = None) -> dict[str, Any]:
        bare = html.bare_object(page)
        if bare is not None:
            return self._checked(bare)
        root = listing.parse(page)
        layer = scripts.data_layer(page)
        if layer.get("page_type", "searchResult") == "searchResult" and scripts.search_layer(page):
            raise NotAListing("search_page", "this is a page of search results (for `immobe parse`: --kind search)")
        html.required(layer, "`dataLayer.push` with `vlan_code`")
        read = project.read if layer.get("page_type") == "projectDetailResult" else listing.read
        return self._checked(read(page, root, layer))

    def _checked(self, payload: dict[str, Any]) -> dict[str, Any]:
        if self.payload_id(payload) is None or not isinstance(payload.get("data_layer"), dict):
            raise NotAListing("not_an_advert", "the object is no Immovlan advert: it lacks `id` or `data_layer`")
        return payload

    def payload_id(self, payload: dict[str, Any]) -> str | None:
        found = payload.get("id")
        return found.lower() if isinstance(found, str) and _ID.fullmatch(found.lower()) else None

    def listing_url(self, payload: dict[str, Any]) -> str:
        """The address that the page states; else a short one, which leads to it."""
        listing_id, stated = self.payload_id(payload), payload.get("url")
        if isinstance(stated, str) and stated.isascii() and self.listing_id(stated) == listing_id:
            return self.canonical_url(stated)
        kind = "projectdetail" if "-" in str(listing_id) else "detail"
        return f"https://immovlan.be/en/{kind}/{listing_id}"

    def units(self, payload: dict[str, Any]) -> list[FoundListing]:
        own, found = self.payload_id(payload), []
        units = payload.get("units")
        for unit in units if isinstance(units, list) else ():
            url = unit.get("url") if isinstance(unit, dict) else None
            unit_id = self.listing_id(url) if isinstance(url, str) else None
            if isinstance(url, str) and unit_id not in (None, own):
                found.append(FoundListing(str(unit_id), self.canonical_url(url), own))
        return found

    def read_search(self, page: str, url: str | None) -> SearchPage:
        results = search.read(listing.parse(page), page, url)
        cards = []
        for card in results.cards:
            listing_id = self.listing_id(card["url"])
            if listing_id:
                canonical = self.canonical_url(card["url"])
                cards.append({"platform_listing_id": listing_id, "url": canonical, **card_facts(card, canonical)})
        more = results.cards and self._goes_on(results) and results.number < self.max_pages
        following = search.following(results, url) if more else None
        # Without a count, links to the last page that is shown tell that there may be more behind it.
        is_capped = results.total is None and max(results.linked_pages, default=1) >= self.max_pages
        return SearchPage(cards, following, results.total, is_capped)

    def _goes_on(self, results: search.Results) -> bool:
        if results.total is not None:
            return results.number * self.results_per_page < results.total
        if results.linked_pages:
            return max(results.linked_pages) > results.number
        return len(results.cards) >= self.results_per_page

    def without_private_data(self, payload: dict[str, Any]) -> dict[str, Any]:
        return private.redacted(payload)

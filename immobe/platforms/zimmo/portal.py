"""Zimmo's URLs and pages.

Search pages come as Angular tiles since September 2026, before as objects in a script (both captured). Of listing pages
the layout until June 2026 is captured in part; what came since is not known, so that those pages are refused by name.
Objects of the portal's own service are read when a person saved one; the service itself wants a token that it gives to
the portal's own pages, and is never called.
"""

from __future__ import annotations

import re
from typing import Any

from parsel import Selector

from immobe.errors import NotAListing, UnreadablePage
from immobe.items import PropertyType
from immobe.mapping.paths import first
from immobe.platforms import html
from immobe.platforms.base import FoundListing, Platform, SearchPage, SearchScope, as_object, decode_json_at, linked_url
from immobe.platforms.zimmo import addresses, cards, detail, private
from immobe.platforms.zimmo.mapping import MAPPING, card_facts

_CODE = re.compile(rf"(?i:{addresses.CODE})")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Zimmo(Platform):
    name = "zimmo"
    hosts = (addresses.HOST, "zimmo.be")
    # Both answer with a redirect to Zimmo's home page (reports of 2026).
    alias_hosts = ("www.logic-immo.be", "logic-immo.be", "www.hebbes.be", "hebbes.be")
    results_per_page = 21
    max_pages = 100  # as a report of 2025 has it: further pages are empty
    search_types = {  # noqa: RUF012 - a constant of the class
        PropertyType.HOUSE: ("HOUSE",),
        PropertyType.APARTMENT: ("APARTMENT", "ROOM"),
        PropertyType.LAND: ("PLOT",),
        PropertyType.GARAGE: ("GARAGE",),
        # One category holds them all.
        PropertyType.OFFICE: ("COMMERCIAL",),
        PropertyType.RETAIL: ("COMMERCIAL",),
        PropertyType.INDUSTRIAL: ("COMMERCIAL",),
        PropertyType.OTHER: ("OTHER",),
    }
    mapping = MAPPING
    listing_pattern = addresses.PATH

    def listing_id(self, url: str) -> str | None:
        """The Zimmo code in a listing URL, in upper case."""
        found = super().listing_id(url)
        return found.upper() if found else None

    def canonical_url(self, url: str) -> str:
        """The URL in the language it was found in, without query and trailing slash: the other language names places
        and types in words that the page does not tell."""
        return addresses.absolute(url) or super().canonical_url(url)

    def search_url(self, scope: SearchScope) -> str:
        return addresses.search_url(
            scope.transaction, scope.property_type, scope.postal_codes, scope.min_price_eur, scope.max_price_eur
        )

    def read_listing(self, page: str, url: str | None = None) -> dict[str, Any]:
        bare = html.bare_object(page)
        if bare is not None:
            return self._checked(bare, url)
        root = html.parse(page)
        # A listing's page may show others like it.
        is_listing = addresses.path_facts(url or linked_url(page) or "")
        if not is_listing and not root.css(detail.SECTION) and _is_search(page, root):
            raise NotAListing("search_page", "this is a page of search results (for `immobe parse`: --kind search)")
        return detail.read(page, root, url)

    def _checked(self, payload: dict[str, Any], url: str | None) -> dict[str, Any]:
        if isinstance(payload.get("estate"), dict) and url and addresses.path_facts(url) and not _code(payload):
            payload = {**payload, "url": addresses.absolute(url)}
        if self.payload_id(payload) is None:
            raise NotAListing("no_id", "the object is no Zimmo listing: it has no code, or none of the keys of one")
        return payload

    def payload_id(self, payload: dict[str, Any]) -> str | None:
        """The Zimmo code; of an object of the service that tells none, its own id."""
        code = _code(payload)
        if code or not isinstance(payload.get("estate"), dict):
            return code
        found = payload.get("id")
        return found.lower() if isinstance(found, str) and _UUID.fullmatch(found) else None

    def listing_url(self, payload: dict[str, Any]) -> str:
        """The URL that the object tells, Dutch when it tells several; else one that names only its id."""
        own = self.payload_id(payload)
        told = (first(payload, at) for at in ("url", *_DETAIL_URLS))
        urls = [addresses.absolute(url) for url in told if isinstance(url, str)]
        found = next((url for url in urls if url and addresses.path_facts(url)["id"] == own), None)
        return found or f"https://{addresses.HOST}/{own}"

    def units(self, payload: dict[str, Any]) -> list[FoundListing]:
        project, units = self.payload_id(payload), payload.get("units")
        return [
            FoundListing(facts["id"], str(addresses.absolute(unit["url"])), project)
            for unit in (units if isinstance(units, list) else ())
            if isinstance(unit, dict) and unit.get("is_sold") is not True and isinstance(unit.get("url"), str)
            for facts in (addresses.path_facts(unit["url"]),)
            if facts and facts["id"] != project
        ]

    def read_search(self, page: str, url: str | None) -> SearchPage:
        text = page.lstrip("\ufeff \t\r\n")
        if text[:1] in ("{", "["):
            return self._saved_results(decode_json_at(text, 0, "the results"))
        root = html.parse(page)
        found, is_empty = _results(page, root)
        listings = [card for card in found if isinstance(card, dict) and self.payload_id(card)]
        if found and not listings:
            raise UnreadablePage("results_without_ids", "no search result has a code: the format has changed")
        if not is_empty:
            html.required(listings, f"<{cards.TILE}>, app.start({{properties}}) and {cards.ITEM} (no search results)")
        url = url or linked_url(page)
        number = addresses.page_number(url or "")
        last = max([number, *_linked_numbers(root)])
        more = bool(listings) and (last > number or len(listings) >= self.results_per_page) and number < self.max_pages
        next_page = addresses.page_url(url, number + 1) if more and url else None
        # The portal writes no total into the page; a first page that nothing follows holds them all.
        total = len(listings) if url and number == 1 and not more else None
        return SearchPage([self._card(c) for c in listings], next_page, total, last >= self.max_pages)

    def _saved_results(self, value: Any) -> SearchPage:
        """An answer of the service, a list of its objects, or one of them."""
        answer = value if isinstance(value, list) else as_object(value, "the results")
        found = answer if isinstance(answer, list) else answer.get("listings", [answer])
        if not isinstance(found, list):
            raise UnreadablePage("results_not_a_list", f"the results are a {type(found).__name__}, not a list")
        listings = [card for card in found if isinstance(card, dict) and self.payload_id(card)]
        if not listings:
            raise UnreadablePage("results_without_ids", "no search result has a code: the format has changed")
        total = answer.get("total") if isinstance(answer, dict) else len(found)
        is_number = isinstance(total, int) and not isinstance(total, bool)
        return SearchPage([self._card(card) for card in listings], None, total if is_number else None)

    def _card(self, card: dict[str, Any]) -> dict[str, Any]:
        url = self.listing_url(card)
        return {"platform_listing_id": self.payload_id(card), "url": url, **card_facts(card, url)}

    def without_private_data(self, payload: dict[str, Any]) -> dict[str, Any]:
        return private.redacted(payload)


_DETAIL_URLS = tuple(f"enriched.detailPageUrl.{language}" for language in ("nl", "fr", "en"))


def _code(payload: dict[str, Any]) -> str | None:
    """The Zimmo code that an object tells, whichever of the three shapes it has."""
    if isinstance(payload.get("labels"), dict):
        told = [payload.get("id")]
    elif isinstance(payload.get("estate"), dict):
        urls = (first(payload, at) for at in (*_DETAIL_URLS, "url"))
        from_urls = [addresses.path_facts(url).get("id") for url in urls if isinstance(url, str)]
        told = [first(payload, "extra.zimmoCode"), first(payload, "extra.code"), *from_urls]
    else:
        told = [payload.get("code")] if "prijs" in payload or "type" in payload else []
    codes = [code for code in told if isinstance(code, str) and _CODE.fullmatch(code.strip())]
    return codes[0].strip().upper() if codes else None


def _is_search(page: str, root: Selector) -> bool:
    return bool(root.css(f"{cards.TILE}, {cards.ITEM}") or cards.PROPERTIES.search(page))


def _results(page: str, root: Selector) -> tuple[list[Any], bool]:
    """The cards of a page in the first form that it has, and whether the page says that there are none."""
    if root.css(cards.TILE):
        return cards.tile_cards(root), False
    properties = cards.script_cards(page)
    if properties:
        return properties, False
    items = cards.item_cards(root)
    return items, not items and bool(properties == [] or root.css(cards.EMPTY))


def _linked_numbers(root: Selector) -> list[int]:
    """The numbers of the pages of results that a page links to; a listing's link repeats its search."""
    links = root.css("a[href*='p='], a[href*='pagina=']").xpath("@href").getall()
    return [addresses.page_number(link) for link in links if not addresses.path_facts(link)]

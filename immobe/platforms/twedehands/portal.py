"""Addresses and pages of 2dehands.be and 2ememain.be."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from immobe.errors import NotAListing, UnreadablePage
from immobe.items import PropertyType, TransactionType
from immobe.mapping import mapper
from immobe.mapping.privacy import without_contacts, without_contacts_below
from immobe.platforms import html
from immobe.platforms.addresses import own_address
from immobe.platforms.base import Evidence, SearchPage, SearchScope, linked_url
from immobe.platforms.made_object import MadeObject
from immobe.platforms.twedehands.mapping import DERIVE, FIELDS, MAPPING

_CONFIG = re.compile(r"window\.__CONFIG__\s*=\s*(?=\{)")
_LANGUAGES = {"www.2dehands.be": "nl", "www.2ememain.be": "fr"}
# Homes abroad, and the rest of the site, are none of ours.
_ABROAD = ("buitenland", "etranger")
_OUTLINE_ELEMENTS = 2_000


class Twedehands(MadeObject):
    """An advert has one number on both hosts. Its address has each site's own words, which are not translated here: it
    stays the one where the advert was seen. Crawls begin on 2dehands.be, in Dutch."""

    name = "twedehands"
    hosts = tuple(_LANGUAGES)
    results_per_page = 30
    max_pages = 2000  # no limit was reported
    # Houses and flats share a category; of the others no name was reported.
    search_types = dict.fromkeys((PropertyType.HOUSE, PropertyType.APARTMENT), ("huizen-en-appartementen-te-koop",))
    mapping = MAPPING
    listing_pattern = re.compile(
        rf"/v/immo/(?!(?:{'|'.join(_ABROAD)})/)(?P<category>[^/]+)/m(?P<id>\d{{6,12}})(?:-[^/]*)?/?"
    )
    evidence = Evidence.REPORTED

    def canonical_url(self, url: str) -> str:
        """Without the title's words when they hold a telephone number: the number of the advert leads there too."""
        canonical = super().canonical_url(url)
        head, dash, words = canonical.rpartition("/")[2].partition("-")
        spoken = words.replace("-", " ")
        contacts = dash and without_contacts(spoken) != spoken
        return f"{canonical.rpartition('/')[0]}/{head}" if contacts else canonical

    def searchable(self, scope: SearchScope) -> tuple[SearchScope, ...]:
        """A category is for sale or to let, and takes neither places nor prices."""
        if scope.transaction != TransactionType.SALE:
            return ()
        return (SearchScope(scope.transaction, scope.property_type),)

    def search_url(self, scope: SearchScope) -> str:
        return f"https://www.2dehands.be/l/immo/{scope.property_type}/"

    def read_page(self, page: str, url: str | None) -> dict[str, Any]:
        root = html.parse(page)
        if any(address and _is_abroad(address) for address in (url, linked_url(page))):
            raise NotAListing("not_in_belgium", "the advert is of a home abroad")
        own = own_address(self, page, url)
        config = html.required(html.script_object(page, _CONFIG), "window.__CONFIG__")
        listing = html.required(config.get("listing") if isinstance(config, dict) else None, "__CONFIG__.listing")
        if not isinstance(listing, dict) or not isinstance(listing.get("priceInfo"), dict):
            raise NotAListing("element_missing", "the page lacks __CONFIG__.listing.priceInfo: the format changed")
        if listing.get("itemId") not in (None, f"m{self.listing_id(own)}", self.listing_id(own)):
            raise NotAListing("another_listing", f"the page of {self.listing_id(own)} holds {listing['itemId']}"[:80])
        parts = self.listing_pattern.fullmatch(urlsplit(own).path)
        return {
            "id": self.listing_id(own),
            "url": self.canonical_url(own),
            "language": _LANGUAGES[str(urlsplit(own).hostname)],
            "category": parts["category"] if parts else None,
            "title": html.required(listing.get("title"), "__CONFIG__.listing.title"),
            "priceInfo": listing["priceInfo"],
            "description": html.lines_of(root.css('[data-collapsable="description"]')) or listing.get("description"),
            "images": _pictures(listing),
            "stats": {"since": _below(listing, "stats").get("since")},
            "seller": _below(listing, "seller"),
            "facts": _facts_of(root.css("img")),
        }

    def read_search(self, page: str, url: str | None) -> SearchPage:
        root = html.parse(page)
        found = root.css(".hz-Listing")
        address = url or linked_url(page) or self.search_url(SearchScope("sale", "huizen-en-appartementen-te-koop"))
        if not found:
            # Behind its last page a category shows none, but it is still a page of results.
            html.required(_page_number(address) > 1 or root.css("[class*=Listings]"), ".hz-Listing")
        cards = [card for element in found if (card := self._card(element, address)) is not None]
        links = [link for element in found for link in element.css('a[href*="/v/"]::attr(href)').getall()]
        if found and not links:
            raise UnreadablePage("results_without_ids", 'no card has a link a[href*="/v/"]: the format has changed')
        more = len(found) >= self.results_per_page
        return SearchPage(cards, _page_url(address, _page_number(address) + 1) if more else None, None)

    def _card(self, element: Selector, address: str) -> dict[str, Any] | None:
        """None for an advert of another part of the site, and for a home abroad."""
        links = (urljoin(address, link) for link in element.css("a::attr(href)").getall())
        own = next((link for link in links if self.listing_id(link)), None)
        if own is None:
            return None
        parts = self.listing_pattern.fullmatch(urlsplit(own).path)
        card = {
            "language": _LANGUAGES[str(urlsplit(own).hostname)],
            "category": parts["category"] if parts else None,
            "title": html.text_of(element.css(".hz-Text--bodyLargeStrong")) or html.text_of(element.css("h3")),
            "price": html.text_of(element.css(".hz-Title")),
            "place": html.text_of(element.css("[class*=Location], [class*=location]")),
            "facts": _facts_of(element.css("img")),
        }
        facts = mapper.card_facts(card, FIELDS, DERIVE, own)
        return {"platform_listing_id": self.listing_id(own), "url": self.canonical_url(own), **facts}

    def without_private_data(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Of a seller the place alone; no name, telephone number or e-mail address in the texts."""
        seller = _below(payload, "seller")
        names = [value for key, value in seller.items() if "name" in key.lower() and isinstance(value, str)]
        place = {k: v for k, v in _below(seller, "location").items() if k in ("cityName", "countryName")}
        texts: dict[str, Any] = {
            name: without_contacts(found, names)
            for name in ("title", "description")
            if isinstance(found := payload.get(name), str)
        }
        texts["facts"] = without_contacts_below(payload.get("facts"), names)
        return {**payload, **texts, "seller": {"location": place}}

    def scrub_page(self, page: str) -> str:
        """The page's elements with their classes, and none of its words: anything in it may be about a person."""
        root = Selector(text=page.replace("\x00", "")) if page.strip() else None
        elements = root.xpath("//*")[:_OUTLINE_ELEMENTS] if root is not None else []
        return " ".join(".".join([e.root.tag, *(e.xpath("@class").get() or "").split()]) for e in elements)


def _is_abroad(url: str) -> bool:
    """Whether an address is of the category of homes abroad."""
    return urlsplit(url).path.startswith(tuple(f"/v/immo/{word}/" for word in _ABROAD))


def _facts_of(pictures: Any) -> list[str] | None:
    """What the title of the first picture lists behind the advert's own title."""
    title = next((t for t in pictures.xpath("@title").getall() if ", Immo, " in t), None)
    return title.partition(", Immo, ")[2].split(", ") if title else None


def _below(value: dict[str, Any], key: str) -> dict[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _pictures(listing: dict[str, Any]) -> list[str]:
    found = _below(listing, "gallery").get("imageUrls")
    urls = [url for url in found if isinstance(url, str)] if isinstance(found, list) else []
    return [f"https:{url}" if url.startswith("//") else url for url in urls]


def _page_number(url: str) -> int:
    found = re.search(r"/p/(\d{1,5})/?$", urlsplit(url).path)
    return int(found[1]) if found else 1


def _page_url(url: str, number: int) -> str:
    """The same category at another page: `…/p/N/`."""
    path = re.sub(r"/p/\d+/?$", "/", urlsplit(url).path).rstrip("/")
    return urlsplit(url)._replace(path=f"{path}/p/{number}/", query="", fragment="").geturl()

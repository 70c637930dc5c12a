"""Addresses and pages of a site on this software."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit

from parsel import Selector

from immobe.errors import NotAListing
from immobe.geo.towns import town_name
from immobe.items import PropertyType, SellerType, TransactionType
from immobe.mapping import mapper, price_text, vocabulary
from immobe.mapping.convert import readable
from immobe.platforms import html, labelled
from immobe.platforms.addresses import own_address
from immobe.platforms.base import Evidence, SearchPage, SearchScope, linked_url
from immobe.platforms.made_object import MadeObject
from immobe.platforms.whise.mapping import CARD, FIELDS, MAPPING

_CARDS = 'a[href*="/bien/"] in div.liste_biens'
# Words that stand alone: a row "let" in a table, or a word of the text, is about something else.
_BADGES = ".//*[not(*) and not(ancestor-or-self::table or ancestor-or-self::p or self::script or self::style)]"
_STATUS = vocabulary.word_to(vocabulary.STATUS)
_PLACE = re.compile(r"[1-9]\d{3}\s+[^\W\d_].*")
_ROOMS = re.compile(r"(\d{1,2})\s*(?:chbres?|chambres?|ch\.|slpks?\.?|slaapkamers?|bedrooms?)\b\.?", re.IGNORECASE)
_AREA = re.compile(r"(\d[\d.,\s]*\s*(?:m²|m2|ha\b|a(?:res?|ren)?\b(?:\s*\d{1,2}\s*ca\b)?))\s*(.*)", re.IGNORECASE)
_LAND = re.compile(r"terrain|grond|perceel|\bland\b|\bplot\b", re.IGNORECASE)
_LIVING = re.compile(r"habitable|bewoonbare?|living", re.IGNORECASE)
_REFERENCE = re.compile(r"r[ée]f[ée]ren(?:ce|tie)", re.IGNORECASE)


class WhiseSite(MadeObject):
    """One site. Canonical is the French page: the only language whose addresses were reported."""

    seller_name: ClassVar[str]
    """The agency, as it calls itself."""
    results_per_page = 12
    max_pages = 200  # no limit was reported
    search_types = {  # noqa: RUF012 - a constant of the class
        PropertyType.HOUSE: ("maisons",),
        PropertyType.APARTMENT: ("appartements",),
    }
    mapping = MAPPING
    listing_pattern = re.compile(r"/(?:fr|nl|en)/bien/(?P<id>\d{4,9})(?:/[^/]*){0,4}")
    evidence = Evidence.REPORTED
    _categories: ClassVar[dict[str, int]] = {"maisons": 1, "appartements": 2}

    def search_url(self, scope: SearchScope) -> str:
        is_rent = scope.transaction == TransactionType.RENT
        query: list[tuple[str, object]] = [
            ("purpose", int(is_rent)),
            ("estatecategory", self._categories[scope.property_type]),
            *(("zips[]", f"{code}_{town_name(code, 'fr')}") for code in scope.postal_codes),
        ]
        bounds = (("minprice", scope.min_price_eur), ("maxprice", scope.max_price_eur))
        query += [(name, bound) for name, bound in bounds if bound is not None]
        path = f"/fr/{'louer' if is_rent else 'acheter'}-bien-immobilier/{scope.property_type}"
        return f"https://{self.hosts[0]}{path}?{urlencode(query, safe='[]')}"

    def read_page(self, page: str, url: str | None) -> dict[str, Any]:
        root = html.parse(page)
        own = own_address(self, page, url)
        details = html.required(root.css("div.bien--details"), "div.bien--details")[0]
        payload = self._details(details) | {
            "id": self.listing_id(own),
            "url": self.canonical_url(own),
            "language": urlsplit(own).path[1:3],
            "kind": _kind_in(own),
            "title": html.meta(root).get("og:title"),
            "seller": {"type": SellerType.AGENCY.upper(), "name": self.seller_name},
        }
        labels = payload["labels"]
        if not (labels.get("price") or labels.get("rent") or payload["status"]):
            raise NotAListing("element_missing", "the page lacks a row with the price or the rent, and says no status")
        return payload

    def _details(self, details: Selector) -> dict[str, Any]:
        cells = (row.xpath("./td|./th") for row in details.css("table tr"))
        rows = [(cell[:1], cell[1:2]) for cell in cells]
        labels = html.required(html.labelled(rows, labelled.NAMES), "table tr td: rows of labels that we know")
        badges = [html.text_of(leaf) or "" for leaf in details.xpath(_BADGES)]
        reference = next((p for p in details.xpath(".//p[b]") if _REFERENCE.search(html.text_of(p) or "")), None)
        return {
            "labels": labels,
            "status": next(filter(_is_status, badges), None),
            "reference": html.text_of(reference.xpath("./b[last()]")) if reference is not None else None,
            "description": "".join(reference.xpath("./following-sibling::p").getall())
            if reference is not None
            else None,
            "images": details.css('a[data-fancybox="gallery"]::attr(href)').getall(),
        }

    def read_search(self, page: str, url: str | None) -> SearchPage:
        root = html.parse(page)
        address = url or linked_url(page) or ""
        base = f"https://{self.hosts[0]}"
        links = root.xpath("//a[@href]")
        found = {self.listing_id(urljoin(base, _href(link))): link for link in reversed(links)}
        cards = [self._card(listing_id, link, base, address) for listing_id, link in found.items() if listing_id]
        if not cards:
            html.required(root.css(".liste_biens"), _CARDS)
        return SearchPage(cards[::-1], self._next_page(links, address, base), None)

    def _card(self, listing_id: str, link: Selector, base: str, address: str) -> dict[str, Any]:
        url = self.canonical_url(urljoin(base, _href(link)))
        texts = [part for t in link.xpath(".//text()").getall() if (part := " ".join(t.split()))]
        labels = {"bedroom_count": _first(_ROOMS, texts)}
        for part in texts:
            found = _AREA.fullmatch(part)
            name = _area_name(found[1], found[2]) if found else None
            if found and name:
                labels.setdefault(name, found[1])
        card = {
            "labels": {name: value for name, value in labels.items() if value},
            "kind": next(filter(_is_kind, texts), None) or _kind_in(url),
            "price": next(filter(price_text.states_a_price, texts), None),
            "status": next(filter(_is_status, texts), None),
            "place": next(filter(_PLACE.fullmatch, texts), None),
            "purpose": _purpose(address),
        }
        return {"platform_listing_id": listing_id, "url": url, **mapper.card_facts(card, FIELDS, CARD, url)}

    def _next_page(self, links: Any, address: str, base: str) -> str | None:
        """The next page, when the page links to it."""
        wanted = _page_number(address) + 1
        if not any(_page_number(urljoin(base, _href(link))) == wanted for link in links):
            return None
        parts = urlsplit(address)
        query = [(name, value) for name, value in parse_qsl(parts.query) if name != "pagenumber"]
        return parts._replace(query=urlencode([*query, ("pagenumber", wanted)], safe="[]"), fragment="").geturl()

    def without_private_data(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Nothing to remove: agencies alone advertise here, and their employees are not read."""
        return payload


def _kind_in(url: str) -> str | None:
    """The type in an address: `/fr/bien/7222927/41/maison/La%20Hulpe`."""
    parts = urlsplit(url).path.split("/")
    return parts[5].replace("-", " ") if len(parts) > 5 else None


def _href(link: Selector) -> str:
    return link.xpath("@href").get() or ""


def _purpose(url: str) -> str | None:
    """What a search was for, in words."""
    parts = urlsplit(url)
    purpose = parse_qs(parts.query).get("purpose", [""])[-1]
    if purpose == "1" or "/louer-" in parts.path:
        return "for rent"
    return "for sale" if purpose == "0" or "/acheter-" in parts.path else None


def _page_number(url: str) -> int:
    number = parse_qs(urlsplit(url).query).get("pagenumber", ["1"])[-1]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1


def _is_status(part: str) -> bool:
    return len(part) < 40 and readable(_STATUS, part) is not None


def _is_kind(part: str) -> bool:
    return len(part) < 40 and readable(vocabulary.type_of_word, part) is not None


def _first(pattern: re.Pattern[str], texts: list[str]) -> str | None:
    return next((found[1] for part in texts if (found := pattern.fullmatch(part))), None)


def _area_name(amount: str, words: str) -> str | None:
    """Which area it is: ares and hectares measure land; square metres say what they measure, or nothing is known."""
    if _LAND.search(words) or "m" not in amount.lower():
        return "land_area_m2"
    return "living_area_m2" if _LIVING.search(words) else None

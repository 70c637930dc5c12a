"""Realo's addresses and pages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from parsel import Selector

from immobe.errors import NotAListing, UnreadablePage
from immobe.geo import locate
from immobe.geo.towns import slug, town_name
from immobe.items import PropertyType, Region, SellerType
from immobe.mapping import mapper, price_text
from immobe.mapping.privacy import without_contacts
from immobe.platforms import html, labelled
from immobe.platforms.addresses import page_url
from immobe.platforms.base import Evidence, SearchPage, SearchScope, linked_url
from immobe.platforms.made_object import MadeObject
from immobe.platforms.realo.mapping import CARD, FIELDS, MAPPING

_ROOT = "https://www.realo.be"
_CARDS = '//*[@data-scope="componentEstateGridItem" or @data-id="componentEstateListGridItem"]'
_TOTAL = '[data-id="totalResultsContainer"]'
_SLUG = re.compile(r"(?:.*-)?(?P<code>[1-9]\d{3})-[^/]+")
# Realo knows the home, but nobody offers it there (any more).
_NOT_OFFERED = re.compile(r"not for sale|pas à vendre|niet te koop", re.IGNORECASE)
_BEDS = re.compile(r"\b(\d{1,2})\s*(?:beds?|bedrooms?|chambres?|slaapkamers?)\b", re.IGNORECASE)
_AREA = re.compile(r"\b(\d[\d.]*)\s*m(?:²|2)", re.IGNORECASE)
_COMPANY = re.compile(r'"propertyCompanyIdDimension"\s*:\s*"?(\w+)')
_KINDS = {"HOUSE": "house", "APARTMENT": "apartment", "LAND": "land", "OFFICE": "office", "BUSINESS": "retail",
          "PARKING": "garage", "INDUSTRIAL": "industrial", "ROOM": "student room",
          "INVESTMENT_PROPERTY": "APARTMENT_BLOCK", "MISCELLANEOUS": "other"}  # fmt: skip


class Realo(MadeObject):
    """Canonical is the English page with its `l`; the other languages have the same path behind `/fr/` and `/nl/`."""

    name = "realo"
    hosts = ("www.realo.be", "realo.be")
    results_per_page = 48
    max_pages = 2000  # no limit was reported
    search_types = {  # noqa: RUF012 - a constant of the class
        PropertyType.HOUSE: ("house",),
        PropertyType.APARTMENT: ("flat",),
    }
    mapping = MAPPING
    listing_pattern = re.compile(r"/(?:en|fr|nl)/(?P<slug>[^/]+)/(?P<estate>\d{3,12})/?")
    evidence = Evidence.REPORTED

    def listing_id(self, url: str) -> str | None:
        """The `l` of a home's address; None without one: the page is an estimate."""
        if not self.owns(url) or not self.listing_pattern.fullmatch(urlsplit(url).path):
            return None
        found = parse_qs(urlsplit(url).query).get("l", [""])[-1]
        return found if re.fullmatch(r"[0-9]{3,15}", found) else None

    def canonical_url(self, url: str) -> str:
        path, listing_id = urlsplit(url).path.rstrip("/"), self.listing_id(url)
        return f"{_ROOT}/en{path[3:]}?l={listing_id}" if listing_id else super().canonical_url(url)

    def searchable(self, scope: SearchScope) -> tuple[SearchScope, ...]:
        """Realo takes one place for each search."""
        return tuple(replace(scope, postal_codes=(code,)) for code in scope.postal_codes) or (scope,)

    def search_url(self, scope: SearchScope) -> str:
        place = ""
        if len(scope.postal_codes) == 1:
            (code,) = scope.postal_codes
            found = locate(code)
            own_first = ("nl", "fr") if found and found.region is Region.FLANDERS else ("fr", "nl")
            place = f"/{slug(town_name(code, *own_first) or '')}-{code}"
        query = {"priceMin": scope.min_price_eur, "priceMax": scope.max_price_eur, "page": 1}
        kept = urlencode({name: value for name, value in query.items() if value is not None})
        return f"{_ROOT}/en/search/{scope.property_type}/for-{scope.transaction}{place}?{kept}"

    def read_page(self, page: str, url: str | None) -> dict[str, Any]:
        root = html.parse(page)
        offer = html.text_of(root.css("div.type"))
        if offer and _NOT_OFFERED.search(offer):
            raise NotAListing("not_offered", "div.type says that the home is not offered: this is an estimate")
        own = self._own_address(page, url)
        if own is None:
            raise NotAListing("no_listing_id", "the address has no `?l=`: this is the estimate of a home, no listing")
        rows = zip(root.css("td.name"), root.xpath("//td[@class='name']/following-sibling::td[1]"), strict=False)
        price = html.text_of(root.css('[itemprop="price"]')) or html.text_of(root.css(".module-price .value"))
        return {
            "id": self.listing_id(own),
            "url": self.canonical_url(own),
            "language": urlsplit(own).path[1:3],
            "address": html.required(html.text_of(root.css("h1.address")), "h1.address"),
            "price": html.required(price, 'span[itemprop="price"] or .module-price .value'),
            "offer": html.required(offer, "div.type"),
            "labels": html.required(html.labelled(rows, labelled.NAMES), "td.name: rows of labels that we know"),
            **_optional(root, page),
        }

    def _own_address(self, page: str, url: str | None) -> str | None:
        """The address with its `l`: of the page's canonical link, which may lack it, then where the page was had."""
        canonical = linked_url(page)
        if canonical and url and self._estate(canonical) not in (None, self._estate(url)):
            raise NotAListing("another_listing", f"the page is of home {self._estate(canonical)}")
        return next((u for u in (canonical, url) if u and self.listing_id(u)), None)

    def _estate(self, url: str) -> str | None:
        """Realo's number of the home."""
        found = self.listing_pattern.fullmatch(urlsplit(url).path) if self.owns(url) else None
        return found["estate"] if found else None

    def gone(self, page: str) -> str | None:
        """A home whose advert ended stays online as an estimate, which says so (reported in 2021)."""
        offer = html.text_of(Selector(text=page.replace("\x00", "")).css("div.type"))
        return "removed_page" if offer and _NOT_OFFERED.search(offer) else None

    def read_search(self, page: str, url: str | None) -> SearchPage:
        root = html.parse(page)
        total_text = html.required(html.text_of(root.css(_TOTAL)), f"div{_TOTAL}")
        total = _whole(total_text)
        found = root.xpath(_CARDS)
        # A card may be an element within another one.
        by_id = {card["platform_listing_id"]: card for element in found if (card := self._card(element, url))}
        cards = list(by_id.values())
        if total and not found:
            raise UnreadablePage("no_cards", f"{total} results, but no element {_CARDS}: the format has changed")
        if found and not cards:
            raise UnreadablePage("results_without_ids", "no card's address has `?l=`: the format has changed")
        return SearchPage(cards, self._next_page(url or linked_url(page), total), total)

    def _card(self, element: Selector, url: str | None) -> dict[str, Any] | None:
        links = element.xpath("(.|.//*)/@data-href | .//a/@href").getall()
        own = next((full for link in links if self.listing_id(full := urljoin(_ROOT, link.strip()))), None)
        if own is None:
            return None
        words = " ".join(element.xpath(".//text()").getall())
        place = _SLUG.fullmatch(urlsplit(own).path.split("/")[2])
        beds, area = _BEDS.search(words), _AREA.search(words)
        labels = {"bedroom_count": beds and beds[1], "living_area_m2": area and area[1]}
        price = next((t for t in element.xpath(".//text()").getall() if price_text.states_a_price(t)), None)
        card = {
            "labels": labels,
            "kind": html.text_of(element.css("span.type")),
            "price": price and price.strip(),
            "offer": urlsplit(url or "").path.replace("-", " "),
            "postal_code": place and place["code"],
        }
        facts = mapper.card_facts(card, FIELDS, CARD, own)
        return {"platform_listing_id": self.listing_id(own), "url": self.canonical_url(own), **facts}

    def _next_page(self, url: str | None, total: int | None) -> str | None:
        if url is None or total is None:
            return None
        page = _whole(parse_qs(urlsplit(url).query).get("page", ["1"])[-1]) or 1
        return page_url(url, page + 1) if page * self.results_per_page < total else None

    def without_private_data(self, payload: dict[str, Any]) -> dict[str, Any]:
        """No contacts in the text, and no seller, unless the page names an agency."""
        seller = payload.get("seller")
        if isinstance(seller, dict) and seller.get("type") == SellerType.AGENCY.upper():
            return payload
        description = payload.get("description")
        cleaned = {"description": without_contacts(description)} if isinstance(description, str) else {}
        kind = seller.get("type") if isinstance(seller, dict) else None
        return {**payload, **cleaned, "seller": {"type": kind} if isinstance(kind, str) else None}


def _optional(root: Selector, page: str) -> dict[str, Any]:
    """What a page may lack."""
    points = root.xpath("//@data-latlng").get() or ""
    kind = root.xpath('//script[@data-name="modal_share_listing"]').re_first(r'data-type="([A-Z_]+)"')
    picture = root.css("img.peb-image::attr(src)").re_first(r"/peb/([a-g])\.\w+")
    company = _COMPANY.search(page)
    return {
        "type": kind,
        "kind": _KINDS.get(kind or ""),
        "way": root.xpath("//@data-way").get(),
        "epc_picture": picture and picture.upper(),
        "latlng": re.findall(r"-?\d+\.\d+", points)[:2] or None,
        "description": html.lines_of(root.css(".component-property-description > div")),
        "images": root.css('meta[property="og:image"]::attr(content)').getall(),
        "seller": _seller(root, company[1]) if company else None,
    }


def _seller(root: Selector, company: str) -> dict[str, Any]:
    """An agency by Realo's number of it; without a number, an owner."""
    if company == "null":
        return {"type": SellerType.PRIVATE.upper()}
    name = html.text_of(root.css(".company-name")) or html.text_of(root.css("div.row.name a"))
    return {"type": SellerType.AGENCY.upper(), "id": company, "name": name}


def _whole(value: str) -> int | None:
    digits = re.search(r"\d[\d.,\s]*", value[:40])
    return int(re.sub(r"\D", "", digits[0])[:12]) if digits else None

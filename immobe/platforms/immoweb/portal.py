"""Immoweb's URLs and pages.

A listing page holds one JSON object, `window.classified = {…};`, in 300 kB of HTML: it is cut out and decoded without
parsing the HTML (strings contain `};`, so the decoder finds its end). A search page holds its results as HTML-escaped
JSON in the attributes of an `<iw-search>` element. Formats as captured from 2023 to October 2026.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from immobe.errors import NotAListing, UnreadablePage
from immobe.items import PropertyType, TransactionType
from immobe.mapping.paths import first
from immobe.platforms.addresses import page_url
from immobe.platforms.base import (
    FoundListing,
    Platform,
    SearchPage,
    SearchScope,
    as_object,
    decode_json_at,
    linked_url,
)
from immobe.platforms.immoweb import private
from immobe.platforms.immoweb.mapping import MAPPING, card_facts

_MARKER = "window.classified"
_ASSIGNMENT = re.compile(r"window\.classified\s*=\s*(?=\{)")
_SEARCH_ELEMENT = re.compile(r"<iw-search(?=[\s>])")
_ATTRIBUTE = re.compile(r"""([:@.#\w-]+)(?:=(?:"([^"]*)"|'([^']*)'))?""")
_TRANSACTIONS = {TransactionType.SALE: "for-sale", TransactionType.RENT: "for-rent"}
_GROUPS = {"HOUSE_GROUP": "new-real-estate-project-houses", "APARTMENT_GROUP": "new-real-estate-project-apartments"}


class _Results(NamedTuple):
    """What a search page holds: its results, how many there are on all pages, and its own number."""

    results: list[Any]
    total: int | None
    marketing_count: int | None
    number: int

    @property
    def is_capped(self) -> bool:
        """From 10,000 results on, the portal advertises 10,000 and counts a few less (9,969 as seen in 2024)."""
        return self.total is not None and self.marketing_count is not None and self.marketing_count > self.total


class Immoweb(Platform):
    name = "immoweb"
    hosts = ("www.immoweb.be", "immoweb.be")
    results_per_page = 30
    max_pages = 333  # the portal shows the first 10,000 results of a query
    search_types = {  # noqa: RUF012 - a constant of the class
        PropertyType.HOUSE: ("house",),
        PropertyType.APARTMENT: ("apartment",),
        PropertyType.LAND: ("land",),
        PropertyType.GARAGE: ("garage",),
        PropertyType.OFFICE: ("office",),
        PropertyType.RETAIL: ("business",),
        PropertyType.INDUSTRIAL: ("industry",),
        PropertyType.OTHER: ("other",),
    }
    mapping = MAPPING
    object_marker = _MARKER.encode()
    listing_pattern = re.compile(
        r"/(?:en|fr|nl|de)/(?:classified|annonce|zoekertje|anzeige)(?:/[^/]+){0,4}/(?P<id>\d{5,10})/?"
    )

    def search_url(self, scope: SearchScope) -> str:
        query = {
            "countries": "BE",
            "postalCodes": "" if scope.province else ",".join(f"BE-{code}" for code in scope.postal_codes),
            "minPrice": scope.min_price_eur,
            "maxPrice": scope.max_price_eur,
            "orderBy": "newest",
            "page": 1,
        }
        transaction = _TRANSACTIONS[TransactionType(scope.transaction)]
        place = f"/{scope.province.replace('_', '-')}/province" if scope.province else ""
        path = f"/en/search/{scope.property_type}/{transaction}{place}"
        return f"https://www.immoweb.be{path}?{urlencode({k: v for k, v in query.items() if v}, safe=',')}"

    def read_listing(self, page: str, url: str | None = None) -> dict[str, Any]:
        start = page.find(_MARKER)
        if start < 0:
            return self._bare_object(page)
        assigned = _ASSIGNMENT.search(page, start)
        if assigned is None:
            raise UnreadablePage("no_object", f"{_MARKER} holds no object")
        return self._checked(decode_json_at(page, assigned.end(), _MARKER))

    def _bare_object(self, page: str) -> dict[str, Any]:
        text = page.lstrip("\ufeff \t\r\n")
        if text[:1] in ("{", "["):
            return self._checked(decode_json_at(text, 0, "the object"))
        if _SEARCH_ELEMENT.search(text):
            raise NotAListing("search_page", "this is a page of search results (for `immobe parse`: --kind search)")
        _must_be_whole(text, _MARKER)
        raise NotAListing("no_classified", f"the page holds no {_MARKER}: it is no listing page")

    def _checked(self, value: Any) -> dict[str, Any]:
        payload = as_object(value, "the object")
        if self.payload_id(payload) is None or not isinstance(payload.get("property"), dict):
            raise NotAListing("not_a_classified", "the object is no Immoweb listing: it lacks `id` or `property`")
        return payload

    def payload_id(self, payload: dict[str, Any]) -> str | None:
        found = payload.get("id")
        if (
            isinstance(found, bool)
            or not isinstance(found, int | str)
            or not re.fullmatch(r"\d{1,15}", str(found)[:20])
        ):
            return None
        return str(found)

    def listing_url(self, payload: dict[str, Any]) -> str:
        listing_id = self.payload_id(payload)
        subtype = _word(first(payload, "property.subtype"))
        transaction = {"FOR_SALE": "for-sale", "FOR_RENT": "for-rent"}.get(_word(first(payload, "transaction.type")))
        locality = _slug(_word(first(payload, "property.location.locality")))
        postal_code = _word(first(payload, "property.location.postalCode"))
        if not (subtype and transaction and locality and re.fullmatch(r"\d{4}", postal_code)):
            return f"https://www.immoweb.be/en/classified/{listing_id}"
        kind = _GROUPS.get(subtype, _slug(subtype))
        return f"https://www.immoweb.be/en/classified/{kind}/{transaction}/{locality}/{postal_code}/{listing_id}"

    def units(self, payload: dict[str, Any]) -> list[FoundListing]:
        project = self.payload_id(payload)
        items = first(payload, "cluster.units[].items")
        found = []
        for item in (i for group in items if isinstance(group, list) for i in group) if isinstance(items, list) else ():
            if (
                isinstance(item, dict)
                and item.get("saleStatus") != "SOLD"
                and self.payload_id(item) not in (None, project)
            ):
                unit = {
                    **payload,
                    "id": item["id"],
                    "property": {**payload["property"], "subtype": item.get("subtype")},
                }
                found.append(FoundListing(str(item["id"]), self.listing_url(unit), project))
        return found

    def read_search(self, page: str, url: str | None) -> SearchPage:
        found = self._results(page)
        results, total = found.results, found.total
        listings = [r for r in results if isinstance(r, dict) and self.payload_id(r)]
        if results and not listings:
            raise UnreadablePage("results_without_ids", "no search result has an id: the format has changed")
        cards = [
            {"platform_listing_id": self.payload_id(r), "url": self.listing_url(r), **card_facts(r)} for r in listings
        ]
        url = url or linked_url(page)
        full = len(results) >= self.results_per_page
        following = full if total is None else found.number * self.results_per_page < total
        more = bool(results) and following and found.number < self.max_pages
        next_page = page_url(html.unescape(url), found.number + 1) if more and url else None
        return SearchPage(cards, next_page, total, found.is_capped)

    def _results(self, page: str) -> _Results:
        """The results of an `iw-search` element, of the JSON twin, or of a bare list."""
        text = page.lstrip("\ufeff \t\r\n")
        if text[:1] in ("{", "["):
            value = decode_json_at(text, 0, "the results")
            if isinstance(value, list):
                return _Results(value, len(value), None, 1)
            results = value.get("results", [value] if self.payload_id(value) else None)
            return _Results(
                _as_results(results),
                _int(first(value, "totalItems", "marketingCount")),
                _int(value.get("marketingCount")),
                _int(value.get("currentPage")) or 1,
            )
        element = _SEARCH_ELEMENT.search(page)
        if element is None:
            _must_be_whole(page, "<iw-search>")
            raise NotAListing("no_iw_search", "the page holds no <iw-search> element: it is no page of search results")
        attributes = _attributes(page, element.end())
        if ":results" not in attributes:
            raise UnreadablePage(
                "no_results", "<iw-search> holds no results: it was cut off, or the format has changed"
            )
        return _Results(
            _as_results(decode_json_at(html.unescape(attributes[":results"]), 0, "the results")),
            _int(attributes.get(":result-count")),
            _int(attributes.get(":marketing-count")),
            _int(attributes.get(":page")) or 1,
        )

    def without_private_data(self, payload: dict[str, Any]) -> dict[str, Any]:
        return private.redacted(payload)


def _must_be_whole(page: str, what: str) -> None:
    if "</html>" not in page[-2000:].lower():
        raise UnreadablePage("page_cut_off", f"the page ends before {what}: it was cut off, or is no page at all")


def _attributes(page: str, start: int) -> dict[str, str]:
    """The attributes of a tag, still escaped; JSON in them may contain `>`."""
    found = {}
    while attribute := _ATTRIBUTE.match(page, _skip_space(page, start)):
        found[attribute[1]] = attribute[2] if attribute[2] is not None else attribute[3] or ""
        start = attribute.end()
    return found


def _skip_space(page: str, position: int) -> int:
    while position < len(page) and page[position].isspace():
        position += 1
    return position


def _as_results(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise UnreadablePage("results_not_a_list", f"the results are a {type(value).__name__}, not a list")
    return value


def _int(value: object) -> int | None:
    try:
        return int(json.loads(value)) if isinstance(value, str) else int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return None


def _word(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _slug(text: str) -> str:
    """A place or type as Immoweb writes it in URLs.

    >>> _slug("Fléron Romsée"), _slug("MIXED_USE_BUILDING")
    ('fleron-romsee', 'mixed-use-building')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return quote("-".join(plain.replace("_", " ").split()))

"""What every peer makes of a page: the cards of a search, the facts of a listing, and the table they end in."""

from __future__ import annotations

import json
import re
from typing import Any

from parsel import Selector

from immobe.crawling.scopes import parse_scope
from immobe.platforms import SearchPage, get_platform
from immobe.platforms.base import page_text

PLATFORM = get_platform("immoweb")
TABLE = "peer_listings"
COLUMNS = ("platform_listing_id", "url", "transaction_type", "property_type", "property_subtype", "price_eur",
           "bedroom_count", "living_area_m2", "postal_code", "locality", "latitude", "longitude", "epc_label",
           "construction_year", "payload")  # fmt: skip
CREATE = f"""
CREATE TABLE {TABLE} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, platform_listing_id text UNIQUE NOT NULL, url text NOT NULL,
    transaction_type text, property_type text, property_subtype text, price_eur numeric, bedroom_count int,
    living_area_m2 numeric, postal_code text, locality text, latitude numeric, longitude numeric, epc_label text,
    construction_year int, payload jsonb NOT NULL)
"""
_ASSIGNED = re.compile(r"window\.classified\s*=\s*(?=\{)")


def seeds(scope: str) -> list[str]:
    """First pages of the searches of a scope."""
    return [PLATFORM.search_url(search) for search in parse_scope(scope).searches(PLATFORM)]


def read_search(body: bytes, url: str) -> SearchPage:
    """One page in thirty: all peers read it as we do."""
    return PLATFORM.read_search(page_text(body, "text/html"), url)


def read_listing(selector: Selector) -> dict[str, Any]:
    """As a usual spider does it: the HTML is parsed, and the object is taken out of its script."""
    script = selector.xpath('//script[contains(., "window.classified")]/text()').get("")
    found = _ASSIGNED.search(script)
    if found is None:
        raise ValueError("no object in the page")
    payload = json.JSONDecoder().raw_decode(script, found.end())[0]
    return facts(payload, selector.xpath('//link[@rel="canonical"]/@href').get(""))


def facts(payload: dict[str, Any], url: str) -> dict[str, Any]:
    """{column: value} of COLUMNS; `payload` is the object itself."""
    home = payload.get("property") or {}
    place = home.get("location") or {}
    certificates = (payload.get("transaction") or {}).get("certificates") or {}
    return {
        "platform_listing_id": str(payload["id"]),
        "url": url,
        "transaction_type": (payload.get("transaction") or {}).get("type"),
        "property_type": home.get("type"),
        "property_subtype": home.get("subtype"),
        "price_eur": (payload.get("price") or {}).get("mainValue"),
        "bedroom_count": home.get("bedroomCount"),
        "living_area_m2": home.get("netHabitableSurface"),
        "postal_code": place.get("postalCode"),
        "locality": place.get("locality"),
        "latitude": place.get("latitude"),
        "longitude": place.get("longitude"),
        "epc_label": certificates.get("epcScore"),
        "construction_year": (home.get("building") or {}).get("constructionYear"),
        "payload": payload,
    }

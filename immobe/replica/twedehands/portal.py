"""Addresses and pages of 2dehands.be (Dutch) and 2ememain.be (French): one advert has one number on both."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from immobe.items import MarketStatus, PriceKind, TransactionType
from immobe.replica.advert import Advert
from immobe.replica.homes import NOT_FOUND, common_truth, euro, is_named_home, kind_word, page, place_truth
from immobe.replica.immoweb.markup import zulu
from immobe.replica.immoweb.words import slug
from immobe.replica.market import Market
from immobe.replica.numbering import Numbering
from immobe.replica.reply import Reply
from immobe.replica.search_index import Query
from immobe.replica.window import Assortment
from immobe.replica.window_portal import WindowPortal

HOSTS = {"nl": "www.2dehands.be", "fr": "www.2ememain.be"}
CATEGORY = "huizen-en-appartementen-te-koop"
PAGE_SIZE = 30
_NUMBERING = Numbering(2_100_000_011, 13)
_SEARCH = re.compile(rf"/l/immo/{CATEGORY}/(?:p/(\d+)/)?")
_LISTING = re.compile(rf"/v/immo/{CATEGORY}/m(\d+)(?:-[^/]*)?")


def _is_for_sale(market: Market, index: int) -> bool:
    return is_named_home(market, index) and market.core(index).transaction is TransactionType.SALE


class TwedehandsPortal(WindowPortal):
    """Both sites on one day: a fifth of the homes for sale, whose sellers are all private here."""

    platform = "twedehands"
    hosts: tuple[str, ...] = tuple(HOSTS.values())
    doors: tuple[str, ...] = (f"/l/immo/{CATEGORY}/",)
    assortment = Assortment("twedehands", 0.2, _is_for_sale, has_projects=False)
    disallowed = ("/lrp/api/", "/lp/api/")

    def answer(self, path: str, query: str) -> Reply:
        search, listing = _SEARCH.fullmatch(path), _LISTING.fullmatch(path)
        if search:
            return self._search(int(search[1] or 1))
        index = self.window.behind(_NUMBERING, listing[1]) if listing else None
        return NOT_FOUND if index is None else self._listing_page(index)

    def _search(self, number: int) -> Reply:
        found = self.index.find(Query(transaction=TransactionType.SALE))
        cards = "\n".join(self._card(index) for index in self.index.page(found, number, PAGE_SIZE))
        return page("nl", "<title>2dehands</title>", f'<ul class="hz-Listings">\n{cards}\n</ul>')

    def _card(self, index: int) -> str:
        advert = self.window.advert(index)
        title = _title(advert)
        return (
            f'<li class="hz-Listing"><a href="{self._path(index)}"><img title="{escape(_picture(advert))}" src="x.jpg">'
            f'<h3 class="hz-Text--bodyLargeStrong">{escape(title)}</h3></a><p class="hz-Title">{_price(advert)}</p>'
            f'<span class="hz-Listing-sellerName">{escape(_seller(advert)["name"])}</span>'
            f'<span class="hz-Listing-Location">{escape(_place(advert))}</span></li>'
        )

    def _listing_page(self, index: int) -> Reply:
        advert = self.window.advert(index)
        listing = {
            "itemId": f"m{self._number(index)}",
            "title": _title(advert),
            "priceInfo": _price_info(advert),
            "gallery": {"imageUrls": [f"//pictures.example/{self._number(index)}.jpg"]},
            "stats": {"viewCount": index % 97, "favoritedCount": 1, "since": zulu(advert.created_at)},
            "seller": {**_seller(advert), "location": {"cityName": _place(advert), "countryName": "België"}},
        }
        config = json.dumps({"listing": listing}).replace("/", "\\u002F").replace("<", "\\u003C")
        text = advert.descriptions.get("nl") or next(iter(advert.descriptions.values()), "")
        body = (
            f'<img title="{escape(_picture(advert))}" src="x.jpg">\n'
            f'<div data-collapsable="description">{escape(text)}</div>\n<script>window.__CONFIG__ = {config};</script>'
        )
        head = f'<link rel="canonical" href="https://{HOSTS["nl"]}{self._path(index)}">'
        return page("nl", head, body)

    def _number(self, index: int) -> int:
        return _NUMBERING.number(self.window.market, index)

    def _path(self, index: int) -> str:
        return f"/v/immo/{CATEGORY}/m{self._number(index)}-{slug(_title(self.window.advert(index)))}"

    def truth_of(self, index: int) -> dict[str, Any]:
        advert = self.window.advert(index)
        info = _price_info(advert)
        price = advert.price.main if info["priceCents"] else None
        kinds = {"MIN_BID": PriceKind.FROM, "FIXED": PriceKind.ASKING}
        place = place_truth(advert, tells_point=False) | {"street": None, "house_number": None, "box": None}
        return (
            common_truth("twedehands", advert)
            | {"platform_listing_id": str(self._number(index)), "url": f"https://{HOSTS['nl']}{self._path(index)}"}
            | {"status": advert.status, "price_eur": price}
            | {"price_kind": kinds.get(info["priceType"], PriceKind.ON_REQUEST)}
            | {"room_count": advert.building.room_count, "living_area_m2": advert.building.living_area_m2}
            | {"seller_type": None, "seller_name": None, "seller_id": None, "published_at": zulu(advert.created_at)}
            | place
        )


def _title(advert: Advert) -> str:
    return f"{kind_word(advert, 'nl')} te koop"


def _place(advert: Advert) -> str:
    """With its postal code, as some sellers have it; without one an advert could not be told from another place's."""
    return f"{advert.core.place.postal_code} {advert.core.place.locality}"


def _seller(advert: Advert) -> dict[str, str]:
    number = advert.seller.number
    return {
        "name": f"Eigenaar Replica {number}",
        "phoneNumber": "0470 00 00 00",
        "email": f"o.{number}@example.invalid",
    }


def _picture(advert: Advert) -> str:
    building = advert.building
    parts = [
        _title(advert),
        "Immo",
        "Huizen en Appartementen te koop",
        f"{building.living_area_m2} m²" if building.living_area_m2 else None,
        f"{building.room_count} kamers" if building.room_count else None,
        kind_word(advert, "nl"),
    ]
    return ", ".join(part for part in parts if part)


def _price_info(advert: Advert) -> dict[str, Any]:
    """A reserved home's price is not shown any more."""
    if advert.status is MarketStatus.UNDER_OPTION:
        return {"priceCents": 0, "priceType": "RESERVED"}
    if advert.price.main is None:
        return {"priceCents": 0, "priceType": "SEE_DESCRIPTION"}
    kind = "MIN_BID" if advert.price.kind is PriceKind.FROM else "FIXED"
    return {"priceCents": 100 * advert.price.main, "priceType": kind}


def _price(advert: Advert) -> str:
    cents: int = _price_info(advert)["priceCents"]
    return f"€ {euro(cents // 100)},00" if cents else "Zie omschrijving"

"""Realo's addresses and what they answer."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from immobe.items import PropertyType, SellerType, TransactionType
from immobe.replica.homes import NOT_FOUND, common_truth, facts, is_named_home, place_truth, price_truth
from immobe.replica.immoweb.words import slug
from immobe.replica.numbering import Numbering
from immobe.replica.realo.pages import estimate_page, listing_page, search_page
from immobe.replica.reply import Reply
from immobe.replica.search_index import Query
from immobe.replica.window import Assortment
from immobe.replica.window_portal import WindowPortal

HOST = "www.realo.be"
PAGE_SIZE = 48
_HOMES, _LISTINGS = Numbering(7_000_003, 7), Numbering(480_000_007, 11)
_SEARCH = re.compile(r"/en/search/(house|flat)/for-(sale|rent)(?:/[a-z-]+-(\d{4}))?")
_HOME = re.compile(r"/(en|fr|nl)/([^/]+)/(\d+)")
_TYPES = {"house": PropertyType.HOUSE, "flat": PropertyType.APARTMENT}


class RealoPortal(WindowPortal):
    """The portal on one day: half of the homes of a common kind, units of projects like any other."""

    platform = "realo"
    hosts: tuple[str, ...] = (HOST,)
    doors: tuple[str, ...] = ("/en/search/house/for-sale", "/en/search/flat/for-rent")
    assortment = Assortment("realo", 0.5, is_named_home, has_projects=False)
    disallowed = ("/en/search/suggest.json",)

    def answer(self, path: str, query: str) -> Reply:
        parameters = {name: values[-1] for name, values in parse_qs(query).items()}
        search, home = _SEARCH.fullmatch(path), _HOME.fullmatch(path)
        if search:
            return self._search(search, parameters)
        return self._home(home[1], home[2], int(home[3][:12]), parameters.get("l")) if home else NOT_FOUND

    def _home(self, language: str, words: str, number: int, listing: str | None) -> Reply:
        """A home's page: its advert, else its estimate. One removed advert in two is gone with its home."""
        index = _HOMES.index(self.window.market, number)
        if index is None or words != self._words(index) or not self._was_here(index):
            return NOT_FOUND
        if not self.window.is_present(index) and index % 2:
            return NOT_FOUND
        if not self.window.is_present(index) or listing != self._listing(index):
            return estimate_page(language)
        return listing_page(self.window.advert(index), f"https://{HOST}{self._path(index, language)}", language)

    def _was_here(self, index: int) -> bool:
        return self.window.is_present(index) or self.window.was_removed(index)

    def _search(self, asked: re.Match[str], parameters: dict[str, str]) -> Reply:
        query = Query(
            frozenset({_TYPES[asked[1]]}),
            TransactionType(asked[2]),
            postal_codes=frozenset({asked[3]}) if asked[3] else frozenset(),
            min_price=int(parameters["priceMin"]) if "priceMin" in parameters else None,
            max_price=int(parameters["priceMax"]) if "priceMax" in parameters else None,
        )
        found, number = self.index.find(query), int(parameters.get("page") or 1)
        shown = self.index.page(found, number, PAGE_SIZE)
        return search_page([(self.window.advert(i), self._path(i, "en")) for i in shown], len(found))

    def _listing(self, index: int) -> str:
        return str(_LISTINGS.number(self.window.market, index))

    def _words(self, index: int) -> str:
        place, street = self.window.market.core(index).place, self.window.advert(index).address.street
        return "-".join([*([slug(street)] if street else []), place.postal_code, slug(place.locality)])

    def _path(self, index: int, language: str) -> str:
        home = _HOMES.number(self.window.market, index)
        return f"/{language}/{self._words(index)}/{home}?l={self._listing(index)}"

    def truth_of(self, index: int) -> dict[str, Any]:
        advert = self.window.advert(index)
        seller = advert.seller
        return (
            common_truth("realo", advert)
            | {"platform_listing_id": self._listing(index), "url": f"https://{HOST}{self._path(index, 'en')}"}
            | price_truth(advert, tells_floor=False)
            | place_truth(advert, tells_point=True)
            | {
                "seller_type": SellerType.PRIVATE if seller.is_private else SellerType.AGENCY,
                "seller_name": None if seller.is_private else seller.name,
                "seller_id": None if seller.is_private else str(seller.number),
            }
            | facts(advert)
        )

"""Immoscoop's addresses and what they answer."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from immobe.items import PropertyType, TransactionType
from immobe.replica.homes import NOT_FOUND, common_truth, facts, is_named_home, place_truth, price_truth
from immobe.replica.immoscoop.pages import card, has_state, listing_page, search_page
from immobe.replica.immoscoop.places import codes_of
from immobe.replica.immoweb.words import slug
from immobe.replica.numbering import Numbering
from immobe.replica.reply import Reply
from immobe.replica.search_index import Query
from immobe.replica.window import Assortment
from immobe.replica.window_portal import WindowPortal

HOST = "www.immoscoop.be"
PAGE_SIZE = 24
_NUMBERING = Numbering(1_000_003, 7)
_SEARCH = re.compile(r"/zoeken/te-(koop|huur)(?:/([a-z0-9,-]+))?/(woonhuis|appartement)")
_LISTING = re.compile(r"/te-(?:koop|huur)/[a-z0-9-]+/(\d{1,12})")
_TYPES = {"woonhuis": PropertyType.HOUSE, "appartement": PropertyType.APARTMENT}


class ImmoscoopPortal(WindowPortal):
    """Two homes in five, units of projects like any other."""

    platform = "immoscoop"
    hosts: tuple[str, ...] = (HOST,)
    doors: tuple[str, ...] = ("/zoeken/te-koop/woonhuis", "/zoeken/te-huur/gent/appartement")
    assortment = Assortment("immoscoop", 0.4, is_named_home, has_projects=False)
    disallowed = ("/api/",)

    def answer(self, path: str, query: str) -> Reply:
        search, listing = _SEARCH.fullmatch(path), _LISTING.fullmatch(path)
        if search:
            return self._search(search, {name: values[-1] for name, values in parse_qs(query).items()})
        index = self.window.behind(_NUMBERING, listing[1]) if listing else None
        if index is None or path != self._path(index):
            return NOT_FOUND
        return listing_page(self.window.advert(index), f"https://{HOST}{path}")

    def _search(self, asked: re.Match[str], parameters: dict[str, str]) -> Reply:
        """A place that is not understood is ignored: the answer is the whole country."""
        query = Query(
            frozenset({_TYPES[asked[3]]}),
            TransactionType.RENT if asked[1] == "huur" else TransactionType.SALE,
            postal_codes=(codes_of(asked[2]) if asked[2] else None) or frozenset(),
            min_price=int(parameters["minPrice"]) if "minPrice" in parameters else None,
            max_price=int(parameters["maxPrice"]) if "maxPrice" in parameters else None,
        )
        found, number = self.index.find(query), int(parameters.get("page") or 1)
        last = min(self.index.last_page, -(-len(found) // PAGE_SIZE))
        shown = self.index.page(found, number, PAGE_SIZE)
        return search_page([card(self.window.advert(i), self._path(i)) for i in shown], last)

    def _path(self, index: int) -> str:
        """One address in nine leaves the postal code out."""
        core = self.window.market.core(index)
        word = "huur" if core.transaction is TransactionType.RENT else "koop"
        code = "" if index % 9 == 0 else f"{core.place.postal_code}-"
        return f"/te-{word}/{code}{slug(core.place.locality)}/{_NUMBERING.number(self.window.market, index)}"

    def truth_of(self, index: int) -> dict[str, Any]:
        advert, path = self.window.advert(index), self._path(index)
        return (
            common_truth("immoscoop", advert)
            | {"platform_listing_id": path.rpartition("/")[2], "url": f"https://{HOST}{path}", "language": "nl"}
            | price_truth(advert, tells_floor=True)
            | {"monthly_charges_eur": advert.price.monthly_charges, "seller_name": None}
            | place_truth(advert, tells_point=has_state(advert))
            | facts(advert)
        )

"""Immovlan's addresses and what they answer."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlencode

from immobe.items import ListingKind, SaleMethod
from immobe.replica.immovlan.addresses import HOST, ROOT, index_of, listing_path
from immobe.replica.immovlan.page import listing_page
from immobe.replica.immovlan.project import project_page
from immobe.replica.immovlan.query import LAST_PAGE, PAGE_SIZE, Request, bare_towns, parse
from immobe.replica.immovlan.search_page import search_page
from immobe.replica.immovlan.truth import truth_of
from immobe.replica.immovlan.words import LANGUAGES, SEARCH_WORDS
from immobe.replica.market import Market, MarketDay
from immobe.replica.reply import Reply
from immobe.replica.window import Assortment
from immobe.replica.window_portal import WindowPortal

_HOME = (
    b'<!DOCTYPE html>\n<html lang="en"><head><title>Immovlan</title></head>\n<body><h1>Immovlan</h1></body></html>\n'
)
_NOT_FOUND = Reply(404, (b"<!DOCTYPE html>\n<html><body><h1>404</h1></body></html>\n",))


def _fits(market: Market, index: int) -> bool:
    """No life annuities: nobody has seen how the portal shows them."""
    return market.core(index).sale_method is not SaleMethod.LIFE_ANNUITY


class ImmovlanPortal(WindowPortal):
    """The portal on one day: two thirds of the market, projects with their units."""

    platform = "immovlan"
    hosts: tuple[str, ...] = (HOST, f"www.{HOST}")
    doors: tuple[str, ...] = (
        "/en/real-estate?transactiontypes=for-sale,in-public-sale&propertytypes=house",
        "/fr/immobilier?transactiontypes=a-louer&propertytypes=appartement",
    )
    assortment = Assortment("immovlan", 0.65, _fits)
    last_page = LAST_PAGE
    disallowed = ("*/api*", "*SearchPartial*")

    def __init__(self, day: MarketDay, last_page: int | None = None) -> None:
        super().__init__(day, last_page)
        self._found = lru_cache(64)(self._find)

    def truth_of(self, index: int) -> dict[str, Any]:
        return truth_of(self.window.market, self.window.advert(index))

    def answer(self, path: str, query: str) -> Reply:
        language, _, rest = path.removeprefix("/").partition("/")
        if language not in LANGUAGES:
            return _NOT_FOUND
        if not rest:
            return Reply(200, (_HOME,))
        if rest == SEARCH_WORDS[LANGUAGES.index(language)]:
            return self._search(path, query, language)
        return self._listing(path, language) if rest.startswith(("detail/", "projectdetail/")) else _NOT_FOUND

    def _listing(self, path: str, language: str) -> Reply:
        """Short and wrong addresses lead to the full one."""
        market = self.window.market
        index = index_of(market, path.rstrip("/").rpartition("/")[2])
        if index is None or not self.window.is_present(index):
            return _NOT_FOUND
        full = listing_path(market, index, language)
        if path != full:
            return Reply(301, location=(ROOT + full).encode())
        render = project_page if market.kind(index) is ListingKind.PROJECT else listing_page
        return Reply(200, (render(market, self.window.advert(index), language),))

    def _search(self, path: str, query: str, language: str) -> Reply:
        """A bare postal code leads to the address with the town's name."""
        named = bare_towns(query)
        if named:
            given = {name: values[-1] for name, values in parse_qs(query).items()}
            return Reply(302, location=f"{ROOT}{path}?{urlencode(given | {'towns': named}, safe=',')}".encode())
        request = parse(language, query)
        if request is None:
            return _NOT_FOUND
        found = self._found(request)
        adverts = [self.window.advert(index) for index in self.index.page(found, request.page, PAGE_SIZE)]
        others = {name: values[-1] for name, values in parse_qs(query).items() if name != "page"}
        address = f"{path}?{urlencode(others, safe=',')}" if others else path
        return Reply(200, (search_page(self.window.market, request, adverts, len(found), address),))

    def _find(self, request: Request) -> tuple[int, ...]:
        market = self.window.market
        return tuple(index for index in self.index.find(request.query) if request.fits(market.core(index)))

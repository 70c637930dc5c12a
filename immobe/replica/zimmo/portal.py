"""Zimmo's addresses and what they answer."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs

from immobe.items import ListingKind, PropertySubtype, TransactionType
from immobe.replica.advert import Unit
from immobe.replica.homes import NOT_FOUND, page
from immobe.replica.immoweb.words import slug
from immobe.replica.numbering import Numbering
from immobe.replica.reply import Reply
from immobe.replica.search_index import Query
from immobe.replica.window import Assortment
from immobe.replica.window_portal import WindowPortal
from immobe.replica.zimmo import facts, words
from immobe.replica.zimmo.pages import listing_page
from immobe.replica.zimmo.tiles import search_page

HOST = "www.zimmo.be"
PAGE_SIZE, LAST_PAGE = 21, 100
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# From L0000 on: five digits and capitals.
_NUMBERS = Numbering(21 * 36**4, 7)
_LISTING = re.compile(r"/(nl|fr)/([^/]+)/([^/]+)/([^/]+)/((?:10)?L[0-9A-Z]{4})/?")
_STATUS = {"FOR_SALE": TransactionType.SALE, "TO_RENT": TransactionType.RENT}


class ZimmoPortal(WindowPortal):
    """The portal on one day: two thirds of the market, projects with their units."""

    platform = "zimmo"
    hosts: tuple[str, ...] = (HOST,)
    doors: tuple[str, ...] = ("/nl/zoeken/", "/nl/gent-9000/te-koop/huis/")
    assortment = Assortment("zimmo", 0.66, facts.fits)
    last_page = LAST_PAGE
    disallowed = ("/nl/mijn-zimmo", "/fr/mon-zimmo")

    def truth_of(self, index: int) -> dict[str, Any]:
        advert = self.window.advert(index)
        project = None if advert.project is None else self._code(advert.project)
        return facts.truth(advert, self._code(index), f"https://{HOST}{self._path(index, 'nl')}", project)

    def answer(self, path: str, query: str) -> Reply:
        listing = _LISTING.fullmatch(path)
        if listing:
            return self._listing(path.rstrip("/"), listing[1], listing[5])
        if path.rstrip("/") in ("/nl/zoeken", "/fr/rechercher"):
            return self._search({name: values[-1] for name, values in parse_qs(query).items()})
        is_home = path.rstrip("/") in ("", "/nl", "/fr")
        return page("nl", "<title>Zimmo</title>", "<h1>Zimmo</h1>") if is_home else NOT_FOUND

    def _listing(self, path: str, language: str, code: str) -> Reply:
        index = _NUMBERS.index(self.window.market, int(code[-5:], 36))
        if index is None or self._code(index) != code or not self.window.is_present(index):
            # One removed advert in five leads home.
            leads_home = index is not None and self.window.was_removed(index) and index % 5 == 0
            return Reply(302, location=f"https://{HOST}/{language}".encode()) if leads_home else NOT_FOUND
        own = self._path(index, language)
        if path != own:
            return Reply(301, location=f"https://{HOST}{own}".encode())
        advert = self.window.advert(index)
        units = [self._unit(unit, language) for unit in advert.units]
        return listing_page(advert, code, f"https://{HOST}{own}", language, units)

    def _unit(self, unit: Unit, language: str) -> tuple[str, str]:
        if unit.index is None:
            return "", ""
        return self._code(unit.index), self._path(unit.index, language) if unit.is_available else ""

    def _search(self, parameters: dict[str, str]) -> Reply:
        asked = parameters.get("search", "")
        query, rooms = _query(asked)
        if query is None:
            return page("nl", "<title>Zimmo</title>", "<h1>Zoek een pand</h1>")
        found = tuple(i for i in self.index.find(query) if rooms is None or self._is_room(i) is rooms)
        number, last = int(parameters.get("p") or 1), self.index.last_page
        pages = min(last, max(1, -(-len(found) // PAGE_SIZE)))
        shown = self.index.page(found, number, PAGE_SIZE)
        cards = [(self.window.advert(i), self._code(i), self._path(i, "nl")) for i in shown]
        # What a search says of its own end, whichever its last page is called.
        return search_page(cards, asked, number, LAST_PAGE if len(found) > last * PAGE_SIZE else pages)

    def _is_room(self, index: int) -> bool:
        return self.window.market.core(index).kind.subtype is PropertySubtype.STUDENT_ROOM

    def _code(self, index: int) -> str:
        number, digits = _NUMBERS.number(self.window.market, index), ""
        while number:
            number, digit = divmod(number, 36)
            digits = _DIGITS[digit] + digits
        return f"10{digits}" if self.window.kind(index) is ListingKind.PROJECT else digits

    def _path(self, index: int, language: str) -> str:
        at, core = words.LANGUAGES.index(language), self.window.market.core(index)
        place = f"{slug(core.place.locality)}-{core.place.postal_code}"
        kind = words.TYPES[core.kind.property_type][0][at]
        if self.window.kind(index) is ListingKind.PROJECT:
            kind = words.PROJECT[at]
        elif self._is_room(index):
            kind = words.ROOM[at]
        return f"/{language}/{place}/{words.TRANSACTIONS[core.transaction][at]}/{kind}/{self._code(index)}"


def _query(asked: str) -> tuple[Query | None, bool | None]:
    """The query of a search parameter (JSON in base64), and whether it asks for students' rooms (None: for neither)."""
    try:
        wanted = json.loads(base64.b64decode(asked))["filter"]
        transaction = _STATUS[wanted["status"]["in"][0]]
        (category,) = wanted["category"]["in"]
        types = words.CATEGORIES[category]
    except (ValueError, KeyError, TypeError, IndexError):
        return None, None
    bounds = wanted.get("price", {}).get("range", {})
    query = Query(
        frozenset(types),
        transaction,
        postal_codes=frozenset(wanted.get("postalCode", {}).get("in", ())),
        min_price=bounds.get("min"),
        max_price=bounds.get("max"),
    )
    return query, {"ROOM": True, "APARTMENT": False}.get(category)

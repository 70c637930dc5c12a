"""Immoweb's addresses and what they answer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from immobe.replica.advert import advert_on
from immobe.replica.immoweb.addresses import HOST, ROOT, index_of, listing_path
from immobe.replica.immoweb.page import listing_page
from immobe.replica.immoweb.query import LAST_PAGE, parse_search
from immobe.replica.immoweb.search_page import Results, results_json, search_page
from immobe.replica.immoweb.truth import truth_of
from immobe.replica.immoweb.words import LISTING_WORDS, SEARCH_WORDS
from immobe.replica.market import MarketDay
from immobe.replica.reply import HTML, JSON, Reply
from immobe.replica.search_index import SearchIndex
from immobe.replica.window import Assortment, Window

ROBOTS = f"""User-agent: *
Disallow: /en/account
Disallow: /fr/compte
Disallow: /nl/account
Disallow: /*/my-immoweb
Allow: /

Sitemap: {ROOT}/sitemap.xml
"""
CACHED_LISTINGS, CACHED_SEARCHES = 4096, 64
"""Kept pages; some 17 kB and 700 kB of their own each."""
EVERYTHING = Assortment("immoweb", differs=False)
_SHORT = len(("", "en", "classified", "1"))


def _message(status: int, language: str, text: str) -> Reply:
    page = (
        f'<!DOCTYPE html>\n<html lang="{language}"><head><title>{text} - Immoweb</title></head>\n<body><h1>{text}</h1>'
    )
    return Reply(status, (page.encode(), b"</body></html>\n"))


_NOT_FOUND = _message(404, "en", "404")


class ImmowebPortal:
    """The portal on one day."""

    platform = "immoweb"
    hosts: tuple[str, ...] = (HOST,)

    doors: tuple[str, ...] = (
        "/en/search/house/for-sale",
        "/fr/recherche/appartement/a-louer",
        "/nl/zoeken/huis/te-koop",
    )

    def __init__(self, day: MarketDay, last_page: int | None = None) -> None:
        self.day = day
        self.index = SearchIndex(Window(day, EVERYTHING), last_page or LAST_PAGE)
        self._listing_parts = lru_cache(CACHED_LISTINGS)(self._render_listing)
        self._search_parts = lru_cache(CACHED_SEARCHES)(self._render_search)

    def count(self) -> int:
        return self.day.count

    def truth(self) -> Iterator[dict[str, Any]]:
        return (truth_of(self.day, index) for index in self.day.present())

    def reply(self, path: str, query: str) -> Reply:
        segments = path.split("/")
        language = segments[1]
        if path == "/robots.txt":
            return Reply(200, (ROBOTS.encode(),), b"text/plain; charset=UTF-8")
        if language not in LISTING_WORDS:
            return _redirect("/en") if path == "/" else _NOT_FOUND
        word = segments[2] if len(segments) > 2 else ""
        if word == LISTING_WORDS[language]:
            return self._listing(path, segments, language)
        if word in (SEARCH_WORDS[language], f"{SEARCH_WORDS[language]}-results", "search-results"):
            return self._search(path, query, language)
        return _message(200, language, "Immoweb") if word == "" else _NOT_FOUND

    def _listing(self, path: str, segments: list[str], language: str) -> Reply:
        last = segments[-1]
        index = index_of(self.day.market, int(last)) if last.isascii() and last.isdigit() and len(last) < 12 else None
        if index is None or len(segments) < _SHORT:
            return _NOT_FOUND
        if not self.day.is_present(index):
            # One removed advert in five leads home, as the portal was reported to do.
            leads_home = self.day.was_removed(index) and index % 5 == 0
            return _redirect(f"/{language}", 302) if leads_home else _NOT_FOUND
        full = listing_path(self.day.market, index, language)
        return Reply(200, self._listing_parts(index, language)) if path == full else _redirect(full)

    def _render_listing(self, index: int, language: str) -> tuple[bytes, ...]:
        return listing_page(self.day.market, advert_on(self.day, index), language)

    def _search(self, path: str, query: str, language: str) -> Reply:
        parts = self._search_parts(path, query, language)
        if parts is None:
            return _NOT_FOUND
        return Reply(200, parts, JSON if _asks_json(path) else HTML)

    def _render_search(self, path: str, query: str, language: str) -> tuple[bytes, ...] | None:
        request = parse_search(language, path.split("/")[3:], query)
        if request is None:
            return None
        results = Results(self.index, request)
        return (results_json(self.day, results),) if _asks_json(path) else search_page(self.day, results, path)


def _asks_json(path: str) -> bool:
    return path.split("/")[2].endswith("-results")


def _redirect(path: str, status: int = 301) -> Reply:
    """To the portal's own absolute address; 301 for a moved page."""
    return Reply(status, location=(ROOT + path).encode())

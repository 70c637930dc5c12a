"""Immoweb's addresses and what they answer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from immobe.replica.advert import advert_on
from immobe.replica.immoweb.addresses import HOST, ROOT, index_of, listing_path
from immobe.replica.immoweb.page import listing_page
from immobe.replica.immoweb.query import parse_search
from immobe.replica.immoweb.search_page import Results, results_json, search_page
from immobe.replica.immoweb.truth import truth_of
from immobe.replica.immoweb.words import LISTING_WORDS, SEARCH_WORDS
from immobe.replica.market import MarketDay
from immobe.replica.reply import JSON, Reply
from immobe.replica.search_index import SearchIndex

ROBOTS = f"""User-agent: *
Disallow: /en/account
Disallow: /fr/compte
Disallow: /nl/account
Disallow: /*/my-immoweb
Allow: /

Sitemap: {ROOT}/sitemap.xml
"""
_SHORT = len(("", "en", "classified", "1"))
_NOT_FOUND = Reply(
    404, b"<!DOCTYPE html>\n<html><head><title>404 - Immoweb</title></head><body><h1>404</h1></body></html>\n"
)


class PageCache:
    """The latest pages, up to a number of bytes."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes, self.held_bytes = max_bytes, 0
        self._pages: OrderedDict[str, bytes] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        page = self._pages.get(key)
        if page is not None:
            self._pages.move_to_end(key)
        return page

    def put(self, key: str, page: bytes) -> None:
        self._pages[key] = page
        self.held_bytes += len(page)
        while self.held_bytes > self.max_bytes:
            self.held_bytes -= len(self._pages.popitem(last=False)[1])


class ImmowebPortal:
    """The portal on one day."""

    platform, host = "immoweb", HOST

    def __init__(self, day: MarketDay, cache_bytes: int = 256_000_000) -> None:
        self.day = day
        self.index = SearchIndex(day)
        self._pages = PageCache(cache_bytes)

    def count(self) -> int:
        return self.day.count

    def truth(self) -> Iterator[dict[str, Any]]:
        return (truth_of(self.day, index) for index in self.day.present())

    def reply(self, path: str, query: str) -> Reply:
        segments = path.split("/")
        language = segments[1]
        if path == "/robots.txt":
            return Reply(200, ROBOTS.encode(), b"text/plain; charset=UTF-8")
        if language not in LISTING_WORDS:
            return _redirect("/en") if path == "/" else _NOT_FOUND
        word = segments[2] if len(segments) > 2 else ""
        if word == LISTING_WORDS[language]:
            return self._listing(path, segments, language)
        if word in (SEARCH_WORDS[language], f"{SEARCH_WORDS[language]}-results", "search-results"):
            return self._search(path, query, segments, language)
        return _home(language) if word == "" else _NOT_FOUND

    def _listing(self, path: str, segments: list[str], language: str) -> Reply:
        page = self._pages.get(path)
        if page is not None:
            return Reply(200, page)
        last = segments[-1]
        index = index_of(self.day.market, int(last)) if last.isascii() and last.isdigit() and len(last) < 12 else None
        if index is None or len(segments) < _SHORT:
            return _NOT_FOUND
        if not self.day.is_present(index):
            # One removed advert in five leads home, as the portal was reported to do.
            leads_home = self.day.was_removed(index) and index % 5 == 0
            return _redirect(f"/{language}", 302) if leads_home else _NOT_FOUND
        full = listing_path(self.day.market, index, language)
        if path != full:
            return _redirect(full)
        page = listing_page(self.day.market, advert_on(self.day, index), language)
        self._pages.put(path, page)
        return Reply(200, page)

    def _search(self, path: str, query: str, segments: list[str], language: str) -> Reply:
        key = f"{path}?{query}"
        is_json = segments[2].endswith("-results")
        page = self._pages.get(key)
        if page is None:
            request = parse_search(language, segments[3:], query)
            if request is None:
                return _NOT_FOUND
            results = Results(self.index, request)
            page = results_json(self.day, results) if is_json else search_page(self.day, results, path)
            self._pages.put(key, page)
        return Reply(200, page, JSON) if is_json else Reply(200, page)


def _redirect(path: str, status: int = 301) -> Reply:
    """To the portal's own absolute address; 301 for a moved page."""
    return Reply(status, b"", location=(ROOT + path).encode())


def _home(language: str) -> Reply:
    page = f'<!DOCTYPE html>\n<html lang="{language}"><head><title>Immoweb</title></head><body><h1>Immoweb</h1></body></html>\n'
    return Reply(200, page.encode())

"""A page of search results: the `iw-search` element, a card for each result, and the JSON twin."""

from __future__ import annotations

from html import escape
from typing import Any

from immobe.replica.advert import advert_on
from immobe.replica.immoweb import furniture
from immobe.replica.immoweb.addresses import ROOT, listing_url
from immobe.replica.immoweb.card import card
from immobe.replica.immoweb.markup import attribute_json, script_json
from immobe.replica.immoweb.query import PAGE_SIZE, SearchRequest
from immobe.replica.market import MarketDay
from immobe.replica.search_index import SearchIndex

_BEHIND, _BELOW = 10, 31
"""From ten results behind its last page on, the portal stops counting and tells a number just below: 9,969."""


class Results:
    """What one request finds."""

    def __init__(self, index: SearchIndex, request: SearchRequest) -> None:
        found = index.find(request.query)
        self.total = len(found)
        self.indexes = index.page(found, request.page, PAGE_SIZE)
        self._crowded = index.last_page * PAGE_SIZE + _BEHIND
        self.request = request

    @property
    def result_count(self) -> int:
        """As the portal tells it: exact, or a number just under its limit."""
        return self.total if self.total < self._crowded else self._crowded - _BELOW

    @property
    def marketing_count(self) -> int:
        return min(self.total, self._crowded)

    def cards(self, day: MarketDay) -> list[dict[str, Any]]:
        return [card(day.market, advert_on(day, index), self.request.language) for index in self.indexes]


def results_json(day: MarketDay, results: Results) -> bytes:
    """The JSON twin of a search page."""
    first = (results.request.page - 1) * PAGE_SIZE
    answer = {
        "criteria": dict(results.request.criteria),
        "sort": results.request.query.order,
        "currentPage": results.request.page,
        "totalItems": results.result_count,
        "marketingCount": results.marketing_count,
        "range": f"{first + 1}-{first + len(results.indexes)}",
        "results": results.cards(day),
    }
    return script_json(answer).encode()


def search_page(day: MarketDay, results: Results, path: str) -> tuple[bytes, ...]:
    """The whole page in parts, UTF-8; the constant ones are shared."""
    language = results.request.language
    cards = results.cards(day)
    rendered = [_card(day, index, item, language) for index, item in zip(results.indexes, cards, strict=True)]
    title = f"Immoweb - {results.marketing_count}"
    return (
        _head(path, language, title).encode(),
        furniture.head(language),
        b"</head>\n<body>\n",
        furniture.menu(language),
        b'<main class="rp-results">\n',
        _element(results, cards, "".join(rendered)).encode(),
        *(piece.encode() for piece in rendered),
        b"</iw-search>\n</main>\n",
        furniture.foot(language, furniture.SEARCH_FOOT_BYTES),
        b"</body>\n</html>\n",
    )


def _head(path: str, language: str, title: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta property="og:title" content="{escape(title)}">\n<meta property="og:type" content="website">\n'
        f'<link rel="canonical" href="{escape(ROOT + path)}">\n'
    )


def _element(results: Results, cards: list[dict[str, Any]], rendered: str) -> str:
    stored = [
        {
            "id": item["id"],
            "property": {
                "type": item["property"]["type"],
                "subtype": item["property"]["subtype"],
                "location": {key: item["property"]["location"][key] for key in ("locality", "postalCode")},
            },
            "transaction": {"type": item["transaction"]["type"]},
        }
        for item in cards
    ]
    attributes = {
        ":anchor-card-id": None,
        ":criteria": dict(results.request.criteria),
        ":geo-point-count": results.total,
        ":has-premium-position": False,
        ":is-results-list-rendered": True,
        ":is-user-logged": False,
        ":marketing-count": results.marketing_count,
        ":page": results.request.page,
        ":result-count": results.result_count,
        ":results": cards,
        ":results-list": rendered,
        ":results-storage": stored,
    }
    written = " ".join(f'{name}="{attribute_json(value)}"' for name, value in attributes.items())
    return f'<iw-search {written} price-type sort="{escape(results.request.query.order)}">\n'


def _card(day: MarketDay, index: int, item: dict[str, Any], language: str) -> str:
    url = escape(listing_url(day.market, index, language))
    place = item["property"]["location"]
    pictures = "".join(
        f'<li class="rp-gallery__picture"><img src="{picture["mediumUrl"]}" alt="" loading="lazy"></li>\n'
        for picture in item["media"]["pictures"]
    )
    return (
        f'<iw-search-card-rendered :classified="{attribute_json(item)}"'
        f' :tracking-id="&quot;classified_{item["id"]}&quot;">\n'
        f'<article class="rp-card" id="classified_{item["id"]}">\n<ul class="rp-gallery">\n{pictures}</ul>\n'
        f'<h2 class="rp-card__title"><a class="card__title-link" href="{url}">'
        f"{escape(item['property']['title'] or '')}</a></h2>\n"
        f'<p class="rp-card__price">{item["price"]["HTMLDisplayPrice"]}</p>\n'
        f'<p class="rp-card__place">{place["postalCode"]} {escape(place["locality"])}</p>\n</article>\n'
        "</iw-search-card-rendered>\n"
    )

"""A page of search results in the layout until June 2026."""

from __future__ import annotations

from html import escape

from immobe.items import MarketStatus, PriceKind, PropertyType
from immobe.replica.advert import Advert
from immobe.replica.immovlan import facts, markup
from immobe.replica.immovlan.addresses import ROOT, listing_url, reference
from immobe.replica.immovlan.page import is_project, title
from immobe.replica.immovlan.query import PAGE_SIZE, Request
from immobe.replica.immovlan.words import FROM, LANGUAGES, SELLERS
from immobe.replica.market import Market

_PILLS = {
    "bedrooms": ("Bedroom(s)", "Chambre(s)", "Slaapkamer(s)"),
    "bathrooms": ("Bathroom(s)", "Salle(s) de bain", "Badkamer(s)"),
}
_RESULTS = ("results", "résultats", "resultaten")
_LD_TYPES = {PropertyType.HOUSE: "House", PropertyType.APARTMENT: "Apartment"}
_CODES = {"business": "entreprise", "apartment": "appartment", "investment-property": "investmentProperty"}


def search_page(market: Market, request: Request, found: list[Advert], total: int, address: str) -> bytes:
    """`found`: the results of this page; `address`: path and query, without the page's number."""
    at, first = LANGUAGES.index(request.language), (request.page - 1) * PAGE_SIZE
    cards = "".join(_card(market, advert, request.language) for advert in found)
    count = f"{total}&nbsp;{_RESULTS[at]}&nbsp;({first + 1}&nbsp;-&nbsp;{first + len(found)})" if total else ""
    body = (
        f'<section id="search-results"><div class="row"><div class="col-12 mb-2">\n{count}</div></div>\n{cards}'
        f'<article><div id="rossel-banner-top"></div></article>\n{_pages(request, total, address)}</section>\n'
        f"{markup.data_layer(_layer(market, request, found, total))}"
    )
    return markup.page(request.language, ROOT + address.partition("?")[0], "", body)


def _card(market: Market, advert: Advert, language: str) -> str:
    url, code = listing_url(market, advert.index, language), reference(market, advert.index)
    place, at = advert.core.place, LANGUAGES.index(language)
    option = advert.status is MarketStatus.UNDER_OPTION
    ribbon = '<div class="ribbon ribbon-top-left option"><span>Option</span></div>' if option else ""
    label = (
        f'<div class="energy-consumption epc-water-mark {facts.epc_code(advert)}"></div>' if advert.energy.label else ""
    )
    prefix = FROM[at] if advert.price.kind is PriceKind.FROM else ""
    return (
        f'<article itemscope itemtype="http://schema.org/{_LD_TYPES.get(advert.core.kind.property_type, "Place")}"\n'
        f' data-url="{url}"\n class="list-view-item mb-3 card card-border">\n'
        f'<div class="ribbon ribbon-top-left"><span>Best of</span></div>{ribbon}{label}\n'
        f'<span class="prefix grey-text text-right">{prefix}</span>\n'
        f'<strong class="list-item-price">{_price(advert)}</strong>\n'
        f'<h2 itemprop="name"><a href="{url}" rel="nofollow">{escape(title(advert, language))}</a></h2>\n'
        f'<p itemprop="address"><span itemprop="postalCode">{place.postal_code}</span>\n'
        f'<span itemprop="addressLocality">{escape(place.locality)}</span></p>\n{_pills(advert, at)}'
        f'<div class="contact-by-phone-button" data-value-id="{code.upper()}"'
        f' data-value-prouser-types="{SELLERS[advert.seller.seller_type]}"></div>\n</article>\n'
    )


def _price(advert: Advert) -> str:
    price = advert.price
    if price.lowest is not None and price.highest is not None:
        return f"{markup.euro(price.lowest)} - {markup.euro(price.highest)}"
    return "" if price.main is None else markup.euro(price.main)


def _pills(advert: Advert, at: int) -> str:
    building = advert.building
    told = [
        (advert.core.bedroom_count, _PILLS["bedrooms"][at]),
        (building.living_area_m2, "m&#xB2;"),
        (building.bathroom_count, _PILLS["bathrooms"][at]),
    ]
    return "".join(
        f'<span class="property-highlight"><strong>{number}</strong>\n{words}</span>\n'
        for number, words in told
        if number and not is_project(advert)
    )


def _pages(request: Request, total: int, address: str) -> str:
    last = -(-total // PAGE_SIZE)
    near = [n for n in range(request.page - 2, request.page + 5) if 1 <= n <= last]
    join = "&amp;" if "?" in address else "?"
    links = "".join(
        f'<li class="page-item"><a class="page-link" data-value-page="{n}"'
        f' href="{escape(address)}{join}page={n}">{n}</a></li>\n'
        for n in near
    )
    return f'<ul class="pagination">\n{links}</ul>\n'


def _layer(market: Market, request: Request, found: list[Advert], total: int) -> dict[str, object]:
    transaction = request.query.transaction
    return {
        "search_property_type": [_CODES.get(word, word) for word in sorted(request.portal_types)],
        "search_transaction_type": [] if transaction is None else [str(transaction)],
        "search_zip_code": list(request.codes) or None,
        "search_province": list(request.provinces) or None,
        "search_page_offset": request.page,
        "search_page_size": PAGE_SIZE,
        "search_nbr_results": total,
        "vlan_codes": [reference(market, advert.index) for advert in found],
        "search_bounding_box": {},
        "page_language": request.language,
        "page_type": "searchResult",
    }

"""Realo's pages: a search, a listing, and the estimate of a home that nobody offers."""

from __future__ import annotations

from html import escape

from immobe.items import TransactionType
from immobe.replica.advert import Advert
from immobe.replica.homes import ON_REQUEST, address_line, euro, kind_word, page, rows, table
from immobe.replica.reply import Reply

_OFFERS = {
    TransactionType.SALE: {"fr": "à vendre", "nl": "te koop", "en": "for sale"},
    TransactionType.RENT: {"fr": "à louer", "nl": "te huur", "en": "for rent"},
}
_NOT_OFFERED = {
    "fr": "Pas à vendre ni à louer via Realo",
    "nl": "Niet te koop of te huur via Realo",
    "en": "Not for sale or rent via Realo",
}


def listing_page(advert: Advert, url: str, language: str) -> Reply:
    core, address = advert.core, advert.address
    way = "RENT" if core.transaction is TransactionType.RENT else "SALE"
    point = f' data-latlng="[{address.latitude}, {address.longitude}]"' if address.latitude is not None else ""
    price = (
        ON_REQUEST[language]
        if advert.price.main is None
        else f'€ <span itemprop="price">{euro(advert.price.main)}</span>'
    )
    seller, number = advert.seller, "null" if advert.seller.is_private else str(advert.seller.number)
    agency = "" if seller.is_private else f'<div class="row name"><a href="#">{escape(seller.name or "")}</a></div>'
    text = advert.descriptions.get(language) or next(iter(advert.descriptions.values()), "")
    offer = f"{kind_word(advert, language)} {_OFFERS[core.transaction][language]}"
    features = table(rows(advert, language), label="name", value="value")
    body = (
        f'<div class="property__container">\n<h1 class="address">{escape(address_line(advert, language))}</h1>\n'
        f'<div class="type"><strong>{offer}</strong></div>\n'
        f'<ul><li class="col module module-price"><div class="value">{price}</div></li></ul>\n'
        f'<div data-way="{way}"{point}></div>\n'
        f'<div class="component-property-description"><div>{escape(text)}</div></div>\n'
        f'<div class="component-property-features"><div>{features}</div></div>\n'
        f"{agency}\n</div>\n"
        '<script data-name="modal_share_listing" type="text/component">'
        f'<a data-id="1" data-type="{core.kind.property_type.upper()}"></a></script>\n'
        f'<script>dataLayer = [{{"propertyCompanyIdDimension":{number},"propertyCountry":"BE"}}]</script>'
    )
    return page(language, f'<title>Realo</title>\n<link rel="canonical" href="{url}">', body)


def estimate_page(language: str) -> Reply:
    """A home that Realo knows: it has a figure, but nobody offers it."""
    body = (
        f'<div class="property__container"><div class="type"><strong>{_NOT_OFFERED[language]}</strong></div>\n'
        '<span itemprop="price">275000</span></div>'
    )
    return page(language, "<title>Realo</title>", body)


def search_page(found: list[tuple[Advert, str]], total: int) -> Reply:
    """`found`: adverts and the paths of their pages. An estimate stands among them."""
    cards = [_card(path, advert) for advert, path in found]
    if cards:
        cards.insert(1, _item("/en/replica-street-1-1000-brussels/999001", "€ 275.000", "House", "3 bed"))
    body = (
        f'<div data-id="totalResultsContainer">{euro(total)} results</div>\n'
        f'<div class="module-listings"><ul>\n{"".join(cards)}</ul></div>'
    )
    return page("en", "<title>Realo</title>", body)


def _card(path: str, advert: Advert) -> str:
    price = ON_REQUEST["en"] if advert.price.main is None else f"€ {euro(advert.price.main)}"
    rooms = "" if advert.core.bedroom_count is None else f"{advert.core.bedroom_count} bed"
    return _item(path, price, kind_word(advert, "en"), rooms)


def _item(path: str, price: str, kind: str, rooms: str) -> str:
    return (
        f'<li data-id="componentEstateListGridItem"><div data-scope="componentEstateGridItem" data-href="{path}">'
        f'<div data-type="label">{price}</div><span class="type">{kind}</span><span>{rooms}</span></div></li>\n'
    )

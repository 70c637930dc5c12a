"""Zimmo's search pages: tiles whose facts are told by the names of icons, and links to the other pages."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from immobe.items import EpcLabel, ListingKind, MarketStatus, PriceKind, Region
from immobe.replica.advert import Advert
from immobe.replica.homes import page
from immobe.replica.reply import Reply
from immobe.replica.zimmo import words
from immobe.replica.zimmo.pages import price_words

_DUTCH = words.LANGUAGES.index("nl")
_ICON = '<svg-icon aria-hidden="true" data-src="/assets/@listings/features/{}.svg"></svg-icon>'


def search_page(found: list[tuple[Advert, str, str]], asked: str, number: int, last: int) -> Reply:
    """`found`: adverts with their codes and paths; `asked`: the search parameter; `last`: the last page shown."""
    if not found:
        return page("nl", "<title>Zimmo</title>", '<div class="alert alert-danger">Geen resultaten</div>')
    tiles = "\n".join(_tile(advert, code, path) for advert, code, path in found)
    numbers = sorted({1, max(1, number - 1), number, min(last, number + 1), last})
    links = "".join(f'<a href="/nl/zoeken/?search={quote(asked, safe="")}&amp;p={n}">{n}</a>' for n in numbers)
    return page("nl", "<title>Zimmo</title>", f"<app-root>\n{tiles}\n<nav>{links}</nav></app-root>")


def _tile(advert: Advert, code: str, path: str) -> str:
    core, place, address = advert.core, advert.core.place, advert.address
    street = f"{address.street} {address.house_number or ''}" if address.street else words.NO_ADDRESS[_DUTCH]
    title = f"{words.TYPES[core.kind.property_type][1][_DUTCH]} {words.OFFERED[core.transaction][_DUTCH]}"
    sticker = words.UNDER_OPTION if advert.status is MarketStatus.UNDER_OPTION else words.NEW
    biddit = '<svg-icon data-src="assets/@listings/icons/bidditb.svg"></svg-icon>'
    mark = biddit if advert.price.kind is PriceKind.STARTING_BID else ""
    return (
        f'<zimmo-listing class=""><article><div class="infobox_photo"><div class="header"><div class="sticker"><span>'
        f'{sticker[_DUTCH]}</span></div></div></div><div class="infobox_content"><h2><a href="{path}">'
        f'<span class="title">{title}<span class="zimmo-code">{code}</span></span>'
        f"<address> {escape(street)} <br/> {place.postal_code} "
        f'{escape(place.locality)} </address></a></h2><div class="price"><div class="amount">{mark}<span>'
        f'{price_words(advert, _DUTCH)}</span></div></div><div class="features"><div class="features_item">'
        f"{_ICON.format('clock')}</div>{_features(advert)}</div></div></article></zimmo-listing>"
    )


def _features(advert: Advert) -> str:
    if advert.core.listing_kind is ListingKind.PROJECT:
        return ""
    area, rooms = advert.building.living_area_m2, advert.core.bedroom_count
    shown = [("bedrooms", rooms), ("floorspace-surface", None if area is None else f"{area:,}m²".replace(",", "."))]
    items = "".join(
        f'<div class="features_item" role="img">{_ICON.format(icon)}<span class="value">{value}</span></div>'
        for icon, value in shown
        if value is not None
    )
    return items + _energy(advert.energy.label, advert.core.place.region)


def _energy(label: EpcLabel | None, region: Region) -> str:
    grade = "x" if label is None else label.lower().replace("++", "_plus_plus").replace("+", "_plus")
    scale = "epb" if region is Region.BRUSSELS and label else "epc"
    icon = f'<svg-icon data-src="/assets/@listings/energy-labels/{scale}_{grade}.svg"></svg-icon>'
    return f'<div class="features_energy">{icon}</div>'

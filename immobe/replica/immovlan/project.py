"""The page of a new-build project: a range of prices, and a card for each unit that is still for sale."""

from __future__ import annotations

from html import escape

from immobe.replica.advert import Advert, Unit
from immobe.replica.immovlan import markup
from immobe.replica.immovlan.addresses import ROOT, listing_url, reference
from immobe.replica.immovlan.page import description, header, on_the_map, seller_box
from immobe.replica.immovlan.words import CHANGED, FOR_SALE, LANGUAGES, SEARCH_WORDS, SELLERS, kind_of
from immobe.replica.market import Market


def project_page(market: Market, advert: Advert, language: str) -> bytes:
    code, at = reference(market, advert.index), LANGUAGES.index(language)
    units = [unit for unit in advert.units if unit.is_available and unit.index is not None]
    cards = "".join(_card(market, unit, language) for unit in units)
    kind = kind_of(advert.core.kind.property_type, advert.core.kind.subtype)
    crumb = f"{ROOT}/{language}/{SEARCH_WORDS[at]}/{kind.slugs[at]}/{FOR_SALE[at]}?isnewconstruction=only"
    body = (
        f"{on_the_map(advert)}{header(advert, code, language)}{_together(units)}{seller_box(advert, language)}"
        f'{description(advert, language)}<div class="recommendations-wrapper">\n{cards}</div>\n'
        '<div class="section-container"><div class="row"><div class="col-12">\n'
        f"{CHANGED[at]} {advert.modified_at:%d/%m/%Y}\n</div></div></div>\n"
        f'<nav class="breadcrumb"><ol><li><a href="{escape(crumb)}">…</a></li></ol></nav>\n'
        f"{markup.data_layer(_layer(advert, code, language))}"
    )
    return markup.page(language, listing_url(market, advert.index, language), "", body)


def _together(units: list[Unit]) -> str:
    """What the units have, as a range."""
    areas = sorted(unit.core.area_m2 for unit in units)
    rooms = sorted(unit.core.bedroom_count or 0 for unit in units)
    pills = [(_range(areas), "m&#xB2;"), (_range(rooms), "Bedroom(s)"), (str(len(units)), "unit(s)")]
    return "".join(f'<div class="property-highlight"><strong>{n}</strong>\n{w}</div>\n' for n, w in pills)


def _range(numbers: list[int]) -> str:
    return str(numbers[0]) if numbers[0] == numbers[-1] else f"{numbers[0]} - {numbers[-1]}"


def _card(market: Market, unit: Unit, language: str) -> str:
    if unit.index is None or unit.price is None:
        return ""
    url = listing_url(market, unit.index, language)
    return (
        f'<article data-url="{url}" data-link="_blank" class="card list-view-item recommended-property">\n'
        f'<h2><a href="{url}"><span class="page-link">{reference(market, unit.index).upper()}</span></a></h2>\n'
        f'<p class="price">{markup.euro(unit.price)}</p>\n'
        f'<div class="property-highlight"><strong>{unit.core.area_m2} m&#xB2;</strong>\nLivable Surface</div>\n'
        "</article>\n"
    )


def _layer(advert: Advert, code: str, language: str) -> dict[str, object]:
    return {
        "zip_code": advert.core.place.postal_code,
        "vlan_code": code,
        "price_min": f"{advert.price.lowest}.00",
        "price_max": f"{advert.price.highest}.00",
        "livable_surface_min": "0",
        "livable_surface_max": "0",
        "seller_type": SELLERS[advert.seller.seller_type],
        "seller_id": str(advert.seller.number),
        "is_new_construction_project": True,
        "property_type": None,
        "transaction_type": "sale",
        "page_language": language,
        "page_type": "projectDetailResult",
    }

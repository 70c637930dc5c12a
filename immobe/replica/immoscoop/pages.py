"""Immoscoop's markup, in Dutch: cards of 2025 and of 2026, listing pages with and without the page's state."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from immobe.items import PriceKind, TransactionType
from immobe.replica.advert import Advert
from immobe.replica.homes import euro, facts, kind_word, page, rows
from immobe.replica.reply import Reply

# How this portal calls what the others' tables call otherwise.
_LABELS = {
    "Type woning": "Type pand",
    "Slaapkamers": "Aantal slaapkamers",
    "Badkamers": "Aantal badkamers",
    "Energieklasse": "EPC-label",
    "CPEB": "EPC-waarde",
    "Certificaatnummer": "EPC-nummer",
    "Bemeubeld": "Gemeubeld",
}
_FEATURES = {
    "living_area_m2": "livableSurfaceArea",
    "land_area_m2": "TerrainArea",
    "bedroom_count": "BedroomNumber",
    "bathroom_count": "BathroomNumber",
    "epc_label": "EpcClass",
}


def price_text(advert: Advert) -> str:
    if advert.price.main is None:
        return "Contacteer ons"
    return f"{'Vanaf ' if advert.price.kind is PriceKind.FROM else ''}€\u00a0{euro(advert.price.main)}"


def _words(advert: Advert) -> str:
    return "te huur" if advert.core.transaction is TransactionType.RENT else "te koop"


def _place(advert: Advert) -> str:
    return f"{advert.core.place.postal_code} {advert.core.place.locality}"


def _street(advert: Advert) -> str:
    address = advert.address
    if address.street is None:
        return ""
    box = f" bus {address.box}" if address.box and address.house_number else ""
    return f"{address.street} {address.house_number or ''}".rstrip() + box


def _pairs(advert: Advert) -> list[tuple[str, str]]:
    charges = advert.price.monthly_charges
    shown = [(_LABELS.get(label, label), value) for label, value in rows(advert, "nl")]
    return [*shown, *([("Maandelijkse lasten", f"€ {charges}")] if charges else [])]


def card(advert: Advert, path: str) -> str:
    """One in two in the markup of 2025: separate lines, hashed classes; the others run the address together."""
    label = advert.energy.label
    if advert.index % 2:
        epc = f'<svg><text class="epc-icon_label__r1">EPC</text><text class="epc-icon_label__r1">{label}</text></svg>'
        return (
            f'<a data-mobile-selector="property-card_card" href="{path}"><div class="property-card_content__r1">'
            f'<h3 class="property-card_title__r1">{kind_word(advert, "nl")} {_words(advert)}</h3>'
            f'<p class="property-card_price__r1">{escape(price_text(advert))}</p>{epc if label else ""}'
            f"<address><div><div>{escape(_street(advert))}</div><div>{escape(_place(advert))}</div></div></address>"
            "</div></a>"
        )
    return (
        f'<a href="{path}"><div data-selector="property-card:content">'
        f'<h3 data-selector="property-card:title">{kind_word(advert, "nl")} - {_words(advert).capitalize()}'
        f"{escape(advert.core.place.locality)}</h3>"
        f'<span data-selector="property-card:price">{escape(price_text(advert))}</span>'
        f'<span data-selector="property-card:address">{escape(_street(advert) + _place(advert))}</span></div></a>'
    )


def search_page(cards: list[str], page_count: int) -> Reply:
    body = "\n".join(cards) or "<p>Geen resultaten gevonden</p>"
    nav = f'<nav data-component="pagination" data-page-count="{page_count}"></nav>'
    return page("nl", "<title>Immoscoop</title>", f"{body}\n{nav}")


def has_state(advert: Advert) -> bool:
    """Whether the advert's page holds the state, which tells a point on the map too."""
    return advert.index % 3 == 0


def listing_page(advert: Advert, url: str) -> Reply:
    head = f'<title>Immoscoop</title>\n<link rel="canonical" href="{url}">'
    title = f"{kind_word(advert, 'nl')} {_words(advert)}"
    if has_state(advert):
        state = json.dumps({"props": {"pageProps": {"property": _state(advert, title)}}}).replace("</", "<\\/")
        script = f'<script id="__NEXT_DATA__" type="application/json">{state}</script>'
        return page("nl", head, f"<h1>{title}</h1>\n{script}")
    pairs = "\n".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in _pairs(advert))
    text = "".join(f"<p>{escape(line)}</p>" for line in [advert.descriptions.get("nl")] if line)
    return page(
        "nl",
        head,
        f'<h1>{title}</h1>\n<a href="#location">{escape(_street(advert) + _place(advert))}</a>\n'
        f'<p class="PropertyPrice_price__r1">{escape(price_text(advert))}</p>\n<dl>\n{pairs}\n</dl>\n'
        f'<div class="PropertyDescription_text__r1">{text}</div>',
    )


def _state(advert: Advert, title: str) -> dict[str, Any]:
    address, stated = advert.address, facts(advert)
    details = [{"title": label, "description": value} for label, value in _pairs(advert)]
    return {
        "id": f"immo-{advert.index}",
        "title": title,
        "price": {"label": price_text(advert)},
        "propertyType": {"label": kind_word(advert, "nl")},
        "address": {
            "street": address.street,
            "houseNumber": {"number": address.house_number, "box": address.box if address.house_number else None},
            "postalCode": advert.core.place.postal_code,
            "city": {"label": advert.core.place.locality},
            "geo": {"lat": address.latitude, "long": address.longitude},
        },
        "agent": {"name": "Makelaar Replica", "phone": "+32 2 000 00 00", "email": "makelaar@example.invalid"},
        "features": [
            {"id": key, "value": str(v)} for name, key in _FEATURES.items() if (v := stated[name]) is not None
        ],
        "propertyDetailGroups": [{"group": "details", "propertyDetails": details}],
        "images": [],
        "description": advert.descriptions.get("nl") or "",
    }

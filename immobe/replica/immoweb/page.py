"""A listing page: the head that tells what it is, the object in its script, the same facts for people."""

from __future__ import annotations

from html import escape
from typing import Any

from immobe.items import ListingKind
from immobe.replica.advert import Advert
from immobe.replica.immoweb import furniture
from immobe.replica.immoweb.addresses import ROOT, listing_url
from immobe.replica.immoweb.classified import classified
from immobe.replica.immoweb.markup import script_json
from immobe.replica.immoweb.words import LANGUAGES, TRANSACTION_SLUGS
from immobe.replica.market import Market
from immobe.replica.texts import noun

_FACTS = {
    "en": ("Postal code", "Area", "Bedrooms", "Energy class", "Reference"),
    "fr": ("Code postal", "Surface", "Chambres", "Classe énergétique", "Référence"),
    "nl": ("Postcode", "Oppervlakte", "Slaapkamers", "Energieklasse", "Referentie"),
}


def listing_page(market: Market, advert: Advert, language: str) -> tuple[bytes, ...]:
    """The whole page in parts, UTF-8; the constant ones are shared."""
    whole = classified(market, advert, language)
    title = _title(advert, language, whole["price"]["mainDisplayPrice"])
    return (
        _head(market, advert, language, title, _picture(whole)).encode(),
        furniture.head(language),
        b"</head>\n<body>\n",
        furniture.menu(language),
        b'<div class="rp-page">\n<div class="classified">\n'
        b'<script type="text/javascript">\n            window.classified = ',
        script_json(whole).encode(),
        b";\n            window.replica = window.replica || {};\n        </script>\n",
        _body(advert, language, title, whole["price"]["HTMLDisplayPrice"]).encode(),
        b"</div>\n</div>\n",
        furniture.foot(language),
        b"</body>\n</html>\n",
    )


def _title(advert: Advert, language: str, price: str) -> str:
    words = noun(advert.core, language)
    transaction = TRANSACTION_SLUGS[advert.core.transaction][language].replace("-", " ")
    place = advert.core.place.locality
    project = "Projet/Project: " if advert.core.listing_kind is ListingKind.PROJECT else ""
    return f"{project}{words[0].upper()}{words[1:]} {transaction} - {place}{f' - {price}' if price else ''}"


def _picture(whole: dict[str, Any]) -> str:
    return str(whole["media"]["pictures"][0]["largeUrl"])


def _head(market: Market, advert: Advert, language: str, title: str, picture: str) -> str:
    own = listing_url(market, advert.index, language)
    shown = escape(title)
    alternates = "".join(
        f'<link rel="alternate" hreflang="{code}" href="{url}" data-url="{url}">\n'
        for code, url in (
            (code, listing_url(market, advert.index, LANGUAGES[0] if code == "x-default" else code))
            for code in ("en", "x-default", "fr", "nl")
        )
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n<title>{shown} - Immoweb</title>\n'
        f'<meta name="description" content="{shown}">\n'
        f'<meta property="og:title" content="{shown} - Immoweb">\n'
        f'<meta property="og:description" content="{shown}">\n'
        f'<meta property="og:url" content="{own}">\n'
        '<meta property="og:type" content="website">\n'
        f'<meta property="og:locale" content="{language}">\n'
        f'<meta property="og:image" content="{picture}">\n'
        f'<link rel="canonical" href="{own}">\n{alternates}'
    )


def _body(advert: Advert, language: str, title: str, price: str) -> str:
    core = advert.core
    place = core.place
    address = " ".join(part for part in (advert.address.street, advert.address.house_number, place.postal_code) if part)
    values = (place.postal_code, core.area_m2, core.bedroom_count, advert.energy.label, advert.external_reference)
    facts = "".join(
        f"<tr><th>{name}</th><td>{escape(str(value))}</td></tr>\n"
        for name, value in zip(_FACTS[language], values, strict=True)
        if value is not None
    )
    text = advert.descriptions.get(language) or next(iter(advert.descriptions.values()), "")
    home = f"{ROOT}/{language}"
    return (
        f'<main class="rp-listing">\n<a href="{home}">Immoweb</a>\n'
        f'<h1 class="rp-listing__title">{escape(title)}</h1>\n'
        f'<p class="rp-listing__price">{price}</p>\n'
        f'<p class="rp-listing__address">{escape(address)} — {escape(place.locality)}</p>\n'
        f'<p class="rp-listing__description">{escape(text)}</p>\n'
        f'<table class="rp-listing__facts">\n{facts}</table>\n</main>\n'
    )

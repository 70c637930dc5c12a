"""Zimmo's listing pages: main features, tables, a map's point, the units of a project."""

from __future__ import annotations

from html import escape
from typing import Any

from immobe.items import ListingKind, MarketStatus, PriceKind, PropertySubtype
from immobe.replica.advert import Advert
from immobe.replica.homes import address_line, euro, page
from immobe.replica.reply import Reply
from immobe.replica.zimmo import words
from immobe.replica.zimmo.facts import main_facts, more_facts

_CHECK = '<i class="zf-icon icon-check yes"></i>'


def listing_page(advert: Advert, code: str, url: str, language: str, units: list[tuple[str, str]]) -> Reply:
    """`units`: code and path of each unit of a project, "" for one that has no page."""
    at = words.LANGUAGES.index(language)
    features = "".join(
        f'<li>\n<strong class="feature-label">{label}</strong>\n<span class="feature-value">\n  {value}\n</span></li>\n'
        for label, value in _features(advert, language)
    )
    tables = "".join(
        f'<div class="row"><div class="col-xs-7 info-name">{label}</div><div class="col-xs-5">{value}</div></div>\n'
        for label, value in _rows(advert, at)
    )
    address = advert.address
    point = "" if address.latitude is None else f'lat="{address.latitude}" long="{address.longitude}"'
    text = advert.descriptions.get(language) or ""
    body = (
        '<section class="section-features" id="main-features">\n<h2 class="section-title __full-address">'
        f"<span>{escape(_address(advert, language))}</span></h2>\n"
        f'<p class="zimmo-code">{("Zimmo-code", "Code Zimmo")[at]}: {code}</p>\n{_price_box(advert, at)}\n'
        f'<ul class="main-features">\n{features}</ul>\n'
        '<div class="main-features-extra"><ul><li><span class="feature-label">Prijsindicator</span>'
        '<span class="feature-value">€ 999.999</span></li></ul></div>\n</section>\n'
        f"{tables}<zmaps-estate-detail {point}></zmaps-estate-detail>\n"
        f'<p class="description-block">{escape(text).replace(chr(10), "<br>")}</p>\n{_units(advert, at, units)}'
    )
    return page(language, f'<title>Zimmo</title>\n<link rel="canonical" href="{url}">', body)


def price_words(advert: Advert, at: int) -> str:
    price = advert.price
    if advert.core.listing_kind is ListingKind.PROJECT:
        return f"{words.FROM[at]}€ {euro(price.lowest or 0)}"
    if price.main is None:
        return words.ON_REQUEST[at]
    return f"{words.FROM[at] if price.kind is PriceKind.FROM else ''}€ {euro(price.main)}"


def _price_box(advert: Advert, at: int) -> str:
    price, option = advert.price, advert.status is MarketStatus.UNDER_OPTION
    icon = '<svg-icon data-src="assets/@listings/icons/bidditb.svg"></svg-icon>'
    mark = icon if price.kind is PriceKind.STARTING_BID else ""
    before = f'<span class="original_price">€ {euro(price.previous)}</span>' if price.previous else ""
    return (
        f'<div class="price-box"><div class="price-value"><strong class="feature-label">{words.LABELS["price"][at]}'
        f'</strong>\n<span class="feature-value">\n{mark}{price_words(advert, at)}\n<a class="exclusif"></a></span>'
        f"</div>{f'<div class=sticker>{words.UNDER_OPTION[at]}</div>' if option else ''}"
        f'<div class="price-history-link-box">{before}</div></div>'
    )


def _address(advert: Advert, language: str) -> str:
    line = address_line(advert, language)
    return line if advert.address.street else f"{words.NO_ADDRESS[words.LANGUAGES.index(language)]}, {line}"


def _features(advert: Advert, language: str) -> list[tuple[str, str]]:
    at, core, labels = words.LANGUAGES.index(language), advert.core, words.LABELS
    shown = [
        (labels["price"][at], price_words(advert, at)),
        (labels["address"][at], f"<span>{escape(_address(advert, language))}</span>"),
    ]
    if core.listing_kind is not ListingKind.PROJECT:
        kind = f"{words.SUBTYPES[core.kind.subtype][at]} ({words.TYPES[core.kind.property_type][1][at]})"
        shown.append((labels["type"][at], escape(kind)))
    facts = main_facts(advert)
    energy = [facts.pop("epc_label", None), facts.pop("epc_kwh_m2_year", None)]
    told = " - ".join(part for part in (energy[0], f"{energy[1]} kWh/m²" if energy[1] else None) if part)
    if told:
        shown.append((labels["epc"][at], told))
    return shown + [(labels[name][at], _shown(name, v, at)) for name, v in facts.items() if v is not None]


def _rows(advert: Advert, at: int) -> list[tuple[str, str]]:
    building, labels = advert.building, words.MORE_LABELS
    shown = [(labels[name][at], _shown(name, v, at)) for name, v in more_facts(advert).items() if v is not None]
    if advert.core.listing_kind is not ListingKind.PROJECT:
        for name, has, area in (
            ("garden", building.has_garden, building.garden_area_m2),
            ("terrace", building.has_terrace, building.terrace_area_m2),
        ):
            if has:
                shown.append((labels[name][at], f"{area} m²" if area else _CHECK))
    return [*shown, ("School", "256 m")]


def _shown(name: str, value: Any, at: int) -> str:
    if name == "renovation_obligation":
        return (words.APPLIES if value else words.APPLIES_NOT)[at]
    if isinstance(value, bool):
        return _CHECK if value else ("Nee", "Non")[at]
    if name == "condition":
        return words.CONDITIONS[value][at]
    if name == "heating_type":
        return words.HEATINGS[value][at]
    if name.endswith("_eur"):
        return f"€ {euro(value)}"
    return f"{euro(value)} m²" if name.endswith("_m2") else escape(str(value))


def _units(advert: Advert, at: int, units: list[tuple[str, str]]) -> str:
    if not advert.units:
        return ""
    rows = []
    for unit, (code, path) in zip(advert.units, units, strict=True):
        kind = unit.core.kind
        word = words.TYPES[kind.property_type][1][at] if kind.subtype is not PropertySubtype.STUDIO else "Studio"
        price = "" if unit.price is None else f"€ {euro(unit.price)}"
        rooms = "" if unit.core.bedroom_count is None else str(unit.core.bedroom_count)
        link = f'<a href="{path}">{code}</a>' if path else code
        cells = ("", "", word, str(unit.number), price, rooms, f"{unit.core.area_m2} m²", "", "", "", link)
        sold = "" if unit.is_available else ' class="disabled"'
        rows.append(f"<tr{sold}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n")
    return f'<section class="section-division"><table class="table table-striped">\n{"".join(rows)}</table></section>\n'

"""A listing page in the layout until June 2026."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from immobe.items import ListingKind, MarketStatus, PriceKind, PropertyType, TransactionType
from immobe.replica.advert import Advert
from immobe.replica.immovlan import facts, markup
from immobe.replica.immovlan.addresses import ROOT, listing_url, reference, transaction_words
from immobe.replica.immovlan.words import FROM, LABELS, LANGUAGES, ON_REQUEST, SELLERS, UNTRANSLATED, kind_of
from immobe.replica.market import Market
from immobe.replica.texts import noun

_LD_TYPES = {PropertyType.HOUSE: "House", PropertyType.APARTMENT: "Apartment"}
_BREAK = re.compile(r"&lt;br ?/?&gt;|\n")
_SHOPS = [("Garage", "256 m 51''"), ("Spar", "1.9 km 8'"), ("Vrije Basisschool", "2.1 km")]


def listing_page(market: Market, advert: Advert, language: str) -> bytes:
    url, code = listing_url(market, advert.index, language), reference(market, advert.index)
    head = (
        f'<meta name="description" content="{escape(_summary(advert, language))}"/>\n{_metas(advert)}{_linked(advert)}'
    )
    scripts = markup.data_layer(_layer(advert, code, language)) + markup.details(_details(advert, code))
    body = (
        f"{on_the_map(advert)}{header(advert, code, language)}"
        f'<p class="energy-consumption {facts.epc_code(advert)}"></p>\n{seller_box(advert, language)}'
        f"{description(advert, language)}{_money(advert, language)}{_project(market, advert, language)}"
        f'<div class="general-info w-100"><div class="data-row-wrapper">\n{markup.pairs(facts.rows(advert, language))}'
        f"</div>{_references(advert, code)}</div>\n"
        f'<div class="yatmo-holder w-100"><div class="data-row">\n{markup.pairs(_SHOPS)}</div></div>\n{scripts}'
    )
    return markup.page(language, url, head, body)


def title(advert: Advert, language: str) -> str:
    words = transaction_words(advert.core.transaction, advert.core.sale_method)[LANGUAGES.index(language)]
    said = noun(advert.core, language)
    return f"{said[0].upper()}{said[1:]} {words.replace('-', ' ')} - {advert.core.place.locality}"


def header(advert: Advert, code: str, language: str) -> str:
    """Title with the badge of an option, place, price."""
    option = advert.status is MarketStatus.UNDER_OPTION
    badge = '<span><span class="badge Option">Option</span></span>' if option else ""
    street = street_line(advert)
    address = f"<span>{escape(street)}</span>\n" if street else ""
    place = advert.core.place
    return (
        '<div class="detail__header"><div class="detail__header_title">\n'
        f'<h1{" class=has-status" if option else ""}><span class="detail__header_title_main">'
        f'{escape(title(advert, language))} <span class="vlancode">{code.upper()}</span></span>{badge}</h1>\n'
        f'<div class="detail__header_address">{address}'
        f'<span class="city-line">{place.postal_code} {escape(place.locality)}</span></div>\n'
        f'<p class="detail__header_price"><span class="detail__header_price_data">\n{_shown_price(advert, language)}\n'
        "</span></p>\n</div></div>\n"
    )


def _shown_price(advert: Advert, language: str) -> str:
    at, price = LANGUAGES.index(language), advert.price
    if price.lowest is not None and price.highest is not None:
        return f"{markup.euro(price.lowest)} - {markup.euro(price.highest)}"
    if price.main is None:
        return f"<small>{ON_REQUEST[at]}</small>"
    prefix = FROM[at] if price.kind is PriceKind.FROM else ""
    return f"<small>{prefix}</small> {markup.euro(price.main)}\n<small></small>"


def street_line(advert: Advert) -> str | None:
    """Street, number and box, as the portal writes them one behind the other."""
    address = advert.address
    parts = (address.street, address.house_number, address.box if address.house_number else None)
    return " ".join(part for part in parts if part) or None


def _summary(advert: Advert, language: str) -> str:
    """Kind, address without the box, energy label: for search engines."""
    address, place = advert.address, advert.core.place
    where = " ".join(part for part in (address.street, address.house_number) if part)
    town = f"{place.postal_code} {place.locality}"
    parts = [title(advert, language).partition(" - ")[0], f"{where} - {town}" if where else town]
    return " | ".join([*parts, *([f"EPC {advert.energy.label}"] if advert.energy.label else [])])


def _metas(advert: Advert) -> str:
    section = "Nouvelles constructions" if advert.project is not None else "A vendre"
    values = {
        "section": "A louer" if advert.core.transaction is TransactionType.RENT else section,
        "prix": f"{advert.price.main or facts.hidden_price(advert)}.00",
        "peb": facts.epc_code(advert),
        "garage": "inconnu",
        "jardin": "oui" if advert.building.has_garden else "inconnu",
    }
    return "".join(f'<meta name="cXenseParse:rbf-immovlan-{k}" content="{v}" />\n' for k, v in values.items())


def _linked(advert: Advert) -> str:
    place, address, core = advert.core.place, advert.address, advert.core
    posted = f"{advert.created_at:%Y-%m-%dT%H:%M:%S.%f}0"
    town = {"addressLocality": place.locality, "postalCode": place.postal_code, "addressCountry": "BE"}
    street = street_line(advert)
    full = {"@type": "PostalAddress", **town, **({"streetAddress": escape(street)} if street else {})}
    blocks: list[dict[str, Any]] = [{"@type": "RealEstateListing", "datePosted": posted}]
    if address.latitude is not None:
        point = {"latitude": address.latitude, "longitude": address.longitude}
        blocks.append({"@type": "GeoCoordinates", "postalCode": place.postal_code, **point})
    blocks.append(full)
    if core.kind.property_type in _LD_TYPES:
        home: dict[str, Any] = {"@type": _LD_TYPES[core.kind.property_type], "address": full}
        if advert.building.living_area_m2:
            home["floorSize"] = {"@type": "QuantitativeValue", "value": advert.building.living_area_m2}
        blocks.append(home | ({} if core.bedroom_count is None else {"numberOfRooms": str(core.bedroom_count)}))
    if advert.price.main is not None:
        blocks.append({"@type": "SellAction", "price": advert.price.main})
    agency = {"@type": "PostalAddress", "streetaddress": "Kantoorstraat 1", "postalCode": "1000"}
    blocks.append({"@type": "RealEstateAgent ", "name": escape(advert.seller.name or ""), "address": agency})
    return "".join(map(markup.linked, blocks))


def _layer(advert: Advert, code: str, language: str) -> dict[str, Any]:
    """The area is told with a fraction here that the label rounds; 0 is unknown."""
    kind, area = kind_of(advert.core.kind.property_type, advert.core.kind.subtype), advert.building.living_area_m2
    return {
        "property_type": kind.type_code,
        "property_sub_type": kind.sub_code,
        "transaction_type": _transaction(advert),
        "zip_code": advert.core.place.postal_code,
        "vlan_code": code,
        "livable_surface": f"{area - 0.3:.2f}" if area else "0",
        "price": f"{advert.price.main or facts.hidden_price(advert)}.00",
        "seller_type": SELLERS[advert.seller.seller_type],
        "seller_id": str(advert.seller.number),
        "is_new_construction_project": advert.project is not None,
        "country_id": 318,
        "page_language": language,
        "page_type": "propertyDetailResult",
    }


def _details(advert: Advert, code: str) -> dict[str, Any]:
    kind, place = kind_of(advert.core.kind.property_type, advert.core.kind.subtype), advert.core.place
    return {
        "reference": code.upper(),
        "transactionType": _transaction(advert)[0].upper() + _transaction(advert)[1:],
        "propertySubType": kind.sub_code[0].upper() + kind.sub_code[1:],
        "price": f"{advert.price.main or 0},00",
        "sellerType": SELLERS[advert.seller.seller_type],
        "sellerId": advert.seller.number,
        "zipCode": place.postal_code,
        "city": place.locality,
        "country": "Belgium",
        "countryId": "1",
    }


def _transaction(advert: Advert) -> str:
    if advert.core.transaction is TransactionType.RENT:
        return "rent"
    return "publicSale" if advert.price.kind is PriceKind.STARTING_BID else "sale"


def on_the_map(advert: Advert) -> str:
    if advert.address.latitude is None:
        return ""
    return (
        f"<script>\nwindow.AD_LONGITUDE = '{advert.address.longitude}';\n"
        f"window.AD_LATITUDE = '{advert.address.latitude}';\n"
        "window.YATMO_SHOW_MARKER = 'True' === \"True\";\n</script>\n"
    )


def seller_box(advert: Advert, language: str) -> str:
    seller = advert.seller
    name = escape(seller.name or "", quote=True)
    if seller.is_private:
        inner = f'<span class="owner_name">{name}</span>'
    else:
        inner = (
            f'<a class="lnk-pro-website" data-id="{seller.number}"><img src="/logo/{seller.number}" alt="{name}"'
            f' title="{name}"/></a>\n<a href="{ROOT}/{language}/directory/detail/x/{seller.number}">…</a>'
        )
    return f'<div id="contact_property">{inner}</div>\n'


def description(advert: Advert, language: str) -> str:
    """In the page's language, else in another one, with a note that says so."""
    texts = advert.descriptions
    text = texts.get(language) or next(iter(texts.values()), "")
    note = UNTRANSLATED[LANGUAGES.index(language)]
    missing = f"<p class='font-italic no-description-available'>* {note}</p>" if text and language not in texts else ""
    shown = _BREAK.sub("<br>", escape(text, quote=False))
    return (
        '<div class="description w-100"><div class="dynamic-description" data-height="200">'
        f'{shown}{missing}<a class="dynamic-description-show-more">…</a></div></div>\n'
    )


def _money(advert: Advert, language: str) -> str:
    price = LABELS["price"][LANGUAGES.index(language)]
    told = [f"<li><strong>{price}</strong>: {markup.euro(advert.price.main)}</li>"] if advert.price.main else []
    told += [
        f"<li><strong>{escape(label)}</strong>: {escape(value)}</li>"
        for label, value in facts.financial(advert, language)
    ]
    lines = "\n".join(told)
    return f'<div class="financial w-100"><ul>\n{lines}\n</ul></div>\n'


def _project(market: Market, advert: Advert, language: str) -> str:
    """The project that a unit belongs to, with figures of other homes that are not this one's."""
    if advert.project is None:
        return ""
    url = listing_url(market, advert.project, language)
    others = markup.pairs([(LABELS["living_area"][LANGUAGES.index(language)], "999 m²")])
    return (
        '<div class="project-summary w-100">\n'
        f'<div class="project-container"><a href="{url}" rel="nofollow">…</a></div>\n'
        f'<div class="project-model-info"><div class="data-row">{others}</div></div></div>\n'
    )


def _references(advert: Advert, code: str) -> str:
    own = advert.external_reference
    shown = f'<small class="seller-reference"><span>Ref.:</span> <span>{escape(own)}</span></small>' if own else ""
    return f"<small><span>Immovlan:</span> <span>{code.upper()}</span></small>{shown}"


def is_project(advert: Advert) -> bool:
    return advert.core.listing_kind is ListingKind.PROJECT

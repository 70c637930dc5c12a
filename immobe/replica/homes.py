"""What the portals that we know from reports have in common: homes, a table of labels in three languages, its truth."""

from __future__ import annotations

from html import escape
from typing import Any

from immobe.items import HeatingType, LocationPrecision, PriceKind, SaleMethod
from immobe.items import PropertySubtype as Sub
from immobe.replica.advert import Advert
from immobe.replica.market import Market
from immobe.replica.phrases import NOUNS
from immobe.replica.reply import Reply

LANGUAGES = ("fr", "nl", "en")
# Subtypes that these portals name; the others they call by a word of their own, which no report tells.
_NAMED = (
    Sub.HOUSE, Sub.VILLA, Sub.MANSION, Sub.BUNGALOW, Sub.CHALET, Sub.APARTMENT, Sub.DUPLEX, Sub.PENTHOUSE, Sub.LOFT,
    Sub.STUDIO,
)  # fmt: skip
_OWN_WORDS = {(Sub.HOUSE, "nl"): "huis"}
_HEATING = {
    HeatingType.GAS: ("gaz", "aardgas", "gas"),
    HeatingType.FUEL_OIL: ("mazout", "stookolie", "fuel oil"),
    HeatingType.ELECTRIC: ("électricité", "elektriciteit", "electricity"),
    HeatingType.HEAT_PUMP: ("pompe à chaleur", "warmtepomp", "heat pump"),
    HeatingType.PELLET: ("pellets", "pellets", "pellets"),
    HeatingType.WOOD: ("bois", "hout", "wood"),
}
_LABELS = {
    "kind": ("Type de bien", "Type woning", "Property type"),
    "construction_year": ("Année de construction", "Bouwjaar", "Year built"),
    "bedroom_count": ("Chambres", "Slaapkamers", "Bedrooms"),
    "bathroom_count": ("Salles de bain", "Badkamers", "Bathrooms"),
    "living_area_m2": ("Surface habitable", "Bewoonbare oppervlakte", "Habitable area"),
    "land_area_m2": ("Superficie de la parcelle", "Perceeloppervlakte", "Lot size"),
    "floor": ("Etage", "Verdieping", "Floor"),
    "heating_type": ("Type de chauffage", "Verwarming", "Heating type"),
    "epc_label": ("Classe énergétique", "Energieklasse", "Energy classification"),
    "epc_kwh_m2_year": ("CPEB", "CPEB", "CPEB"),
    "epc_reference": ("Numéro du certificat PEB", "Certificaatnummer", "EPC certificate number"),
    "has_lift": ("Ascenseur", "Lift", "Elevator"),
    "is_furnished": ("Meublé", "Bemeubeld", "Furnished"),
}
_YES, _NO = ("Oui", "Ja", "Yes"), ("Non", "Nee", "No")
ON_REQUEST = {"fr": "Prix sur demande", "nl": "Prijs op aanvraag", "en": "Price on request"}
FROM = {"fr": "à partir de ", "nl": "vanaf ", "en": "from "}


def is_named_home(market: Market, index: int) -> bool:
    """A house or flat of a kind that these portals name, sold by private treaty or let."""
    core = market.core(index)
    return core.kind.subtype in _NAMED and core.sale_method in (None, SaleMethod.PRIVATE_TREATY)


def kind_word(advert: Advert, language: str) -> str:
    subtype = advert.core.kind.subtype
    word = _OWN_WORDS.get((subtype, language)) or NOUNS[subtype][LANGUAGES.index(language)]
    return word[0].upper() + word[1:]


def facts(advert: Advert) -> dict[str, Any]:
    """What the table states, by the record's names; None is not stated. Areas of 0 are unknown, and left out."""
    core, building, energy = advert.core, advert.building, advert.energy
    return {
        "construction_year": building.construction_year,
        "bedroom_count": core.bedroom_count,
        "bathroom_count": building.bathroom_count,
        "living_area_m2": building.living_area_m2,
        "land_area_m2": building.land_area_m2 or None,
        "floor": building.floor,
        "heating_type": energy.heating,
        "epc_label": energy.label,
        "epc_kwh_m2_year": energy.kwh_m2_year,
        "epc_reference": energy.reference,
        "has_lift": building.has_lift,
        "is_furnished": building.is_furnished,
    }


def rows(advert: Advert, language: str) -> list[tuple[str, str]]:
    """The same as labels and values for people; schools and shops stand among them, as portals have them."""
    position = LANGUAGES.index(language)
    shown = [(_LABELS["kind"][position], kind_word(advert, language))]
    for name, value in facts(advert).items():
        if value is not None:
            shown.append((_LABELS[name][position], _shown(name, value, position)))
    return [*shown, ("Distance 3", "256 m")]


def _shown(name: str, value: Any, position: int) -> str:
    if name.endswith("_area_m2"):
        return f"{value} m²"
    if name == "epc_kwh_m2_year":
        return f"{value} kWh/m²"
    if isinstance(value, bool):
        return (_YES if value else _NO)[position]
    return _HEATING[value][position] if name == "heating_type" else str(value)


def table(found: list[tuple[str, str]], *, label: str = "", value: str = "") -> str:
    """Rows of two cells; `label` and `value` are the cells' classes."""
    first, second = (f' class="{name}"' if name else "" for name in (label, value))
    cells = (f"<tr><td{first}>{escape(name)}</td><td{second}>{escape(text)}</td></tr>" for name, text in found)
    return "<table><tbody>\n" + "\n".join(cells) + "\n</tbody></table>"


def euro(amount: int) -> str:
    """
    >>> euro(1245000)
    '1.245.000'
    """
    return f"{amount:,}".replace(",", ".")


def address_line(advert: Advert, language: str) -> str:
    """ "Rue Haute 12 bte 3, 1000 Bruxelles", or the place alone when the seller hides the rest."""
    place, address = advert.core.place, advert.address
    where = f"{place.postal_code} {place.locality}"
    if address.street is None:
        return where
    box = f" {({'fr': 'bte', 'nl': 'bus', 'en': 'box'})[language]} {address.box}" if address.box else ""
    number = f" {address.house_number}{box}" if address.house_number else ""
    return f"{address.street}{number}, {where}"


def place_truth(advert: Advert, *, tells_point: bool) -> dict[str, Any]:
    place, address = advert.core.place, advert.address
    exact = tells_point and address.latitude is not None
    found = {
        "street": address.street,
        "house_number": address.house_number,
        "box": address.box if address.house_number else None,
        "postal_code": place.postal_code,
        "province": place.province,
        "region": place.region,
        "latitude": address.latitude if exact else None,
        "longitude": address.longitude if exact else None,
    }
    if exact and address.house_number:
        found["location_precision"] = LocationPrecision.EXACT
    return found if place.is_shared else found | {"municipality_nis": place.municipality_nis}


def price_truth(advert: Advert, *, tells_floor: bool) -> dict[str, Any]:
    kind = advert.price.kind
    shown = PriceKind.ASKING if kind is PriceKind.FROM and not tells_floor else kind
    return {"price_eur": advert.price.main, "price_kind": shown}


def common_truth(platform: str, advert: Advert) -> dict[str, Any]:
    core = advert.core
    return {
        "platform": platform,
        "listing_kind": core.listing_kind,
        "transaction_type": core.transaction,
        "sale_method": core.sale_method,
        "property_type": core.kind.property_type,
        "property_subtype": core.kind.subtype,
    }


def page(language: str, head: str, body: str, status: int = 200) -> Reply:
    text = (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n{head}\n</head>\n<body>\n{body}\n'
        "</body>\n</html>\n"
    )
    return Reply(status, (text.encode(),))


NOT_FOUND = page("en", "<title>404</title>", "<h1>404</h1>", 404)

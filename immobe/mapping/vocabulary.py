"""What the portals' words and codes mean, in French, Dutch, German and English: the one place for all platforms.

Words are compared without case, accents and punctuation. FR/NL/DE words are general knowledge unless a capture holds
them; codes in capitals are Immoweb's (property types and subtypes as seen in 2023 to 2026).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from immobe.geo import place_key
from immobe.items import (
    Condition,
    FloodZone,
    HeatingType,
    MarketStatus,
    PropertySubtype,
    PropertyType,
    SellerType,
    TransactionType,
)
from immobe.mapping.convert import Unconvertible, text

Meaning = TypeVar("Meaning", bound=StrEnum)
Words = Mapping[Meaning, tuple[str, ...]]

TRANSACTION: Words[TransactionType] = {
    TransactionType.SALE: ("FOR_SALE", "sale", "a vendre", "te koop", "zu verkaufen"),
    TransactionType.RENT: ("FOR_RENT", "TO_RENT", "rent", "a louer", "te huur", "zu vermieten"),
}

PROPERTY_TYPE: Words[PropertyType] = {
    PropertyType.HOUSE: (
        "HOUSE",
        "HOUSE_GROUP",
        "maison",
        "huis",
        "woning",
        "woonhuis",
        "haus",
        "rijwoning",
        "hoekwoning",
        "tussenwoning",
        "eengezinswoning",
    ),
    PropertyType.APARTMENT: ("APARTMENT", "APARTMENT_GROUP", "flat", "appartement", "wohnung"),
    PropertyType.LAND: ("LAND", "plot", "terrain", "grond", "grundstuck"),
    PropertyType.GARAGE: ("GARAGE", "parking", "staanplaats", "autostaanplaats", "parkeerplaats"),
    PropertyType.OFFICE: ("OFFICE", "bureau", "kantoor", "buro"),
    PropertyType.RETAIL: ("COMMERCIAL", "BUSINESS", "retail", "commerce", "handelspand", "geschaft"),
    PropertyType.INDUSTRIAL: ("INDUSTRY", "industrial", "industrie"),
    PropertyType.OTHER: ("OTHER", "autre", "andere"),
}

PROPERTY_SUBTYPE: Words[PropertySubtype] = {
    PropertySubtype.HOUSE: (
        "HOUSE",
        "HOUSE_GROUP",
        "maison",
        "huis",
        "haus",
        # Houses for whose kind there is no term of their own.
        "maison unifamiliale",
        "eengezinswoning",
        "woonhuis",
        "maison deux facades",
        "rijwoning",
        "rijhuis",
        "maison jumelee",
        "halfopen bebouwing",
        "maison d'angle",
        "hoekwoning",
        "maison ouvriere",
        "arbeiderswoning",
        "maison bourgeoise",
        "burgerwoning",
        "maison style pastorie",
        "pastorijwoning",
        "maison de vacances",
        "vakantiewoning",
    ),
    PropertySubtype.VILLA: ("VILLA", "villa-manoir", "villa-landhuis", "villa moderne", "moderne villa"),
    PropertySubtype.MANSION: ("MANSION", "maison de maitre", "herenhuis"),
    PropertySubtype.TOWN_HOUSE: ("TOWN_HOUSE", "bel-etage", "maison de ville", "stadswoning"),
    PropertySubtype.BUNGALOW: ("BUNGALOW",),
    PropertySubtype.CHALET: ("CHALET",),
    PropertySubtype.FARMHOUSE: ("FARMHOUSE", "ferme", "boerderij", "hoeve", "bauernhof"),
    PropertySubtype.COUNTRY_COTTAGE: ("COUNTRY_COTTAGE", "fermette", "cottage"),
    PropertySubtype.MANOR_HOUSE: ("MANOR_HOUSE", "manoir", "landhuis"),
    PropertySubtype.PAVILION: ("PAVILION", "pavillon", "paviljoen"),
    PropertySubtype.CASTLE: ("CASTLE", "chateau", "kasteel", "schloss"),
    PropertySubtype.SHOW_HOUSE: ("SHOW_HOUSE", "maison temoin", "kijkwoning"),
    PropertySubtype.APARTMENT_BLOCK: (
        "APARTMENT_BLOCK",
        "immeuble de rapport",
        "immeuble d'appartements",
        "opbrengsteigendom",
        "appartementsgebouw",
    ),
    PropertySubtype.MIXED_USE_BUILDING: (
        "MIXED_USE_BUILDING",
        "immeuble mixte",
        "usage mixte",
        "gemengd gebouw",
        "gemengd gebruik",
    ),
    PropertySubtype.EXCEPTIONAL_PROPERTY: (
        "EXCEPTIONAL_PROPERTY",
        "bien exceptionnel",
        "maison exceptionnelle",
        "uitzonderlijk vastgoed",
    ),
    PropertySubtype.APARTMENT: (
        "APARTMENT",
        "APARTMENT_GROUP",
        "flat",
        "appartement",
        "app. profession liberale",
        "wohnung",
    ),
    PropertySubtype.GROUND_FLOOR: (
        "GROUND_FLOOR",
        "rez-de-chaussee",
        "app. rez-de-chaussee",
        "gelijkvloers",
        "gelijkvloers app.",
        "gelijkvloers appartement",
        "erdgeschoss",
    ),
    PropertySubtype.DUPLEX: ("DUPLEX",),
    PropertySubtype.TRIPLEX: ("TRIPLEX",),
    PropertySubtype.PENTHOUSE: ("PENTHOUSE", "attique", "dakappartement"),
    PropertySubtype.LOFT: ("LOFT",),
    PropertySubtype.STUDIO: ("FLAT_STUDIO", "STUDIO", "studio avec coin lit", "studio met slaaphoek"),
    PropertySubtype.SERVICE_FLAT: (
        "SERVICE_FLAT",
        "residence service",
        "appartement pour retraites",
        "serviceflat",
        "assistentiewoning",
    ),
    PropertySubtype.STUDENT_ROOM: (
        "KOT",
        "ROOM",
        "student room",
        "kot colocation",
        "kot studentenkamer",
        "chambre d'etudiant",
        "studentenkamer",
    ),
    PropertySubtype.BUILDING_LAND: ("BUILDING_LAND", "terrain a batir", "bouwgrond", "baugrundstuck"),
    PropertySubtype.AGRICULTURAL_LAND: ("AGRICULTURAL_AREA", "AGRICULTURAL_LAND", "terrain agricole", "landbouwgrond"),
    PropertySubtype.RECREATIONAL_LAND: (
        "RECREATIONAL_AREA",
        "RECREATIONAL_LAND",
        "terrain de loisirs",
        "recreatiegrond",
    ),
    PropertySubtype.UNBUILDABLE_LAND: ("UNBUILDABLE_LAND", "terrain non batissable", "niet-bouwgrond"),
    PropertySubtype.FIELD: ("FIELDS", "FIELD", "champ", "akker"),
    PropertySubtype.FOREST: ("FOREST", "WOOD", "bois", "bos", "wald"),
    PropertySubtype.ORCHARD: ("ORCHARD", "verger", "boomgaard"),
    PropertySubtype.MEADOW: ("MEADOW", "PASTURE_LAND", "prairie", "weide"),
    PropertySubtype.CLOSED_GARAGE: (
        "LOCK_UP_GARAGE",
        "CLOSED_GARAGE",
        "GARAGE",
        "box ferme",
        "gesloten garage",
        "garagebox",
    ),
    PropertySubtype.COVERED_PARKING_SPACE: ("COVERED_PARKING_SPACE", "parking couvert", "overdekte staanplaats"),
    PropertySubtype.OUTDOOR_PARKING_SPACE: ("OUTDOOR_PARKING_SPACE", "parking exterieur", "buitenparkeerplaats"),
    PropertySubtype.OFFICE: ("OFFICES", "OFFICE", "bureau", "kantoor"),
    PropertySubtype.OFFICE_BLOCK: ("OFFICE_BLOCK", "immeuble de bureaux", "kantoorgebouw"),
    PropertySubtype.COMMERCIAL_PREMISES: (
        "COMMERCIAL_PREMISES",
        "COMMERCIAL_PREMISE",
        "BUSINESS_SURFACE",
        "COMMERCIAL_VILLA",
        "rez commercial",
        "handelspand",
        "winkel",
    ),
    PropertySubtype.HOTEL: ("HOTEL",),
    PropertySubtype.CATERING: ("CATERING", "HORECA", "CAFE", "RESTAURANT", "CATERING_INDUSTRY"),
    PropertySubtype.WAREHOUSE: ("WAREHOUSE", "entrepot", "magazijn", "lagerhalle"),
    PropertySubtype.INDUSTRIAL_PREMISES: (
        "INDUSTRIAL_PREMISES",
        "INDUSTRY",
        "WORKSHOP",
        "batiment industriel",
        "industriegebouw",
        "atelier",
    ),
    PropertySubtype.OTHER: ("OTHER_PROPERTY", "OTHER", "autre", "autre bien", "bateau", "woonboot", "andere"),
}

CONDITION: Words[Condition] = {
    Condition.NEW: (
        "AS_NEW",
        "new",
        "excellent",
        "EXCELLENT_CONDITION",
        "neuf",
        "etat neuf",
        "excellent etat",
        "nieuw",
        "nieuwbouw",
        "uitstekende staat",
        "uitstekend",
        "neubau",
    ),
    Condition.RENOVATED: (
        "JUST_RENOVATED",
        "renovated",
        "fully renovated",
        "entierement renove",
        "volledig gerenoveerd",
        "renove",
        "fraichement renove",
        "gerenoveerd",
        "recent gerenoveerd",
        "renoviert",
    ),
    Condition.GOOD: (
        "GOOD",
        "GOOD_CONDITION",
        "normal",
        "normale",
        "normaal",
        "bon",
        "bon etat",
        "goed",
        "goede staat",
        "guter zustand",
    ),
    Condition.TO_REFRESH: ("TO_BE_DONE_UP", "to refresh", "a rafraichir", "op te frissen", "aufzufrischen"),
    Condition.TO_RENOVATE: ("TO_RENOVATE", "to be renovated", "a renover", "te renoveren", "zu renovieren"),
    Condition.TO_RESTORE: ("TO_RESTORE", "a restaurer", "te restaureren", "zu restaurieren"),
    Condition.TO_DEMOLISH: ("TO_DEMOLISH", "a demolir", "af te breken", "abzureissen"),
    Condition.UNDER_CONSTRUCTION: ("UNDER_CONSTRUCTION", "en construction", "in aanbouw", "im bau"),
}

HEATING: Words[HeatingType] = {
    HeatingType.GAS: ("GAS", "gaz", "aardgas", "erdgas"),
    HeatingType.FUEL_OIL: ("FUELOIL", "fuel oil", "mazout", "stookolie", "heizol"),
    HeatingType.ELECTRIC: ("ELECTRIC", "electricity", "electricite", "elektriciteit", "elektrisch", "strom"),
    HeatingType.HEAT_PUMP: ("HEAT_PUMP", "pompe a chaleur", "warmtepomp", "warmepumpe"),
    HeatingType.PELLET: ("PELLET", "pellets"),
    HeatingType.WOOD: ("WOOD", "bois", "hout", "holz"),
    HeatingType.SOLAR: ("SOLAR", "solar energy", "solaire", "energie solaire", "zonne-energie"),
    HeatingType.COAL: ("CARBON", "coal", "charbon", "steenkool", "kohle"),
    HeatingType.HOT_AIR: ("HOT_AIR", "air chaud", "warme lucht", "warmluft"),
}

FLOOD_ZONE: Words[FloodZone] = {
    FloodZone.NONE: (
        "NON_FLOOD_ZONE",
        "no flooding area",
        "zone non inondable",
        "pas de risque d'inondation",
        "geen overstromingsgebied",
        "geen overstromingsgevoelig gebied",
        "niet overstromingsgevoelig",
    ),
    FloodZone.POSSIBLE: (
        "POSSIBLE_FLOOD_ZONE",
        "possible flooding area",
        "zone inondable possible",
        "zone potentiellement inondable",
        "mogelijk overstromingsgebied",
        "mogelijk overstromingsgevoelig gebied",
        "mogelijk overstromingsgevoelig",
    ),
    FloodZone.RECOGNIZED: (
        "RECOGNIZED_FLOOD_ZONE",
        "EFFECTIVE_FLOOD_ZONE",
        "effective flooding area",
        "zone effectivement inondable",
        "effectief overstromingsgebied",
        "effectief overstromingsgevoelig gebied",
        "effectief overstromingsgevoelig",
    ),
    FloodZone.CIRCUMSCRIBED: ("CIRCUMSCRIBED_FLOOD_ZONE",),
    FloodZone.CIRCUMSCRIBED_WATERSIDE: ("CIRCUMSCRIBED_WATERSIDE_ZONE",),
    FloodZone.POSSIBLE_CIRCUMSCRIBED: ("POSSIBLE_N_CIRCUMSCRIBED_FLOOD_ZONE",),
    FloodZone.POSSIBLE_CIRCUMSCRIBED_WATERSIDE: ("POSSIBLE_N_CIRCUMSCRIBED_WATERSIDE_ZONE",),
    FloodZone.RECOGNIZED_CIRCUMSCRIBED: ("RECOGNIZED_N_CIRCUMSCRIBED_FLOOD_ZONE",),
    FloodZone.RECOGNIZED_CIRCUMSCRIBED_WATERSIDE: ("RECOGNIZED_N_CIRCUMSCRIBED_WATERSIDE_FLOOD_ZONE",),
}

SELLER: Words[SellerType] = {
    SellerType.AGENCY: ("AGENCY", "AGENCY_PAYING_WITH_OGONE", "estateAgents", "broker", "agence", "makelaar", "makler"),
    SellerType.NOTARY: ("NOTARY", "notaries", "notaire", "notaris", "notar"),
    SellerType.DEVELOPER: ("PROPERTY_DEVELOPER", "promotors", "developer", "promoteur", "bouwpromotor", "bautrager"),
    SellerType.PRIVATE: ("PRIVATE", "particulier", "privat"),
}

STATUS: Words[MarketStatus] = {
    MarketStatus.AVAILABLE: ("available", "disponible", "beschikbaar", "verfugbar"),
    MarketStatus.UNDER_OPTION: (
        "option",
        "under option",
        "sous option",
        "en option",
        "optie",
        "onder optie",
        "in optie",
        "unter option",
        "reserved",
        "reserve",
        "reservee",
        "gereserveerd",
        "reserviert",
    ),
    MarketStatus.SOLD: ("sold", "vendu", "vendue", "verkocht", "verkauft"),
    MarketStatus.RENTED: ("rented", "let", "loue", "louee", "verhuurd", "vermietet"),
}

_SUBTYPES_OF: Mapping[PropertyType, tuple[PropertySubtype, ...]] = {
    PropertyType.APARTMENT: (
        PropertySubtype.APARTMENT,
        PropertySubtype.GROUND_FLOOR,
        PropertySubtype.DUPLEX,
        PropertySubtype.TRIPLEX,
        PropertySubtype.PENTHOUSE,
        PropertySubtype.LOFT,
        PropertySubtype.STUDIO,
        PropertySubtype.SERVICE_FLAT,
        PropertySubtype.STUDENT_ROOM,
    ),
    PropertyType.LAND: (
        PropertySubtype.BUILDING_LAND,
        PropertySubtype.AGRICULTURAL_LAND,
        PropertySubtype.RECREATIONAL_LAND,
        PropertySubtype.UNBUILDABLE_LAND,
        PropertySubtype.FIELD,
        PropertySubtype.FOREST,
        PropertySubtype.ORCHARD,
        PropertySubtype.MEADOW,
    ),
    PropertyType.GARAGE: (
        PropertySubtype.CLOSED_GARAGE,
        PropertySubtype.COVERED_PARKING_SPACE,
        PropertySubtype.OUTDOOR_PARKING_SPACE,
    ),
    PropertyType.OFFICE: (PropertySubtype.OFFICE, PropertySubtype.OFFICE_BLOCK),
    PropertyType.RETAIL: (PropertySubtype.COMMERCIAL_PREMISES, PropertySubtype.HOTEL, PropertySubtype.CATERING),
    PropertyType.INDUSTRIAL: (PropertySubtype.WAREHOUSE, PropertySubtype.INDUSTRIAL_PREMISES),
    PropertyType.OTHER: (PropertySubtype.OTHER,),
}
# Every other subtype is a house; buildings of several homes too, as the portals have them.
TYPE_OF_SUBTYPE: Mapping[PropertySubtype, PropertyType] = dict.fromkeys(PropertySubtype, PropertyType.HOUSE) | {
    subtype: kind for kind, subtypes in _SUBTYPES_OF.items() for subtype in subtypes
}


def word_to(words: Words[Meaning]) -> Callable[[object], Meaning | None]:
    """A converter from a portal's word or code to its meaning; an unknown word raises Unconvertible.

    >>> word_to(CONDITION)("À rénover"), word_to(CONDITION)("AS_NEW")
    (<Condition.TO_RENOVATE: 'to_renovate'>, <Condition.NEW: 'new'>)
    """
    meanings = {place_key(word): meaning for meaning, spelled in words.items() for word in spelled}

    def convert(value: object) -> Meaning | None:
        found = text(value)
        if found is None:
            return None
        try:
            return meanings[place_key(found)]
        except KeyError:
            raise Unconvertible(f"unknown word {found[:60]!r}") from None

    return convert


_TYPE, _SUBTYPE = word_to(PROPERTY_TYPE), word_to(PROPERTY_SUBTYPE)


def type_of_word(value: object) -> PropertyType | None:
    """The property type that a portal's word names, as a type or as one of its subtypes.

    >>> type_of_word("Villa"), type_of_word("Terrain à bâtir"), type_of_word("Appartement")
    (<PropertyType.HOUSE: 'house'>, <PropertyType.LAND: 'land'>, <PropertyType.APARTMENT: 'apartment'>)
    """
    try:
        return _TYPE(value)
    except Unconvertible:
        subtype = _SUBTYPE(value)
        return None if subtype is None else TYPE_OF_SUBTYPE[subtype]


def subtype_of_word(value: object) -> PropertySubtype | None:
    """The subtype that a portal's word names; None for a word that names a type alone.

    >>> subtype_of_word("Penthouse"), subtype_of_word("Terrain")
    (<PropertySubtype.PENTHOUSE: 'penthouse'>, None)
    """
    try:
        return _SUBTYPE(value)
    except Unconvertible:
        _TYPE(value)
        return None

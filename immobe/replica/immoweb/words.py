"""Immoweb's words: codes of the object, and the slugs of its addresses in three languages."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from immobe.items import (
    Condition,
    FloodZone,
    HeatingType,
    PropertyType,
    Region,
    SaleMethod,
    SellerType,
    TransactionType,
)
from immobe.items import PropertySubtype as Sub

LANGUAGES = ("en", "fr", "nl")
SEARCH_WORDS = {"en": "search", "fr": "recherche", "nl": "zoeken"}
LISTING_WORDS = {"en": "classified", "fr": "annonce", "nl": "zoekertje"}
TRANSACTION_SLUGS = {
    TransactionType.SALE: {"en": "for-sale", "fr": "a-vendre", "nl": "te-koop"},
    TransactionType.RENT: {"en": "for-rent", "fr": "a-louer", "nl": "te-huur"},
}

TYPE_CODES = {
    PropertyType.HOUSE: "HOUSE",
    PropertyType.APARTMENT: "APARTMENT",
    PropertyType.LAND: "LAND",
    PropertyType.GARAGE: "GARAGE",
    PropertyType.OFFICE: "OFFICE",
    PropertyType.RETAIL: "COMMERCIAL",
    PropertyType.INDUSTRIAL: "INDUSTRY",
    PropertyType.OTHER: "OTHER",
}
SUBTYPE_CODES = {
    Sub.STUDIO: "FLAT_STUDIO",
    Sub.STUDENT_ROOM: "KOT",
    Sub.OTHER: "OTHER_PROPERTY",
    Sub.AGRICULTURAL_LAND: "AGRICULTURAL_AREA",
    Sub.RECREATIONAL_LAND: "RECREATIONAL_AREA",
    Sub.FIELD: "FIELDS",
    Sub.CLOSED_GARAGE: "LOCK_UP_GARAGE",
    Sub.OFFICE: "OFFICES",
}
"""Where the code is not the market's own word in capitals."""

SEARCH_TYPES: dict[str, tuple[tuple[PropertyType, ...], bool | None]] = {
    "house": ((PropertyType.HOUSE,), None),
    "apartment": ((PropertyType.APARTMENT,), None),
    "house-and-apartment": ((PropertyType.HOUSE, PropertyType.APARTMENT), None),
    "land": ((PropertyType.LAND,), None),
    "garage": ((PropertyType.GARAGE,), None),
    "office": ((PropertyType.OFFICE,), None),
    "business": ((PropertyType.RETAIL,), None),
    "industry": ((PropertyType.INDUSTRIAL,), None),
    "other": ((PropertyType.OTHER,), None),
    "new-real-estate-project-houses": ((PropertyType.HOUSE,), True),
    "new-real-estate-project-apartments": ((PropertyType.APARTMENT,), True),
}
"""English type word: (types, only projects)."""

TYPE_SLUGS = {
    "fr": {
        "maison": "house",
        "appartement": "apartment",
        "maison-et-appartement": "house-and-apartment",
        "terrain": "land",
        "garage": "garage",
        "bureau": "office",
        "commerce": "business",
        "industrie": "industry",
        "autre": "other",
        "projet-neuf-maisons": "new-real-estate-project-houses",
        "projet-neuf-appartements": "new-real-estate-project-apartments",
    },
    "nl": {
        "huis": "house",
        "appartement": "apartment",
        "huis-en-appartement": "house-and-apartment",
        "grond": "land",
        "garage": "garage",
        "kantoor": "office",
        "handelszaak": "business",
        "industrie": "industry",
        "andere": "other",
        "nieuwbouwproject-huizen": "new-real-estate-project-houses",
        "nieuwbouwproject-appartementen": "new-real-estate-project-apartments",
    },
    "en": {word: word for word in SEARCH_TYPES},
}

PROJECT_SLUGS = {
    PropertyType.HOUSE: {
        "en": "new-real-estate-project-houses",
        "fr": "projet-neuf-maisons",
        "nl": "nieuwbouwproject-huizen",
    },
    PropertyType.APARTMENT: {
        "en": "new-real-estate-project-apartments",
        "fr": "projet-neuf-appartements",
        "nl": "nieuwbouwproject-appartementen",
    },
}
CONDITION_CODES = {
    Condition.NEW: "AS_NEW",
    Condition.RENOVATED: "JUST_RENOVATED",
    Condition.GOOD: "GOOD",
    Condition.TO_REFRESH: "TO_BE_DONE_UP",
    Condition.TO_RENOVATE: "TO_RENOVATE",
    Condition.TO_RESTORE: "TO_RESTORE",
}
HEATING_CODES = {
    HeatingType.GAS: "GAS",
    HeatingType.FUEL_OIL: "FUELOIL",
    HeatingType.ELECTRIC: "ELECTRIC",
    HeatingType.PELLET: "PELLET",
    HeatingType.WOOD: "WOOD",
}
FLOOD_CODES = {
    FloodZone.NONE: "NON_FLOOD_ZONE",
    FloodZone.POSSIBLE: "POSSIBLE_FLOOD_ZONE",
    FloodZone.RECOGNIZED: "RECOGNIZED_FLOOD_ZONE",
    FloodZone.CIRCUMSCRIBED: "CIRCUMSCRIBED_FLOOD_ZONE",
    FloodZone.CIRCUMSCRIBED_WATERSIDE: "CIRCUMSCRIBED_WATERSIDE_ZONE",
}
SELLER_CODES = {
    SellerType.AGENCY: "AGENCY",
    SellerType.NOTARY: "NOTARY",
    SellerType.DEVELOPER: "PROPERTY_DEVELOPER",
    SellerType.PRIVATE: "PRIVATE",
}
TRANSACTION_SUBTYPES = {
    None: "RENT_REGULAR",
    SaleMethod.PRIVATE_TREATY: "BUY_REGULAR",
    SaleMethod.PUBLIC_AUCTION: "PUBLIC_SALE",
    SaleMethod.LIFE_ANNUITY: "LIFE_ANNUITY",
}
REGION_CODES = {Region.FLANDERS: "FLANDERS", Region.WALLONIA: "WALLONIE", Region.BRUSSELS: "BRUSSELS"}
REGION_WORDS = {
    "en": {Region.FLANDERS: "Flanders", Region.WALLONIA: "Wallonie", Region.BRUSSELS: "Brussels"},
    "fr": {Region.FLANDERS: "Flandre", Region.WALLONIA: "Wallonie", Region.BRUSSELS: "Bruxelles"},
    "nl": {Region.FLANDERS: "Vlaanderen", Region.WALLONIA: "Wallonië", Region.BRUSSELS: "Brussel"},
}
COUNTRY = {"en": "Belgium", "fr": "Belgique", "nl": "België"}
PROVINCE_WORDS = {
    "en": {
        "antwerp": "Antwerp",
        "east_flanders": "East Flanders",
        "flemish_brabant": "Flemish Brabant",
        "hainaut": "Hainaut",
        "liege": "Liège",
        "limburg": "Limburg",
        "luxembourg": "Luxembourg",
        "namur": "Namur",
        "walloon_brabant": "Walloon Brabant",
        "west_flanders": "West Flanders",
        None: "Brussels",
    },
    "fr": {
        "antwerp": "Anvers",
        "east_flanders": "Flandre-Orientale",
        "flemish_brabant": "Brabant flamand",
        "hainaut": "Hainaut",
        "liege": "Liège",
        "limburg": "Limbourg",
        "luxembourg": "Luxembourg",
        "namur": "Namur",
        "walloon_brabant": "Brabant wallon",
        "west_flanders": "Flandre-Occidentale",
        None: "Bruxelles",
    },
    "nl": {
        "antwerp": "Antwerpen",
        "east_flanders": "Oost-Vlaanderen",
        "flemish_brabant": "Vlaams-Brabant",
        "hainaut": "Henegouwen",
        "liege": "Luik",
        "limburg": "Limburg",
        "luxembourg": "Luxemburg",
        "namur": "Namen",
        "walloon_brabant": "Waals-Brabant",
        "west_flanders": "West-Vlaanderen",
        None: "Brussel",
    },
}


@lru_cache(maxsize=4096)
def slug(text: str) -> str:
    """
    >>> slug("Braine-l'Alleud"), slug("Liège"), slug("résidence-services")
    ('braine-l-alleud', 'liege', 'residence-services')
    """
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")


def subtype_code(subtype: Sub) -> str:
    """
    >>> subtype_code(Sub.STUDIO), subtype_code(Sub.VILLA)
    ('FLAT_STUDIO', 'VILLA')
    """
    return SUBTYPE_CODES.get(subtype, subtype.upper())

"""Immovlan's codes, words of addresses and labels. A word stands for English, French and Dutch, in this order."""

from __future__ import annotations

from typing import NamedTuple

from immobe.items import Condition, FloodZone, HeatingType, PropertyType, SellerType
from immobe.items import PropertySubtype as Sub

LANGUAGES = ("en", "fr", "nl")
Words = tuple[str, str, str]


class Kind(NamedTuple):
    """How the portal calls a kind of property."""

    portal_type: str
    """The type of its searches."""
    type_code: str
    sub_code: str
    slugs: Words
    told: Sub | None
    """What a reader can tell from the code; None: nothing but the type."""


_HOUSE = Kind("house", "house", "house", ("residence", "maison", "huis"), Sub.HOUSE)
_FLAT = Kind("apartment", "appartment", "flat", ("apartment", "appartement", "appartement"), Sub.APARTMENT)
_LAND = Kind("land", "land", "landForHousing", ("land", "terrain-a-batir", "bouwgrond"), Sub.BUILDING_LAND)
_FARMLAND = Kind("land", "land", "farmland", ("farmland", "terrain-agricole", "landbouwgrond"), Sub.AGRICULTURAL_LAND)
_BOX = Kind("garage", "garage", "lockUpGarage", ("garage", "garage", "garage"), Sub.CLOSED_GARAGE)
_PARKING = Kind("garage", "garage", "parking", ("parking", "parking", "parking"), None)
_OFFICE = Kind("business", "entreprise", "officeSpace", ("office-space", "bureau", "kantoor"), Sub.OFFICE)
_SHOP = Kind(
    "business",
    "entreprise",
    "commerceBuilding",
    ("commercial-building", "batiment-commercial", "handelspand"),
    Sub.COMMERCIAL_PREMISES,
)
_FACTORY = Kind(
    "business",
    "entreprise",
    "industrialBuilding",
    ("industrial-building", "surface-industrielle", "industrie"),
    Sub.INDUSTRIAL_PREMISES,
)
_OTHER = Kind(
    "miscellaneous",
    "other",
    "undeterminedProperty",
    ("undetermined-property", "bien-indetermine", "andere"),
    Sub.OTHER,
)
# For kinds of the market that the portal has no word for, the nearest one.
_BY_TYPE = {
    PropertyType.HOUSE: _HOUSE,
    PropertyType.APARTMENT: _FLAT,
    PropertyType.LAND: _FARMLAND,
    PropertyType.GARAGE: _PARKING,
    PropertyType.OFFICE: _OFFICE,
    PropertyType.RETAIL: _SHOP,
    PropertyType.INDUSTRIAL: _FACTORY,
    PropertyType.OTHER: _OTHER,
}


def _house(code: str, slugs: Words, told: Sub) -> Kind:
    return Kind("house", "house", code, slugs, told)


def _flat(code: str, slugs: Words, told: Sub) -> Kind:
    return Kind("apartment", "appartment", code, slugs, told)


_BY_SUBTYPE = {
    Sub.VILLA: _house("villa", ("villa", "villa", "villa"), Sub.VILLA),
    Sub.BUNGALOW: _house("bungalow", ("bungalow", "bungalow", "bungalow"), Sub.BUNGALOW),
    Sub.CHALET: _house("chalet", ("chalet", "chalet", "chalet"), Sub.CHALET),
    Sub.COUNTRY_COTTAGE: _house("cottage", ("cottage", "fermette", "fermette"), Sub.COUNTRY_COTTAGE),
    Sub.MANSION: _house("masterHouse", ("master-house", "maison-de-maitre", "herenhuis"), Sub.MANSION),
    Sub.CASTLE: _house("mansion", ("mansion", "chateau", "kasteel"), Sub.CASTLE),
    Sub.MIXED_USE_BUILDING: _house(
        "mixedBuilding", ("mixed-building", "immeuble-mixte", "huis-gemengd-gebruik"), Sub.MIXED_USE_BUILDING
    ),
    Sub.APARTMENT_BLOCK: Kind(
        "investment-property",
        "investmentProperty",
        "returnBuilding",
        ("investment-property", "immeuble-de-rapport", "opbrengsteigendom"),
        Sub.APARTMENT_BLOCK,
    ),
    Sub.FARMHOUSE: _house("farmingSite", ("farming-site", "exploitation-agricole", "hoeve"), Sub.FARMHOUSE),
    Sub.GROUND_FLOOR: _flat("groundFloor", ("ground-floor", "rez-de-chaussee", "gelijkvloers"), Sub.GROUND_FLOOR),
    Sub.PENTHOUSE: _flat("penthouse", ("penthouse", "penthouse", "penthouse"), Sub.PENTHOUSE),
    Sub.DUPLEX: _flat("duplex", ("duplex", "duplex", "duplex"), Sub.DUPLEX),
    Sub.TRIPLEX: _flat("triplex", ("triplex", "triplex", "triplex"), Sub.TRIPLEX),
    Sub.LOFT: _flat("loft", ("loft", "loft", "loft"), Sub.LOFT),
    Sub.STUDIO: _flat("flatStudio", ("studio", "studio", "studio"), Sub.STUDIO),
    Sub.STUDENT_ROOM: Kind(
        "student-housing", "studentHouse", "studentFlat", ("student-flat", "kot", "studentenkamer"), Sub.STUDENT_ROOM
    ),
    Sub.BUILDING_LAND: _LAND,
    Sub.CLOSED_GARAGE: _BOX,
}


def kind_of(property_type: PropertyType, subtype: Sub) -> Kind:
    return _BY_SUBTYPE.get(subtype, _BY_TYPE[property_type])


SEARCH_WORDS: Words = ("real-estate", "immobilier", "vastgoed")
FOR_SALE: Words = ("for-sale", "a-vendre", "te-koop")
FOR_RENT: Words = ("for-rent", "a-louer", "te-huur")
PUBLIC_SALE: Words = ("in-public-sale", "en-vente-publique", "in-openbare-verkoop")
YES: Words = ("Yes", "Oui", "Ja")
NO: Words = ("No", "Non", "Nee")
NOT_AVAILABLE: Words = ("(information not available)", "Information non communiquée", "(informatie niet beschikbaar)")
ON_REQUEST: Words = ("Price on request", "Prix sur demande", "Prijs op aanvraag")
FROM: Words = ("From", "À partir de", "Vanaf")
CHANGED: Words = ("Last modification", "Dernière modification", "Laatste wijziging")
UNTRANSLATED: Words = (
    "Sorry, this text was not sent to us in English.",
    "Désolé, ce texte ne nous est pas parvenu en français.",
    "Sorry, deze tekst werd ons niet in het Nederlands bezorgd.",
)
LABELS: dict[str, Words] = {
    "condition": ("State of the property", "État du bien", "Staat van het goed"),
    "construction_year": ("Build Year", "Année de construction", "Bouwjaar"),
    "bedroom_count": ("Number of bedrooms", "Nombre de chambres à coucher", "Aantal slaapkamers"),
    "living_area": ("Livable surface", "Surface habitable", "Bewoonbare oppervlakte"),
    "furnished": ("Furnished", "Meublé", "Gemeubeld"),
    "attic": ("Attic", "Grenier", "Zolder"),
    "cellar": ("Cellar", "Cave(s)", "Kelder"),
    "garage": ("Garage", "Garage", "Garage"),
    "garage_count": ("Number of garages", "Nombre de Garages", "Aantal garages"),
    "outdoor_parking_count": (
        "Number of parking places (outdoor)",
        "Nombre de places de parking (extérieures)",
        "Aantal parkeerplaatsen (buiten)",
    ),
    "bathroom_count": ("Number of bathrooms", "Nombre de salles de bain", "Aantal badkamers"),
    "shower_room_count": ("Number of showers", "Nombre de douches", "Aantal douches"),
    "toilet_count": ("Number of toilets", "Nombre de toilettes", "Aantal toiletten"),
    "heating": ("Type of heating", "Type de chauffage", "Type verwarming"),
    "glazing": ("Type of glazing", "Type de vitrage", "Type beglazing"),
    "heat_pump": ("Heat pump", "Pompe à chaleur", "Warmtepomp"),
    "lift": ("Elevator", "Ascenseur", "Lift"),
    "floor": ("Floor of appartment", "Étage de l'appartement", "Verdieping van het appartement"),
    "floor_count": ("Number of floors", "Nombre d'étages", "Aantal verdiepingen"),
    "facade_count": ("Number of facades", "Nombre de façades", "Aantal gevels"),
    "land_area": ("Total land surface", "Surface totale du terrain", "Totale oppervlakte terrein"),
    "garden": ("Garden", "Jardin", "Tuin"),
    "garden_area": ("Surface garden", "Surface du jardin", "Oppervlakte tuin"),
    "terrace": ("Terrace", "Terrasse", "Terras"),
    "terrace_area": ("Surface terrace", "Surface de la terrasse", "Oppervlakte terras"),
    "swimming_pool": ("Swimming pool", "Piscine extérieure", "Zwembad"),
    "kwh": (
        "Specific primary energy consumption",
        "Conso. spécifique d'énergie primaire",
        "Specifiek primair energieverbruik",
    ),
    "kwh_year": (
        "Yearly total primary energy consumption",
        "Conso. totale annuelle d'énergie primaire",
        "Totaal jaarlijks primair energieverbruik",
    ),
    "co2": ("CO2 emission", "Émission de CO2", "CO2-uitstoot"),
    "epc_reference": ("EPC/PEB reference", "Référence PEB", "EPC-referentie"),
    "flood_zone": ("Flooding Area type", "Type de zone inondable", "Type overstromingsgebied"),
    "demarcated": ("Demarcated flooding area", "Zone inondable délimitée", "Afgebakend overstromingsgebied"),
    "price": ("Price", "Prix", "Prijs"),
    "charges": ("Monthly charges", "Charges mensuelles", "Maandelijkse kosten"),
    "cadastral_income": ("Cadastral income", "Revenu cadastral", "Kadastraal inkomen"),
    "vat": ("VAT applied?", "TVA appliquée ?", "BTW toegepast?"),
}
YEARLY: Words = ("year", "an", "jaar")
CONDITIONS: dict[Condition, Words] = {
    Condition.NEW: ("New", "Neuf", "Nieuw"),
    Condition.GOOD: ("Normal", "Normal", "Normaal"),
    Condition.RENOVATED: ("Fully renovated", "Entièrement rénové", "Volledig gerenoveerd"),
    Condition.TO_RENOVATE: ("To renovate", "À rénover", "Te renoveren"),
    Condition.TO_RESTORE: ("To restore", "À restaurer", "Te restaureren"),
}
NEAREST_CONDITION = {Condition.TO_REFRESH: Condition.TO_RENOVATE}
HEATINGS: dict[HeatingType, Words] = {
    HeatingType.GAS: ("Gas", "Gaz", "Gas"),
    HeatingType.FUEL_OIL: ("Fuel oil", "Mazout", "Stookolie"),
    HeatingType.ELECTRIC: ("Electricity", "Électricité", "Elektriciteit"),
    HeatingType.WOOD: ("Wood", "Bois", "Hout"),
}
NOT_SPECIFIED: Words = ("Not specified", "Non spécifié", "Niet gespecificeerd")
GLAZINGS: dict[bool, Words] = {
    True: ("Double glass", "Double vitrage", "Dubbele beglazing"),
    False: ("Simple glass", "Simple vitrage", "Enkele beglazing"),
}
FLOOD_ZONES: dict[FloodZone, Words] = {
    FloodZone.NONE: ("no flooding area", "Pas de risque d’inondation", "geen overstromingsgebied"),
    FloodZone.POSSIBLE: ("possible flooding area", "zone inondable possible", "mogelijk overstromingsgebied"),
}
SELLERS = {
    SellerType.AGENCY: "estateAgents",
    SellerType.DEVELOPER: "promotors",
    SellerType.NOTARY: "notaries",
    SellerType.PRIVATE: "private",
}

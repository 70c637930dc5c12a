"""What Immovlan's types mean: the codes of its scripts (`mixedBuilding`) and the words of its addresses, by language.

Codes and English words as captured in 2025 and 2026, French and Dutch words from the pages' links to their other
languages and from filters as others used them; `mansion` is a castle there (French filter: `chateau`), and
`master-house` a mansion (`maison-de-maitre`).
"""

from __future__ import annotations

from typing import NamedTuple

from immobe.geo import place_key
from immobe.items import PropertySubtype, PropertyType, TransactionType
from immobe.mapping.convert import Unconvertible, text
from immobe.mapping.vocabulary import word_to


class Kind(NamedTuple):
    property_type: PropertyType
    subtype: PropertySubtype | None
    words: tuple[str, ...]


_KINDS = (
    Kind(PropertyType.HOUSE, PropertySubtype.HOUSE, ("house", "residence", "maison", "huis", "haus")),
    Kind(PropertyType.HOUSE, PropertySubtype.VILLA, ("villa",)),
    Kind(PropertyType.HOUSE, PropertySubtype.BUNGALOW, ("bungalow",)),
    Kind(PropertyType.HOUSE, PropertySubtype.CHALET, ("chalet",)),
    Kind(PropertyType.HOUSE, PropertySubtype.COUNTRY_COTTAGE, ("cottage", "fermette")),
    Kind(PropertyType.HOUSE, PropertySubtype.MANSION, ("masterHouse", "maison-de-maitre", "herenhuis")),
    Kind(PropertyType.HOUSE, PropertySubtype.CASTLE, ("mansion", "chateau", "kasteel", "kasteel-landhuis")),
    Kind(
        PropertyType.HOUSE,
        PropertySubtype.MIXED_USE_BUILDING,
        ("mixedBuilding", "immeuble-mixte", "huis-gemengd-gebruik"),
    ),
    Kind(
        PropertyType.HOUSE,
        PropertySubtype.APARTMENT_BLOCK,
        ("returnBuilding", "investmentProperty", "immeuble-de-rapport", "opbrengsteigendom"),
    ),
    Kind(PropertyType.HOUSE, PropertySubtype.FARMHOUSE, ("farmingSite", "exploitation-agricole", "hoeve")),
    Kind(PropertyType.APARTMENT, PropertySubtype.APARTMENT, ("flat", "apartment", "appartement", "wohnung")),
    Kind(PropertyType.APARTMENT, PropertySubtype.GROUND_FLOOR, ("groundFloor", "rez-de-chaussee", "gelijkvloers")),
    Kind(PropertyType.APARTMENT, PropertySubtype.PENTHOUSE, ("penthouse",)),
    Kind(PropertyType.APARTMENT, PropertySubtype.DUPLEX, ("duplex",)),
    Kind(PropertyType.APARTMENT, PropertySubtype.TRIPLEX, ("triplex",)),
    Kind(PropertyType.APARTMENT, PropertySubtype.LOFT, ("loft",)),
    Kind(PropertyType.APARTMENT, PropertySubtype.STUDIO, ("flatStudio", "studio")),
    Kind(PropertyType.APARTMENT, PropertySubtype.STUDENT_ROOM, ("studentFlat", "kot", "studentenkamer")),
    Kind(PropertyType.LAND, PropertySubtype.BUILDING_LAND, ("landForHousing", "land", "terrain-a-batir", "bouwgrond")),
    Kind(PropertyType.LAND, PropertySubtype.BUILDING_LAND, ("developmentSite", "terrain-a-developper", "projectgrond")),
    Kind(PropertyType.LAND, PropertySubtype.BUILDING_LAND, ("toParcelOutSite", "terrain-a-lotir", "verkaveling")),
    Kind(PropertyType.LAND, PropertySubtype.AGRICULTURAL_LAND, ("farmland", "terrain-agricole", "landbouwgrond")),
    Kind(PropertyType.LAND, None, ("terrain", "grond", "grundstuck")),
    Kind(PropertyType.GARAGE, PropertySubtype.CLOSED_GARAGE, ("lockUpGarage", "garage", "garagebox")),
    Kind(PropertyType.GARAGE, None, ("parking", "parkeerplaats")),
    Kind(PropertyType.OFFICE, PropertySubtype.OFFICE, ("officeSpace", "bureau", "bureaux", "kantoor", "buro")),
    Kind(
        PropertyType.RETAIL,
        PropertySubtype.COMMERCIAL_PREMISES,
        ("commerceBuilding", "commercialBuilding", "batiment-commercial", "handelspand", "handelsgebouw"),
    ),
    Kind(
        PropertyType.RETAIL,
        PropertySubtype.COMMERCIAL_PREMISES,
        ("businessSurface", "surface-commerciale", "handelsoppervlakte", "handelsruimte"),
    ),
    Kind(
        PropertyType.INDUSTRIAL,
        PropertySubtype.INDUSTRIAL_PREMISES,
        ("industrialBuilding", "surface-industrielle", "industrie", "industriegebouw"),
    ),
    Kind(PropertyType.OTHER, PropertySubtype.OTHER, ("undeterminedProperty", "miscellaneous", "bien-indetermine")),
)
_BY_WORD = {place_key(word): kind for kind in _KINDS for word in kind.words}
# The portal's own types, for a subtype that is not known.
_TYPES = {
    "house": PropertyType.HOUSE,
    "appartment": PropertyType.APARTMENT,
    "land": PropertyType.LAND,
    "garage": PropertyType.GARAGE,
    "entreprise": PropertyType.RETAIL,
    "investmentproperty": PropertyType.HOUSE,
    "studenthouse": PropertyType.APARTMENT,
    "other": PropertyType.OTHER,
}
_SALE = ("sale", "publicSale", "for-sale", "in-public-sale", "a-vendre", "en-vente-publique", "te-koop",
         "in-openbare-verkoop", "openbare-verkoop", "zu-verkaufen")  # fmt: skip
_RENT = ("rent", "share", "for-rent", "to-share", "a-louer", "en-colocation", "te-huur", "cohousing",
         "samenhuizen", "zu-vermieten")  # fmt: skip
_TRANSACTION = word_to({TransactionType.SALE: _SALE, TransactionType.RENT: _RENT})
_PUBLIC = frozenset(
    map(place_key, ("publicSale", "in-public-sale", "en-vente-publique", "in-openbare-verkoop", "openbare-verkoop"))
)


def property_type(value: object) -> PropertyType | None:
    """From a code or word of a subtype, or a code of a type.

    >>> property_type("mixedBuilding"), property_type("rez-de-chaussee"), property_type("entreprise")
    (<PropertyType.HOUSE: 'house'>, <PropertyType.APARTMENT: 'apartment'>, <PropertyType.RETAIL: 'retail'>)
    """
    word = _word(value)
    if word is None:
        return None
    found = _BY_WORD[word].property_type if word in _BY_WORD else _TYPES.get(word)
    if found is None:
        raise _unknown(word)
    return found


def property_subtype(value: object) -> PropertySubtype | None:
    """From a code or word of a subtype.

    >>> property_subtype("Flat"), property_subtype("maison-de-maitre")
    (<PropertySubtype.APARTMENT: 'apartment'>, <PropertySubtype.MANSION: 'mansion'>)
    """
    word = _word(value)
    if word is None:
        return None
    kind = _BY_WORD.get(word)
    if kind is None or kind.subtype is None:
        raise _unknown(word)
    return kind.subtype


def transaction_type(value: object) -> TransactionType | None:
    """A public sale is a sale; a room in a shared home is let.

    >>> transaction_type("publicSale"), transaction_type("en-colocation")
    (<TransactionType.SALE: 'sale'>, <TransactionType.RENT: 'rent'>)
    """
    return _TRANSACTION(value)


def is_public_sale(value: object) -> bool:
    """
    >>> is_public_sale("PublicSale"), is_public_sale("Sale")
    (True, False)
    """
    return isinstance(value, str) and place_key(value) in _PUBLIC


def _word(value: object) -> str | None:
    found = text(value)
    return place_key(found) if found else None


def _unknown(word: str) -> Unconvertible:
    return Unconvertible(f"unknown word {word[:60]!r}")

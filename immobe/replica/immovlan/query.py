"""From the parameters of an Immovlan search to what it asks."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

from immobe.items import PropertyType, SaleMethod, TransactionType
from immobe.replica.core import Core
from immobe.replica.immovlan.addresses import town_slugs
from immobe.replica.immovlan.words import FOR_RENT, FOR_SALE, LANGUAGES, PUBLIC_SALE, kind_of
from immobe.replica.search_index import Query

PAGE_SIZE, LAST_PAGE = 20, 50
_SHARE = ("to-share", "en-colocation", "cohousing")
_TYPES = {
    "house": PropertyType.HOUSE, "maison": PropertyType.HOUSE, "huis": PropertyType.HOUSE,
    "apartment": PropertyType.APARTMENT, "appartement": PropertyType.APARTMENT,
    "land": PropertyType.LAND, "terrain": PropertyType.LAND, "grond": PropertyType.LAND,
    "garage": PropertyType.GARAGE, "business": None, "investment-property": PropertyType.HOUSE,
    "student-housing": PropertyType.APARTMENT, "miscellaneous": PropertyType.OTHER,
}  # fmt: skip
_PORTAL_TYPES = {"maison": "house", "huis": "house", "appartement": "apartment", "terrain": "land", "grond": "land"}
_BUSINESS = (PropertyType.OFFICE, PropertyType.RETAIL, PropertyType.INDUSTRIAL)
_PROVINCES = (
    "antwerp", "brussels", "east-flanders", "flemish-brabant", "hainaut", "liege", "limburg", "luxembourg", "namur",
    "walloon-brabant", "west-flanders",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked; `fits` beyond what the market's own kinds can say."""

    query: Query
    page: int
    language: str
    portal_types: frozenset[str]
    slugs: frozenset[str]
    """Words of subtypes."""
    codes: tuple[str, ...]
    provinces: tuple[str, ...]

    def fits(self, core: Core) -> bool:
        kind = kind_of(core.kind.property_type, core.kind.subtype)
        at = LANGUAGES.index(self.language)
        return (not self.portal_types or kind.portal_type in self.portal_types) and (
            not self.slugs or kind.slugs[at] in self.slugs
        )


def bare_towns(raw: str) -> str | None:
    """The `towns` with their names, when one of them comes as a bare postal code that the portal knows."""
    given = parse_qs(raw).get("towns", [""])[-1].split(",")
    named = [town_slugs().get(town, town) for town in given]
    return ",".join(named) if named != given else None


def parse(language: str, raw: str) -> Request | None:
    """None for a number that is none. A type, place or transaction that does not exist is ignored, as portals do."""
    given = {name: values[-1] for name, values in parse_qs(raw).items()}
    at = LANGUAGES.index(language)
    transactions = set(_list(given, "transactiontypes"))
    for_sale, public = FOR_SALE[at] in transactions, PUBLIC_SALE[at] in transactions
    rent = FOR_RENT[at] in transactions or bool(transactions & set(_SHARE))
    types = [word for word in _list(given, "propertytypes") if word in _TYPES]
    known = set(town_slugs().values())
    codes = tuple(town[:4] for town in _list(given, "towns") if town in known)
    provinces = tuple(name for name in _list(given, "provinces") if name in _PROVINCES)
    try:
        query = Query(
            property_types=frozenset(_market_types(types)),
            transaction=_transaction(for_sale or public, rent),
            postal_codes=frozenset(codes),
            provinces=frozenset(name.replace("-", "_") for name in provinces),
            min_price=int(given["minprice"]) if "minprice" in given else None,
            max_price=int(given["maxprice"]) if "maxprice" in given else None,
            sale_methods=_methods(for_sale, public, rent),
        )
        page = max(1, int(given.get("page", "1")))
    except ValueError:
        return None
    portal_types = frozenset(_PORTAL_TYPES.get(word, word) for word in types)
    slugs = frozenset(_list(given, "propertysubtypes"))
    return Request(query, page, language, portal_types, slugs, codes, provinces)


def _list(given: dict[str, str], name: str) -> list[str]:
    return [word for word in given.get(name, "").split(",") if word]


def _market_types(words: list[str]) -> set[PropertyType]:
    found: set[PropertyType] = set()
    for word in words:
        kind = _TYPES[word]
        found |= {kind} if kind is not None else set(_BUSINESS)
    return found


def _transaction(sale: bool, rent: bool) -> TransactionType | None:
    if sale == rent:
        return None
    return TransactionType.SALE if sale else TransactionType.RENT


def _methods(for_sale: bool, public: bool, rent: bool) -> frozenset[SaleMethod | None]:
    """Nothing when both kinds of sale are asked for."""
    if for_sale == public or rent:
        return frozenset()
    return frozenset({SaleMethod.PRIVATE_TREATY if for_sale else SaleMethod.PUBLIC_AUCTION})

"""From the path and parameters of a search address to what it asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

from immobe.items import PropertySubtype, Region, SaleMethod, TransactionType
from immobe.replica.immoweb.districts import DISTRICTS
from immobe.replica.immoweb.words import PROVINCE_WORDS, SEARCH_TYPES, TRANSACTION_SLUGS, TYPE_SLUGS, slug, subtype_code
from immobe.replica.phrases import NOUNS
from immobe.replica.search_index import Query
from immobe.replica.texts import LANGUAGES

PAGE_SIZE, LAST_PAGE = 30, 333

_PROVINCE_SLUGS = {
    slug(name): key or "brussels" for names in PROVINCE_WORDS.values() for key, name in names.items()
} | {(key or "brussels").replace("_", "-"): key or "brussels" for key in PROVINCE_WORDS["en"]}
_DISTRICT_SLUGS = {slug(name): number for number, name in DISTRICTS.items()}
_SUBTYPE_SLUGS = {
    language: {slug(nouns[position]): PropertySubtype(subtype) for subtype, nouns in NOUNS.items()}
    for position, language in enumerate(LANGUAGES)
} | {"en": {subtype_code(subtype).lower().replace("_", "-"): subtype for subtype in PropertySubtype}}
_REGIONS = {
    "flanders": Region.FLANDERS,
    "wallonie": Region.WALLONIA,
    "wallonia": Region.WALLONIA,
    "brussels": Region.BRUSSELS,
}


@dataclass(frozen=True, slots=True)
class SearchRequest:
    query: Query
    page: int
    language: str
    criteria: tuple[tuple[str, str], ...]
    """What the page says it was asked, as the portal's own parameters."""


def parse_search(language: str, segments: list[str], raw_query: str) -> SearchRequest | None:
    """None when the path names a type, a transaction or a place that does not exist."""
    parameters = {name: values[-1] for name, values in parse_qs(raw_query).items()}
    try:
        query = _with_place(_from_path(language, segments), segments)
        query = _with_parameters(query, parameters)
        page = max(1, int(parameters.get("page") or 1))
    except (KeyError, IndexError, ValueError):
        return None
    return SearchRequest(query, page, language, _criteria(query, parameters))


def _from_path(language: str, segments: list[str]) -> Query:
    transactions = {words[language]: transaction for transaction, words in TRANSACTION_SLUGS.items()}
    if segments and segments[0] in transactions:
        return Query(transaction=transactions[segments[0]])
    type_slug, transaction_slug = segments[0], segments[1]
    transaction = transactions[transaction_slug]
    if type_slug in TYPE_SLUGS[language]:
        types, only_projects = SEARCH_TYPES[TYPE_SLUGS[language][type_slug]]
        return Query(property_types=frozenset(types), transaction=transaction, only_projects=bool(only_projects))
    return Query(subtypes=frozenset({_SUBTYPE_SLUGS[language][type_slug]}), transaction=transaction)


def _with_place(query: Query, segments: list[str]) -> Query:
    """`…/gent/9000`, `…/east-flanders/province`, `…/gent/district`"""
    place = segments[1 if not query.property_types and not query.subtypes else 2 :]
    if not place:
        return query
    name, kind = place
    if kind == "province":
        return replace(query, provinces=frozenset({_PROVINCE_SLUGS[name]}))
    if kind in ("district", "arrondissement"):
        return replace(query, districts=frozenset({_DISTRICT_SLUGS[name]}))
    return replace(query, postal_codes=frozenset({f"{int(kind):04d}"}))


def _with_parameters(query: Query, parameters: dict[str, str]) -> Query:
    found: dict[str, Any] = {}
    if parameters.get("postalCodes"):
        codes = parameters["postalCodes"].split(",")
        found["postal_codes"] = frozenset(code.strip().removeprefix("BE-") for code in codes)
    if parameters.get("provinces"):
        found["provinces"] = frozenset(_PROVINCE_SLUGS[_as_slug(name)] for name in parameters["provinces"].split(","))
    if parameters.get("districts"):
        found["districts"] = frozenset(_DISTRICT_SLUGS[_as_slug(name)] for name in parameters["districts"].split(","))
    if parameters.get("regions"):
        found["regions"] = frozenset(_REGIONS[_as_slug(name)] for name in parameters["regions"].split(","))
    for name, target in _NUMBERS.items():
        if parameters.get(name):
            found[target] = int(parameters[name])
    methods = _sale_methods(parameters)
    if methods:
        found["sale_methods"] = methods
    if parameters.get("isNewlyBuilt"):
        found["is_newly_built"] = parameters["isNewlyBuilt"] == "true"
    return replace(query, order=parameters.get("orderBy") or "newest", **found)


_NUMBERS = {
    "minPrice": "min_price",
    "maxPrice": "max_price",
    "minBedroomCount": "min_bedrooms",
    "maxBedroomCount": "max_bedrooms",
}
_METHOD_FLAGS = {"isALifeAnnuitySale": SaleMethod.LIFE_ANNUITY, "isAPublicSale": SaleMethod.PUBLIC_AUCTION}


def _sale_methods(parameters: dict[str, str]) -> frozenset[SaleMethod | None]:
    every: frozenset[SaleMethod | None] = frozenset({None, *SaleMethod})
    wanted = every
    for name, method in _METHOD_FLAGS.items():
        if parameters.get(name) == "true":
            wanted = wanted & {method}
        elif parameters.get(name) == "false":
            wanted = wanted - {method}
    return frozenset() if wanted == every else wanted


def _as_slug(name: str) -> str:
    return slug(name.replace("_", "-"))


def _criteria(query: Query, parameters: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """In the portal's order: the country, then the kind, then every other parameter as given."""
    found = {"countries": parameters.get("countries", "BE")}
    if query.transaction:
        found["transactionTypes"] = "FOR_SALE" if query.transaction is TransactionType.SALE else "FOR_RENT"
    kept = {name: value for name, value in parameters.items() if name not in ("page", "orderBy", "countries")}
    return tuple((found | kept | {"trigger": "USER", "place": "CLASSIFIED_SEARCH_RESULT", "client": "WEB"}).items())

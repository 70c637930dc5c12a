import pytest

from immobe.items import PropertySubtype, PropertyType, Region, SaleMethod, TransactionType
from immobe.replica.immoweb.query import SearchRequest, parse_search
from immobe.replica.immoweb.words import SEARCH_TYPES, TYPE_SLUGS


def parsed(language: str, path: str, parameters: str = "") -> SearchRequest:
    request = parse_search(language, path.split("/"), parameters)
    assert request is not None
    return request


@pytest.mark.parametrize(
    ("language", "path"),
    [
        ("en", "house-and-apartment/for-rent"),
        ("fr", "maison-et-appartement/a-louer"),
        ("nl", "huis-en-appartement/te-huur"),
    ],
)
def test_three_languages_ask_the_same(language: str, path: str) -> None:
    query = parsed(language, path).query
    assert query.property_types == {PropertyType.HOUSE, PropertyType.APARTMENT}
    assert query.transaction is TransactionType.RENT


def test_every_type_has_a_word_in_every_language() -> None:
    for words in TYPE_SLUGS.values():
        assert sorted(words.values()) == sorted(SEARCH_TYPES)


def test_projects_subtypes_and_no_type_at_all() -> None:
    assert parsed("fr", "projet-neuf-appartements/a-vendre").query.only_projects
    assert parsed("en", "mixed-use-building/for-sale").query.subtypes == {PropertySubtype.MIXED_USE_BUILDING}
    assert parsed("en", "for-sale").query.property_types == frozenset()


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("house/for-sale/gent/9000", "postal_codes", {"9000"}),
        ("house/for-sale/east-flanders/province", "provinces", {"east_flanders"}),
        ("house/for-sale/oost-vlaanderen/province", "provinces", {"east_flanders"}),
        ("house/for-sale/brussels/province", "provinces", {"brussels"}),
        ("house/for-sale/gent/district", "districts", {"44"}),
        ("for-sale/gent/9000", "postal_codes", {"9000"}),
    ],
)
def test_places_in_the_path(path: str, field: str, value: set[str]) -> None:
    assert getattr(parsed("en", path).query, field) == value


def test_parameters() -> None:
    request = parsed(
        "en",
        "house/for-sale",
        "countries=BE&postalCodes=BE-9000,9040&provinces=WALLOON_BRABANT,liege&regions=FLANDERS&districts=GENT"
        "&minPrice=100000&maxPrice=200000&minBedroomCount=3&isALifeAnnuitySale=true&isNewlyBuilt=false"
        "&orderBy=cheapest&page=7",
    )
    query = request.query
    assert query.postal_codes == {"9000", "9040"}
    assert query.provinces == {"walloon_brabant", "liege"}
    assert query.regions == {Region.FLANDERS}
    assert query.districts == {"44"}
    assert (query.min_price, query.max_price, query.min_bedrooms) == (100_000, 200_000, 3)
    assert query.sale_methods == {SaleMethod.LIFE_ANNUITY}
    assert query.is_newly_built is False
    assert (query.order, request.page) == ("cheapest", 7)


def test_a_method_that_is_not_wanted_leaves_the_others() -> None:
    wanted = parsed("en", "house/for-sale", "isAPublicSale=false").query.sale_methods
    assert wanted == {None, SaleMethod.PRIVATE_TREATY, SaleMethod.LIFE_ANNUITY}


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("igloo/for-sale", ""),
        ("house/for-nothing", ""),
        ("house", ""),
        ("", ""),
        ("house/for-sale/atlantis/province", ""),
        ("house/for-sale/gent", ""),
        ("house/for-sale/gent/ghent", ""),
        ("house/for-sale", "page=two"),
        ("house/for-sale", "minPrice=cheap"),
        ("house/for-sale", "provinces=ATLANTIS"),
    ],
)
def test_what_does_not_exist_is_refused(path: str, parameters: str) -> None:
    assert parse_search("en", path.split("/"), parameters) is None

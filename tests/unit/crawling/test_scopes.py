"""The scope of a crawl, as an operator writes it."""

import pytest

from immobe.crawling.scopes import parse_scope
from immobe.errors import ScopeError
from immobe.platforms import get_platform


def test_the_whole_market_is_every_type_for_sale_and_to_let() -> None:
    searches = list(parse_scope("").searches(get_platform("immoweb")))
    assert len(searches) == 16
    assert {s.transaction for s in searches} == {"sale", "rent"}


def test_a_scope_limits_every_search() -> None:
    scope = parse_scope("transaction=sale; type=house,apartment postal_code=9000,9040 price=100000-300000")
    searches = list(scope.searches(get_platform("immoweb")))
    assert [s.property_type for s in searches] == ["house", "apartment"]
    assert {(s.postal_codes, s.min_price_eur, s.max_price_eur) for s in searches} == {
        (("9000", "9040"), 100000, 300000)
    }


def test_a_province_is_all_its_postal_codes() -> None:
    assert "5000" in parse_scope("province=namur").postal_codes
    assert "1000" in parse_scope("province=brussels").postal_codes
    assert set(parse_scope("province=namur,limburg").postal_codes) > set(parse_scope("province=limburg").postal_codes)


@pytest.mark.parametrize(("a", "b"), [("type=house,land price=-9", "price=-9;type=land,house"), ("", "all")])
def test_equal_scopes_have_equal_keys(a: str, b: str) -> None:
    assert parse_scope(a).key == parse_scope(b).key


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("type=castle", "unknown type 'castle'; there are house"),
        ("kind=house", "unknown key 'kind'"),
        ("house", "no key=value"),
        ("postal_code=99999", "no Belgian postal code"),
        ("province=holland", "unknown province"),
        ("price=cheap", "no band"),
        ("price=3-1", "minimum above its maximum"),
        ("transaction=", "no key=value"),
    ],
)
def test_what_does_not_exist_is_named(text: str, said: str) -> None:
    with pytest.raises(ScopeError, match=said):
        parse_scope(text)

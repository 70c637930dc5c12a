"""A search is spelled in one way, and what is no search is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from immobe.items import EpcLabel, SaleMethod, Stage, TransactionType
from immobe.storage.search_conditions import Where
from immobe.storage.search_terms import Search, SearchTerms

EVERYTHING: dict[str, Any] = {
    "q": "rue de l'Église & co",
    "platform": ["zimmo", "immoweb"],
    "transaction_type": [TransactionType.SALE],
    "sale_method": [SaleMethod.LIFE_ANNUITY],
    "property_subtype": ["villa"],
    "municipality_nis": ["44021"],
    "epc_label": [EpcLabel.A_PLUS_PLUS, EpcLabel.B],
    "stage": [Stage.SCRAPED, Stage.GONE],
    "min_price_eur": Decimal("1000.50"),
    "max_price_eur": Decimal("3E5"),
    "max_days_on_market": 0,
    "has_garden": False,
    "has_lift": True,
    "first_seen_since": datetime(2026, 1, 1, 8, tzinfo=UTC),
    "price_dropped": 7,
    "bbox": "4.3,50.8,4.5,50.9",
    "polygon": "4.3,50.8;4.5,50.8;4.5,50.9",
    "one_per_property": True,
}


def test_what_is_written_is_read_again() -> None:
    terms = SearchTerms(**EVERYTHING)
    written = terms.query_string()
    assert SearchTerms.from_query_string(written) == terms
    assert SearchTerms.from_query_string("?" + written).query_string() == written
    assert "epc_label=A%2B%2B" in written
    assert "max_price_eur=300000&" in written


def test_the_same_search_has_one_spelling() -> None:
    one = SearchTerms.from_query_string("bbox=4.30, 50.8,4.5,50.9&platform=zimmo&platform=immoweb&platform=zimmo")
    other = SearchTerms.from_query_string("platform=immoweb&platform=zimmo&bbox=4.30,50.8,4.5,50.9&stage=scraped&q=")
    assert one.query_string() == other.query_string() == "platform=immoweb&platform=zimmo&bbox=4.30,50.8,4.5,50.9"
    closed = SearchTerms(polygon="4.3,50.8;4.5,50.8;4.5,50.9;4.3,50.8")
    assert closed.polygon == "4.3,50.8;4.5,50.8;4.5,50.9"


def test_without_anything_the_spelling_is_empty() -> None:
    assert SearchTerms().query_string() == ""
    assert SearchTerms.from_query_string("") == SearchTerms()
    assert SearchTerms().search() == Search()


def test_what_a_form_left_empty_is_absent() -> None:
    given = "min_price_eur=&q=&platform=&platform=zimmo&stage=&has_garden=&polygon="
    assert SearchTerms.from_query_string(given) == SearchTerms(platform=["zimmo"])


def test_filters_are_changed_and_taken_away() -> None:
    terms = SearchTerms(platform=["zimmo"], min_price_eur=Decimal(5))
    assert terms.query_string(platform=None, has_garden=True) == "min_price_eur=5&has_garden=true"
    assert terms.changed(min_price_eur=None) == SearchTerms(platform=["zimmo"])
    assert terms.platform == ["zimmo"], "the search itself stays"


@pytest.mark.parametrize(
    "wrong",
    [
        "unknown=1", "platform=Zimmo", "min_price_eur=-1", "min_price_eur=NaN", "postal_code=99", "q=%26-", "q=a%00b",
        "q=" + "a" * 101, "bbox=1,2,3", "bbox=5,50,4,51", "polygon=4,50;5,51", "polygon=4,50;5,51;4,50",
        "polygon=4,50;5,51;181,50", "polygon=4,50;5,51;6", "polygon=nan,50;5,51;6,50",
        "polygon=" + ";".join(f"4.{n},50" for n in range(10, 111)), "price_dropped=0", "stage=sold",
        "first_seen_since=2026-01-01T00:00:00", "has_garden=perhaps", "municipality_nis=4402",
    ],
)  # fmt: skip
def test_what_is_no_search_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        SearchTerms.from_query_string(wrong)


def test_every_filter_makes_one_condition() -> None:
    for name, field in SearchTerms.model_fields.items():
        conditions = [part for part in field.metadata if isinstance(part, Where)]
        assert len(conditions) == (name != "one_per_property"), name

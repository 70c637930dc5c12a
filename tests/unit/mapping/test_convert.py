"""Converters answer a value, None for "unknown", or Unconvertible: never anything else."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immobe.mapping import convert
from immobe.mapping.convert import Unconvertible

ALL = [
    convert.text, convert.number, convert.decimal, convert.known, convert.whole, convert.count, convert.known_whole,
    convert.area, convert.flag, convert.timestamp, convert.day, convert.web_url, convert.plain_text,
]  # fmt: skip
ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)
    | st.sampled_from([10**400, "9" * 5000, "\x00", "\ud800", "1e999", "NaN", "-", "0000-00-00", "99/99/9999", "https://["])
)  # fmt: skip


@pytest.mark.parametrize("converter", ALL, ids=lambda c: c.__name__)
@given(value=ANYTHING)
def test_nothing_else_is_ever_raised(converter: convert.Convert, value: object) -> None:
    try:
        found = converter(value)
    except Unconvertible:
        return
    if isinstance(found, str):
        found.encode()
        assert "\x00" not in found


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1.250.000 €", "1250000"), ("€ 1 250 000", "1250000"), ("299 000 €", "299000"), ("1,829", "1829"),
        ("92,50", "92.50"), ("3.5", "3.5"), ("245000.00", "245000.00"), ("1.234,56", "1234.56"),
        ("-1", "-1"), ("12", "12"), ("environ 120 m²", "120"),
    ],
)  # fmt: skip
def test_numbers_in_belgian_and_english_spelling(written: str, expected: str) -> None:
    assert convert.number(written) == Decimal(expected)


def test_three_digits_behind_the_point_of_a_coordinate_are_no_thousands() -> None:
    assert (convert.number("50.850"), convert.decimal("50.850")) == (50_850, Decimal("50.850"))
    with pytest.raises(Unconvertible):
        convert.decimal("50.850.123")


@pytest.mark.parametrize(
    ("written", "square_metres"),
    [
        ("16 a 61", "1661"),
        ("16a 61ca", "1661"),
        ("2 ha", "20000"),
        ("3,5 are", "350.0"),
        (850, "850"),
        ("850 m²", "850"),
    ],
)
def test_areas_in_ares_and_hectares(written: object, square_metres: str) -> None:
    assert convert.area(written) == Decimal(square_metres)


@pytest.mark.parametrize(
    "written", ["2023-06-30T08:52:55+0200", "2023-06-30T06:52:55Z", "2023-06-30T06:52:55.000+0000"]
)
def test_moments_are_in_utc_whatever_their_spelling(written: str) -> None:
    assert convert.timestamp(written) == datetime(2023, 6, 30, 6, 52, 55, tzinfo=UTC)


def test_a_hidden_tag_does_not_come_back() -> None:
    assert convert.plain_text("a &lt;script&gt;alert(1)&lt;/script&gt; b") == "a b"
    assert convert.plain_text("<p>a</p><p>b</p>\r\n\r\n\r\n<br>c") == "a\nb\n\nc"

"""Lines of CSV and JSON."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from immobe.storage.exporting import csv_lines, csv_value, jsonl_lines

ROW = {
    "title": {"fr": 'Maison "d\'angle"\nà Gand'},
    "price_eur": Decimal("250000.00"),
    "living_area_m2": Decimal("84.5"),
    "has_lift": False,
    "floor": -1,
    "available_from": date(2026, 1, 2),
    "fetched_at": datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC),
    "image_urls": ["https://example.org/1.jpg"],
    "street": None,
}


def test_json_lines_spell_like_the_record() -> None:
    (line,) = jsonl_lines([ROW])
    assert line.count("\n") == 1
    assert json.loads(line) == ROW | {
        "price_eur": 250000,
        "living_area_m2": 84.5,
        "available_from": "2026-01-02",
        "fetched_at": "2026-01-02T03:04:05.000600Z",
    }


def test_csv_has_a_header_and_survives_quotes_and_line_breaks() -> None:
    (read,) = csv.DictReader(io.StringIO("".join(csv_lines([ROW], list(ROW)))))
    assert json.loads(read["title"]) == ROW["title"]
    assert (read["price_eur"], read["has_lift"], read["floor"], read["street"]) == ("250000", "false", "-1", "")


def test_csv_without_rows_is_a_header() -> None:
    assert "".join(csv_lines([], ["platform", "url"])) == "platform,url\n"


def test_csv_has_no_header_when_no_row_can_be_had() -> None:
    def rows() -> Iterator[dict[str, object]]:
        raise ConnectionError
        yield {}

    with pytest.raises(ConnectionError):
        next(csv_lines(rows(), ["platform"]))


@pytest.mark.parametrize("text", ["=1+1", "+32", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_is_a_formula(text: str) -> None:
    assert csv_value(text) == f"'{text}"

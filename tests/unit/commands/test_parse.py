"""`immobe parse`: exit codes and clear messages for whatever a file may hold."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from immobe.cli import app
from immobe.platforms import PLATFORMS

OBJECT = {
    "id": 123456,
    "property": {"type": "HOUSE", "subtype": "VILLA", "location": {"postalCode": "9000", "locality": "Gent"}},
    "transaction": {"type": "FOR_SALE", "sale": {}},
    "price": {"type": "residential_sale", "mainValue": 250000, "language": "nl"},
}


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["parse", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), "never a traceback"
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "page.json"
    file.write_text(json.dumps(OBJECT))
    return file


def test_a_valid_object_is_printed_and_exits_0(saved: Path) -> None:
    code, out, err = run("immoweb", saved)
    listing = json.loads(out)
    assert (code, err) == (0, "")
    assert (listing["price_eur"], listing["municipality_nis"], listing["language"]) == (250000, "44021", "nl")
    assert listing["missing"]["epc_label"] == "not_in_advert"


def test_the_given_url_becomes_the_canonical_one(saved: Path) -> None:
    url = "https://www.immoweb.be/nl/zoekertje/villa/te-koop/gent/9000/123456"
    assert json.loads(run("immoweb", saved, "--url", url + "?utm=1")[1])["url"] == url


def test_a_refused_record_exits_3_with_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "abroad.json"
    file.write_text(json.dumps({**OBJECT, "property": {"type": "HOUSE", "location": {"postalCode": "75001"}}}))
    code, out, err = run("immoweb", file)
    assert code == 3
    assert "postal_code: not_parsed" in err
    assert json.loads(out)["raw"]["postal_code"] == "75001"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the page is empty"),
        (b"<html><body>hello</body></html>", "no listing page"),
        (b'<html><script>window.classified = {"id": 1, "proper', "cut off"),
        (b'{"id": 1, }', "broken"),
        (b"[1, 2", "broken"),
        (b"[3]", "no object of a immoweb listing"),
        (b"\x00\xff\xfe\x99", "cut off, or is no page"),
        (b"<html><iw-search :results='[]'></html>", "--kind search"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b"9" * 10_000, "cut off, or is no page"),
    ],
)
def test_unusable_input_exits_2_and_says_why(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(content)
    code, out, err = run("immoweb", file)
    assert (code, out) == (2, "")
    assert said in err


def test_a_huge_page_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "huge.html"
    with file.open("wb") as out:
        out.truncate(50_000_000)
    code, _, err = run("immoweb", file)
    assert code == 2
    assert "50,000,000 bytes; a page holds at most 10,485,760" in err


def test_a_missing_file_and_an_unknown_platform_are_named(tmp_path: Path, saved: Path) -> None:
    assert run("immoweb", tmp_path / "none.json")[::2][0] == 2
    assert "No such file" in run("immoweb", tmp_path / "none.json")[2]
    code, _, err = run("imoweb", saved)
    assert (code, err) == (2, f"no platform is called 'imoweb'; there are: {', '.join(PLATFORMS)}\n")


def test_jsonl_is_one_line_a_record_and_exits_0_when_all_could_be_read(tmp_path: Path, saved: Path) -> None:
    several = tmp_path / "list.json"
    several.write_text(json.dumps([OBJECT, {**OBJECT, "transaction": None}]))
    code, out, _ = run("immoweb", saved, several, "--jsonl")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(line["file"], line.get("index"), line["valid"]) for line in lines] == [
        (str(saved), None, True), (str(several), 0, True), (str(several), 1, False),
    ]  # fmt: skip
    assert lines[2]["reasons"] == ["transaction_type: not_parsed"]
    assert run("immoweb", saved, tmp_path / "none", "--jsonl")[0] == 2


def test_several_files_are_one_array(tmp_path: Path, saved: Path) -> None:
    several = tmp_path / "list.json"
    several.write_text(json.dumps([{**OBJECT, "id": 2}, {**OBJECT, "id": 3}]))
    code, out, err = run("immoweb", saved, several)
    assert (code, err) == (0, "")
    assert [one["platform_listing_id"] for one in json.loads(out)] == ["123456", "2", "3"]
    code, out, err = run("immoweb", saved, tmp_path / "none")
    assert (code, len(json.loads(out)), "No such file" in err) == (2, 1, True)
    code, out, _ = run("immoweb", saved, saved, "--kind", "search")
    assert (code, [len(one["listings"]) for one in json.loads(out)]) == (0, [1, 1])


def test_a_search_page_prints_its_cards(tmp_path: Path) -> None:
    file = tmp_path / "search.json"
    file.write_text(json.dumps({"results": [OBJECT], "totalItems": 31, "currentPage": 1}))
    code, out, _ = run("immoweb", file, "--kind", "search", "--url", "https://www.immoweb.be/en/search?page=1")
    found = json.loads(out)
    assert code == 0
    assert (found["total"], found["next_page"]) == (31, "https://www.immoweb.be/en/search?page=2")
    assert found["listings"][0]["platform_listing_id"] == "123456"
    assert found["listings"][0]["price_eur"] == 250000


def test_a_listing_is_no_search_page(saved: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<html></html>")
    code, out, err = run("immoweb", file, "--kind", "search")
    assert (code, out) == (2, "")
    assert "no <iw-search> element" in err

"""`immobe export` against real tables: what goes in comes out, in both formats, and only what was asked for."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import typer
from pyarrow import parquet
from sqlalchemy import Engine, text
from typer.testing import CliRunner, Result

from immobe.commands.export import export
from immobe.errors import ServiceError
from immobe.items import (
    DetectedListing,
    EpcLabel,
    Listing,
    ListingKind,
    MappedListing,
    MarketStatus,
    PropertyType,
    QuarantinedRecord,
    RawListing,
    Region,
    Stage,
    TransactionType,
)
from immobe.storage.exporting import json_value
from immobe.storage.queries import (
    count_listings,
    counts_by_stage,
    quarantine_reasons,
    sample_rows,
    stream_listings,
)
from immobe.storage.search import FIELDS
from immobe.storage.search_terms import SearchTerms
from immobe.storage.writer import ListingWriter

pytestmark = pytest.mark.integration
START = datetime(2026, 1, 1, tzinfo=UTC)
Run = Callable[..., Result]


def listing(number: int, **values: Any) -> Listing:
    given: dict[str, Any] = {
        "platform": "immoweb",
        "platform_listing_id": str(number),
        "url": f"https://example.org/{number}",
    }
    return Listing(**given | {"mapper_version": "1", "fetched_at": START + timedelta(days=number)} | values)


def mapped(record: Listing) -> MappedListing:
    source = RawListing(record.platform, record.platform_listing_id, record.url, {}, record.fetched_at, "c")
    return MappedListing(record, source)


HOUSE = listing(
    1,
    transaction_type=TransactionType.SALE,
    property_type=PropertyType.HOUSE,
    status=MarketStatus.AVAILABLE,
    price_eur=Decimal("250000.50"),
    bedroom_count=3,
    living_area_m2=Decimal(140),
    epc_label=EpcLabel.A_PLUS,
    postal_code="9000",
    province="east_flanders",
    region=Region.FLANDERS,
    floor=-1,
    has_lift=False,
    latitude=Decimal("51.054342"),
    longitude=Decimal("4.3"),
    title={"nl": 'Huis "\'t hoekje"\nmet tuin; à vendre'},
    image_urls=["https://example.org/1.jpg"],
    available_from=date(2026, 5, 1),
    published_at=datetime(2026, 1, 1, 8, 30, 0, 123456, tzinfo=UTC),
    missing={"street": "not_in_advert"},
)
FLAT = listing(
    2,
    transaction_type=TransactionType.RENT,
    property_type=PropertyType.APARTMENT,
    status=MarketStatus.UNDER_OPTION,
    price_eur=Decimal(900),
    bedroom_count=1,
    living_area_m2=Decimal(55),
    epc_label=EpcLabel.C,
    postal_code="1000",
    region=Region.BRUSSELS,
    title={"fr": "Appartement"},
)


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """With two listings, a card and two refused records."""
    card = DetectedListing(
        "immoweb", "3", "https://example.org/3", START + timedelta(days=3), "c", {"postal_code": "9000"}
    )
    refused = [
        QuarantinedRecord("immoweb", f"https://example.org/{n}", reasons, {}, START + timedelta(days=n), "c")
        for n, reasons in ((4, ("no_price", "no_place")), (5, ("no_price",)))
    ]
    assert not any(ListingWriter(engine).write([mapped(HOUSE), mapped(FLAT), card, *refused]))
    return engine


@pytest.fixture
def run(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`immobe export …` in an empty folder, with the test's database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command()(export)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_json_lines_are_the_record_and_its_stage(run: Run) -> None:
    done = run("--format", "jsonl")
    assert (done.exit_code, done.stderr) == (0, "2 listings exported.\n")
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert list(first) == list(FIELDS)
    for exported, stored in ((first, HOUSE), (second, FLAT)):
        assert {name: exported[name] for name in Listing.model_fields} == stored.model_dump(mode="json")
        assert (exported["stage"], exported["scraped_at"]) == ("scraped", exported["fetched_at"])
    assert '"price_eur": 250000.5,' in done.stdout
    assert '"price_eur": 900,' in done.stdout


def test_csv_holds_the_same(run: Run) -> None:
    run("--format", "csv", "-o", "all.csv")
    run("--format", "jsonl", "-o", "all.jsonl")
    objects = [json.loads(line) for line in Path("all.jsonl").read_text(encoding="utf-8").splitlines()]
    with Path("all.csv").open(encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    assert [list(record) for record in records] == [list(FIELDS)] * 2
    for record, found in zip(records, objects, strict=True):
        assert {name: read_cell(cell, found[name]) for name, cell in record.items()} == found


def read_cell(cell: str, like: Any) -> Any:
    return cell if isinstance(like, str) else json.loads(cell or "null")


FILTERS: list[tuple[tuple[str, ...], list[str]]] = [
    ((), ["1", "2"]),
    (("--stage", "discovered"), ["3"]),
    (("--stage", "discovered", "--stage", "scraped", "--postal-code", "9000"), ["1", "3"]),
    (("--platform", "immoweb"), ["1", "2"]),
    (("--transaction", "sale"), ["1"]),
    (("--type", "apartment"), ["2"]),
    (("--type", "apartment", "--type", "house"), ["1", "2"]),
    (("--postal-code", "9000", "--postal-code", "1000"), ["1", "2"]),
    (("--province", "east_flanders"), ["1"]),
    (("--province", "brussels"), ["2"]),
    (("--province", "brussels", "--province", "east_flanders"), ["1", "2"]),
    (("--province", "namur"), []),
    (("--region", "brussels"), ["2"]),
    (("--min-price", "900.01"), ["1"]),
    (("--max-price", "900"), ["2"]),
    (("--min-bedrooms", "2"), ["1"]),
    (("--min-area", "100"), ["1"]),
    (("--max-area", "100"), ["2"]),
    (("--epc", "A+"), ["1"]),
    (("--status", "under_option"), ["2"]),
    (("--since", "2026-01-03"), ["2"]),
    (("--limit", "1"), ["1"]),
    (("--limit", "0"), []),
    (("--transaction", "sale", "--max-price", "900"), []),
    (("--search", "polygon=4.2,51;4.4,51;4.4,51.1;4.2,51.1"), ["1"]),
    (("--search", "max_epc_kwh_m2_year=1&stage=scraped"), []),
    (("--search", "platform=zimmo&max_price_eur=900", "--platform", "immoweb"), ["2"]),
]


def test_geojson_has_the_same_at_its_place(run: Run) -> None:
    collection = json.loads(run("--format", "geojson", "--fields", "price_eur,latitude,title").stdout)
    first, second = collection["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [4.3, 51.054342]}
    assert first["properties"] == {"price_eur": 250000.5, "title": HOUSE.title}
    assert (first["type"], first["id"], second["geometry"]) == ("Feature", "immoweb:1", None)
    none = run("--format", "geojson", "--limit", "0").stdout
    assert json.loads(none) == {"type": "FeatureCollection", "features": []}


def test_parquet_holds_the_same_in_its_types(run: Run) -> None:
    run("--format", "parquet", "-o", "all.parquet")
    run("--format", "jsonl", "-o", "all.jsonl")
    objects = [json.loads(line) for line in Path("all.jsonl").read_text(encoding="utf-8").splitlines()]
    table = parquet.read_table("all.parquet")
    assert table.column_names == list(FIELDS)
    assert [{name: read_arrow(value) for name, value in row.items()} for row in table.to_pylist()] == [
        {
            name: json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
            for name, value in one.items()
        }
        for one in objects
    ]
    types = {name: str(table.schema.field(name).type) for name in table.column_names}
    assert types["price_eur"] == "decimal128(18, 2)"
    assert types["latitude"] == "decimal128(18, 7)"
    assert types["published_at"] == "timestamp[us, tz=UTC]"
    assert types["available_from"] == "date32[day]"
    assert types["epc_label"].startswith("dictionary<values=string")
    assert (types["title"], types["image_urls"]) == ("string", "list<element: string>")
    told = table.schema.field("epc_kwh_m2_year").metadata
    assert told[b"unit"] == "kWh/m²/year".encode()
    assert json.loads(table.schema.field("transaction_type").metadata[b"values"]) == ["sale", "rent"]
    assert not table.schema.field("platform").nullable


def read_arrow(value: Any) -> Any:
    if isinstance(value, Decimal | datetime | date):
        return json_value(value)
    return value


def test_parquet_without_listings_is_a_table(run: Run) -> None:
    run("--format", "parquet", "--limit", "0", "-o", "none.parquet")
    table = parquet.read_table("none.parquet")
    assert (table.num_rows, table.column_names) == (0, list(FIELDS))


def test_the_dictionary_tells_of_every_field(run: Run) -> None:
    told = {entry["field"]: entry for entry in json.loads(run("--dictionary").stdout)["fields"]}
    assert list(told) == list(FIELDS)
    assert all(entry["meaning"] for entry in told.values())
    assert told["living_area_m2"]["unit"] == "m²"
    assert told["price_eur"]["type"] == "decimal"
    assert told["stage"]["values"] == [str(stage) for stage in Stage]
    assert {name for name, entry in told.items() if entry["unit"] is None and "_eur" in name} == set()


@pytest.mark.parametrize("wrong", ["nothing=1", "polygon=1,2", "stage=sold"])
def test_what_is_no_search_is_wrong_usage(run: Run, wrong: str) -> None:
    done = run("--search", wrong)
    assert (done.exit_code, done.stdout) == (2, "")
    assert run("--fields", "platform,nothing").exit_code == 2


def test_filters(run: Run, subtests: pytest.Subtests) -> None:
    for arguments, ids in FILTERS:
        with subtests.test(" ".join(arguments)):
            done = run("--format", "jsonl", *arguments)
            assert [json.loads(line)["platform_listing_id"] for line in done.stdout.splitlines()] == ids


@pytest.mark.parametrize(
    ("least", "most", "ids"),
    [
        (200_000, None, ["range", "from", "asked"]),
        (None, 240_000, ["range", "from", "2"]),
        (280_000, 290_000, ["range"]),
        (200_000, 200_000, ["range", "from"]),
        (310_000, None, []),
        (900, 199_999, ["2"]),
    ],
)
def test_a_project_is_within_bounds_when_some_of_its_range_is(
    engine: Engine, least: int | None, most: int | None, ids: list[str]
) -> None:
    kind = ListingKind.PROJECT
    project = listing(4, listing_kind=kind, price_min_eur=Decimal(200_000), price_max_eur=Decimal(300_000))
    beginning = listing(5, listing_kind=kind, price_min_eur=Decimal(200_000))
    ListingWriter(engine).write([mapped(project), mapped(beginning)])
    names = {"1": "asked", "4": "range", "5": "from"}
    bounds = SearchTerms(
        min_price_eur=None if least is None else Decimal(least), max_price_eur=None if most is None else Decimal(most)
    )
    found = [row["platform_listing_id"] for row in stream_listings(engine, bounds)]
    assert {names.get(one, one) for one in found} == set(ids)


def test_without_a_database_nothing_is_written(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    done = run("--format", "csv")
    assert isinstance(done.exception, ServiceError)
    assert done.stdout == ""


def test_a_file_is_whole_and_counted(run: Run) -> None:
    done = run("--format", "csv", "-o", "out.csv")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "2 listings exported to out.csv.\n")
    assert [path.name for path in Path().iterdir()] == ["out.csv"]


def test_a_file_that_cannot_be_written(run: Run) -> None:
    done = run("-o", "missing/out.csv")
    assert done.exit_code == 1
    assert "cannot write missing/out.csv: No such file or directory" in done.stderr


def test_a_database_that_is_not_migrated(run: Run, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE listings CASCADE"))
    done = run("-o", "out.csv")
    assert isinstance(done.exception, ServiceError)
    assert list(Path().iterdir()) == []


def test_a_reader_that_stops_early_is_no_error(engine: Engine, database_url: str, tmp_path: Path) -> None:
    ListingWriter(engine).write([mapped(listing(n, description={"fr": "x" * 2000})) for n in range(100, 300)])
    script = "import typer; from immobe.commands.export import export; typer.run(export)"
    command = [sys.executable, "-W", "error", "-c", script, "--format", "jsonl"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=os.environ | {"DATABASE_URL": database_url},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b"{")
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(30) == 0


def test_rows_are_streamed(engine: Engine) -> None:
    """A server-side cursor is open while a row is in hand."""
    rows = stream_listings(engine, SearchTerms(), columns=("platform_listing_id",))
    assert next(rows) == {"platform_listing_id": "1"}
    with engine.connect() as connection:
        open_cursors = (
            "SELECT count(*) FROM pg_stat_activity WHERE query ILIKE 'FETCH%' AND datname = current_database()"
        )
        assert connection.execute(text(open_cursors)).scalar_one() == 1
    assert [row["platform_listing_id"] for row in rows] == ["2"]


def test_counts_and_samples(engine: Engine) -> None:
    assert count_listings(engine, SearchTerms()) == 2
    assert count_listings(engine, SearchTerms(stage=list(Stage)), limit=2) == 2
    assert counts_by_stage(engine) == {"discovered": 1, "scraped": 2, "rejected": 0, "failed": 0, "gone": 0}
    assert counts_by_stage(engine, platform="zimmo")["scraped"] == 0
    assert [row["platform_listing_id"] for row in sample_rows(engine, 5)] == ["1", "2"]
    assert [row["platform_listing_id"] for row in sample_rows(engine, 1, since=FLAT.fetched_at)] == ["2"]
    assert quarantine_reasons(engine) == {"no_price": 2, "no_place": 1}
    assert quarantine_reasons(engine, since=START + timedelta(days=5)) == {"no_price": 1}

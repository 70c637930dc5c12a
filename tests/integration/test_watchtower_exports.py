"""Exports and the feed of changes over HTTP: whole or visibly broken, and ended with their client."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from pyarrow import BufferReader, parquet
from sqlalchemy import Engine, create_engine, text

from immobe.embedded import ServiceUrls
from immobe.storage.search import FIELDS
from immobe.watchtower.routes.api.exports import AT_ONCE
from tests.integration.watchtower_service import Service, serving_anew, until

pytestmark = pytest.mark.integration
LISTINGS = 3000
# Ten megabytes and more: they do not fit into what lies between a server and a client that reads nothing.
FILL = """
    INSERT INTO listings (stage, first_seen_at, last_seen_at, scraped_at, platform, platform_listing_id, url,
        transaction_type, price_eur, postal_code, title, description, latitude, longitude)
    SELECT 'scraped', now(), now(), now(), CASE WHEN n % 3 = 0 THEN 'zimmo' ELSE 'immoweb' END, n, 'https://x.be/' || n,
        'sale', n * 1000, '5000', '{"fr": "=1+1"}', jsonb_build_object('fr', repeat(md5(n::text), 150)),
        50.4 + n / 1e4, 4.8
    FROM generate_series(1, 3000) AS n
"""
EXPORT = "/api/v1/listings/export"


@pytest.fixture(scope="module")
def service(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving_anew(services, tmp_path_factory.mktemp("exports")) as running:
        yield running


@pytest.fixture(scope="module")
def database(service: Service) -> Iterator[Engine]:
    engine = create_engine(service.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(FILL))
    yield engine
    engine.dispose()


@pytest.fixture
def client(service: Service, database: Engine) -> httpx.Client:
    return service.client()


def ask(database: Engine, query: str) -> Any:
    with database.connect() as connection:
        return connection.execute(text(query)).scalar()


def read_csv(content: bytes) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def read_geojson(content: bytes) -> list[dict[str, Any]]:
    return [feature["properties"] for feature in json.loads(content)["features"]]


READ: dict[str, tuple[str, Callable[[bytes], list[dict[str, Any]]]]] = {
    "csv": ("text/csv; charset=utf-8", read_csv),
    "jsonl": ("application/jsonl", lambda content: [json.loads(line) for line in content.splitlines()]),
    "geojson": ("application/geo+json", read_geojson),
    "parquet": (
        "application/vnd.apache.parquet",
        lambda content: parquet.read_table(BufferReader(content)).to_pylist(),
    ),
}


@pytest.mark.parametrize("name", READ)
def test_every_format_has_all_of_the_search(client: httpx.Client, name: str) -> None:
    media_type, read = READ[name]
    answer = client.get(EXPORT, params={"format": name, "platform": "zimmo", "min_price_eur": 3000})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["content-disposition"].endswith(f'.{name}"')
    rows = read(answer.content)
    assert [row["platform_listing_id"] for row in rows] == [str(n) for n in range(3, LISTINGS + 1, 3)]
    assert [
        row["url"] for row in read(client.get(EXPORT, params={"format": name, "fields": "url", "limit": 2}).content)
    ] == [
        "https://x.be/1",
        "https://x.be/2",
    ]


def test_wrong_questions_are_problems(client: httpx.Client) -> None:
    for question in ({"format": "xls"}, {"fields": "password_hash"}, {"limit": -1}, {"min_price_eur": "x"}):
        answer = client.get(EXPORT, params=question)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_a_client_that_goes_ends_the_query(client: httpx.Client, database: Engine) -> None:
    reading = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'immobe watchtower' AND state <> 'idle'"
    with client.stream("GET", EXPORT, params={"format": "jsonl"}) as answer:
        assert next(answer.iter_bytes(1000))
        until(lambda: ask(database, reading) == 1, "the server waits for its client")
    until(lambda: ask(database, reading) == 0, "the query has ended")


def test_a_failure_in_the_middle_is_seen(client: httpx.Client, database: Engine) -> None:
    kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
    with client.stream("GET", EXPORT, params={"format": "csv"}) as answer:
        chunks = answer.iter_bytes(1000)
        assert answer.status_code == 200
        assert next(chunks)
        assert ask(database, kill) is True
        with pytest.raises(httpx.RemoteProtocolError):
            list(chunks)
    assert client.get("/api/v1/listings").status_code == 200


def test_only_so_many_at_once(client: httpx.Client) -> None:
    with ExitStack() as open_answers:
        for _ in range(AT_ONCE):
            answer = open_answers.enter_context(client.stream("GET", EXPORT, params={"format": "jsonl"}))
            assert answer.status_code == 200
        refused = client.get(EXPORT)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
        assert refused.headers["content-type"] == "application/problem+json"
    until(lambda: client.get(EXPORT, params={"limit": 1}).status_code == 200, "the others have ended")


def test_the_dictionary_is_that_of_the_columns(client: httpx.Client) -> None:
    told = client.get("/api/v1/dictionary")
    assert [entry["field"] for entry in told.json()["fields"]] == list(FIELDS)
    assert told.headers["etag"]
    columns = parquet.read_schema(BufferReader(client.get(EXPORT, params={"format": "parquet", "limit": 1}).content))
    for entry in told.json()["fields"]:
        metadata = columns.field(entry["field"]).metadata
        assert metadata[b"meaning"].decode() == entry["meaning"]
        assert metadata.get(b"unit", b"").decode() == (entry["unit"] or "")


def follow(client: httpx.Client, copy: dict[tuple[str, str], Any], cursor: str | None, **question: Any) -> str:
    """As docs/api.md has it."""
    while True:
        answer = client.get("/api/v1/changes", params={**question, **({"since": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        for item in page["items"]:
            key = (item["platform"], item["platform_listing_id"])
            if item["change"] == "put":
                copy[key] = item["listing"]
            else:
                copy.pop(key, None)
        cursor = page["next_cursor"]
        if not page["more"]:
            return str(cursor)


def test_a_snapshot_and_the_changes_after_it_are_the_table(client: httpx.Client, database: Engine) -> None:
    fields = "url,price_eur,stage"
    question = {"format": "jsonl", "fields": f"platform,platform_listing_id,{fields}", "stage": ["scraped", "gone"]}
    export = client.get(EXPORT, params=question)
    copy = {}
    for line in export.text.splitlines():
        row = json.loads(line)
        copy[row.pop("platform"), row.pop("platform_listing_id")] = row
    ask(database, "UPDATE listings SET price_eur = 7 WHERE platform_listing_id = '5' RETURNING 1")
    ask(database, "DELETE FROM listings WHERE platform_listing_id = '6' RETURNING 1")
    follow(client, copy, export.headers["x-changes-cursor"], fields=fields)
    anew: dict[tuple[str, str], Any] = {}
    end = follow(client, anew, None, fields=fields, limit=1000)
    assert copy == anew
    assert copy["immoweb", "5"]["price_eur"] == 7
    assert ("zimmo", "6") not in copy
    again = client.get("/api/v1/changes", params={"since": end}).json()
    assert (again["items"], again["more"], again["next_cursor"]) == ([], False, end)


def test_a_cursor_that_leads_nowhere_is_told(client: httpx.Client) -> None:
    gone = client.get("/api/v1/changes", params={"since": "0a1b2c3d4e5f-1-0"})
    assert (gone.status_code, gone.headers["content-type"]) == (410, "application/problem+json")
    for wrong in ("x", "0a1b2c3d4e5f-1", "0a1b2c3d4e5f-1-\x00", f"0a1b2c3d4e5f-{'9' * 30}-0"):
        assert client.get("/api/v1/changes", params={"since": wrong}).status_code == 422

"""The API: filters, order, pages without gap or double, ETags, and answers as its OpenAPI document has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import jsonschema
import pytest

from immobe.config import load_config
from immobe.embedded import ServiceUrls
from immobe.items import (
    EpcLabel,
    Listing,
    MappedListing,
    PropertyType,
    RawListing,
    Region,
    RemovedListing,
    TransactionType,
)
from immobe.storage import runs
from immobe.storage.engine import make_engine
from immobe.storage.runs import RunCounts, RunIdentity
from immobe.storage.writer import ListingWriter
from tests.integration.databases import fresh_database
from tests.integration.watchtower_service import Service, prepare, serving

pytestmark = pytest.mark.integration
START = datetime(2026, 1, 1, 8, tzinfo=UTC)
# Of equal prices and of none, so that only the id tells the order.
PRICES = [250_000, None, 250_000, 180_000, None, 250_000, 990_000, 180_000, None, 1]


def listing(number: int, price: int | None, **values: Any) -> MappedListing:
    fetched = START + timedelta(hours=number // 2)
    given: dict[str, Any] = {
        "platform": "immoweb" if number % 3 else "zimmo",
        "platform_listing_id": f"A{number}",
        "url": f"https://example.org/{number}",
        "transaction_type": TransactionType.SALE,
        "property_type": PropertyType.HOUSE if number % 2 else PropertyType.APARTMENT,
        "price_eur": None if price is None else Decimal(price),
        "living_area_m2": Decimal(100 + number),
        "bedroom_count": number % 4,
        "epc_label": EpcLabel.B if number < 5 else None,
        "postal_code": "5000" if number % 2 else "1000",
        "province": "namur" if number % 2 else None,
        "region": Region.WALLONIA if number % 2 else Region.BRUSSELS,
        "latitude": Decimal("50.4") + Decimal(number) / 100,
        "longitude": Decimal("4.8"),
        "title": {"fr": '<script>alert("x")</script> maison'},
        "description": {"fr": "Une maison."},
        "mapper_version": "1",
        "fetched_at": fetched,
    }
    record = Listing(**given | values)
    source = RawListing(record.platform, record.platform_listing_id, record.url, {"n": number}, fetched, "c" * 32)
    return MappedListing(record, source)


@pytest.fixture(scope="module")
def service(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with fresh_database(services.database_url) as url:
        prepare(url)
        engine = make_engine(load_config(None), url)
        writer = ListingWriter(engine)
        writer.write([listing(number, price) for number, price in enumerate(PRICES)])
        writer.write([listing(3, 170_000, fetched_at=START + timedelta(days=2))])
        gone = RemovedListing("immoweb", "A1", "https://example.org/1", "http_404", START + timedelta(days=3), "c" * 32)
        writer.write([gone])
        with engine.begin() as connection:
            process = RunIdentity("p1", "run", "immoweb", "scout", "", "host-1", "host", 1)
            runs.record(
                connection, process, RunCounts(page_count=3), age=60, last_search_age=1, finish_reason="finished"
            )
        engine.dispose()
        with serving(url, services.redis_url, tmp_path_factory.mktemp("api"), enable_docs=True) as running:
            yield running


@pytest.fixture
def client(service: Service) -> httpx.Client:
    return service.client()


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["platform_listing_id"] for item in answer.json()["items"]]


@pytest.mark.parametrize("name", ["first_seen_at", "last_seen_at", "price_eur", "living_area_m2", "price_per_m2_eur"])
@pytest.mark.parametrize("direction", ["", "-"])
@pytest.mark.parametrize("limit", [1, 3])
def test_pages_have_no_gap_and_no_double(client: httpx.Client, name: str, direction: str, limit: int) -> None:
    question = {"sort": direction + name, "stage": ["scraped", "gone"], "limit": limit}
    whole = client.get("/api/v1/listings", params={**question, "limit": 500, "total": True})
    assert whole.json()["total"] == len(ids(whole)) == len(PRICES)
    assert whole.json()["next_cursor"] is None
    found: list[str] = []
    url: str | None = str(httpx.URL("/api/v1/listings", params=question))
    while url:
        answer = client.get(url)
        found += ids(answer)
        link = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        assert bool(link) == bool(answer.json()["next_cursor"])
        url = link[1] if link else None
    assert found == ids(whole)
    values = [item[name] for item in whole.json()["items"]]
    told = [value for value in values if value is not None]
    assert values == sorted(told, reverse=bool(direction)) + [None] * (len(values) - len(told))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({}, {0, 2, 3, 4, 5, 6, 7, 8, 9}),
        ({"stage": "gone"}, {1}),
        ({"platform": "zimmo"}, {0, 3, 6, 9}),
        ({"platform": ["zimmo", "immoweb"], "min_price_eur": 200_000}, {0, 2, 5, 6}),
        ({"max_price_eur": 180_000}, {3, 7, 9}),
        ({"property_type": "house", "province": "namur"}, {3, 5, 7, 9}),
        ({"province": ["brussels"]}, {0, 2, 4, 6, 8}),
        ({"region": "brussels", "min_bedroom_count": 2}, {2, 6}),
        ({"postal_code": ["1000", "5000"], "epc_label": "B"}, {0, 2, 3, 4}),
        ({"min_living_area_m2": 105, "max_living_area_m2": 107}, {5, 6, 7}),
        ({"first_seen_since": "2026-01-01T11:00:00+00:00"}, {6, 7, 8, 9}),
        ({"bbox": "4.7,50.42,4.9,50.445"}, {2, 3, 4}),
        ({"bbox": "4.81,50,5,51"}, set()),
        ({"transaction_type": "rent"}, set()),
        ({"status": "sold"}, set()),
    ],
)
def test_filters(client: httpx.Client, question: dict[str, Any], expected: set[int]) -> None:
    answer = client.get("/api/v1/listings", params={"total": True, **question})
    assert set(ids(answer)) == {f"A{number}" for number in expected}
    assert answer.json()["total"] == len(expected)


@pytest.mark.parametrize(
    "question",
    [
        {"unknown": "1"},
        {"limit": "0"},
        {"limit": "501"},
        {"sort": "seller_name"},
        {"fields": "platform,password_hash"},
        {"bbox": "5,50,4,51"},
        {"bbox": "a,b,c,d"},
        {"bbox": "nan,0,0,0"},
        {"bbox": "1,2,3"},
        {"postal_code": "500\x00"},
        {"platform": "x' OR 1=1"},
        {"min_price_eur": "NaN"},
        {"min_price_eur": "1e999"},
        {"first_seen_since": "0001-01-01T00:00:00+14:00"},
        {"first_seen_since": "2026-01-01T00:00:00"},
        {"stage": "sold"},
    ],
)
def test_wrong_parameters_are_problems(client: httpx.Client, question: dict[str, str]) -> None:
    answer = client.get("/api/v1/listings", params=question)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["in"].startswith("query")


def test_a_cursor_belongs_to_its_question(client: httpx.Client) -> None:
    cursor = client.get("/api/v1/listings", params={"limit": 2}).json()["next_cursor"]
    assert client.get("/api/v1/listings", params={"limit": 3, "cursor": cursor}).status_code == 200
    for other in ({"sort": "price_eur"}, {"platform": "zimmo"}):
        assert client.get("/api/v1/listings", params={"cursor": cursor, **other}).status_code == 400
    for wrong, status in (("x", 400), ("W10", 400), ("bnVsbA", 400), ("MTIz", 400), ("a" * 499, 400), ("é", 422)):
        assert client.get("/api/v1/listings", params={"cursor": wrong}).status_code == status


def test_what_has_not_changed_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get("/api/v1/listings")
    again = client.get("/api/v1/listings", headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get("/api/v1/listings?limit=1", headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_fields_are_chosen(client: httpx.Client) -> None:
    fields = "price_eur,platform_listing_id,description"
    items = client.get("/api/v1/listings", params={"fields": fields}).json()["items"]
    assert all(list(item) == fields.split(",") for item in items)
    usual = client.get("/api/v1/listings").json()["items"][0]
    assert "description" not in usual
    assert "days_on_market" in usual


def test_one_listing_has_its_history(client: httpx.Client) -> None:
    found = client.get("/api/v1/listings/zimmo/A3").json()
    assert found["listing"]["price_eur"] == 170_000
    assert found["listing"]["description"] == {"fr": "Une maison."}
    assert found["listing"]["first_seen_at"].endswith("Z")
    changes = [(one["field"], one["old"], one["new"]) for one in found["history"] if one["cause"] == "market"]
    assert ("price_eur", 180_000, 170_000) in changes
    gone = client.get("/api/v1/listings/immoweb/A1").json()
    assert (gone["listing"]["stage"], gone["listing"]["gone_evidence"]) == ("gone", "http_404")
    missing = client.get("/api/v1/listings/zimmo/A99")
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    for odd in ("%00", "a%2Fb", "..%2F..", "%ff"):
        assert client.get(f"/api/v1/listings/zimmo/{odd}").status_code in {404, 422}


def test_events_come_in_pages(client: httpx.Client) -> None:
    whole = client.get("/api/v1/events", params={"cause": ["market", "first"], "limit": 1000}).json()["items"]
    found: list[int] = []
    cursor: str | None = None
    while True:
        question = {"cause": ["market", "first"], "limit": 7, **({"cursor": cursor} if cursor else {})}
        page = client.get("/api/v1/events", params=question).json()
        found += [event["id"] for event in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == [event["id"] for event in whole] == sorted(found, reverse=True)
    prices = client.get("/api/v1/events", params={"field": "price_eur"}).json()["items"]
    assert [(event["old"], event["new"]) for event in prices] == [(180_000, 170_000)]
    assert client.get("/api/v1/events", params={"since": "2026-11-01T00:00:00Z"}).json()["items"] == []


def test_stats_runs_and_coverage(client: httpx.Client) -> None:
    stats = client.get("/api/v1/stats", params={"by": "province"}).json()
    assert stats["stages"]["scraped"] == 9
    groups = {group["group"]: group for group in stats["groups"]}
    assert (groups["brussels"]["listing_count"], groups["brussels"]["price_count"]) == (5, 3)
    assert groups["brussels"]["median_price_eur"] == 250_000
    assert groups["namur"]["median_price_eur"] == 170_000
    [run] = client.get("/api/v1/runs").json()["items"]
    assert (run["state"], run["page_count"]) == ("finished", 3)
    assert "host" not in run
    assert client.get("/api/v1/runs", params={"platform": "zimmo"}).json()["items"] == []
    assert client.get("/api/v1/coverage").json() == {"items": []}


def test_answers_are_as_the_document_says(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path in (
        "/api/v1/listings", "/api/v1/listings?stage=gone&fields=raw,missing,image_urls,gone_at",
        "/api/v1/listings/zimmo/A3", "/api/v1/events?cause=first", "/api/v1/stats", "/api/v1/runs", "/api/v1/coverage",
        "/health", "/ready", "/api/v1/listings/zimmo/A99", "/api/v1/listings?limit=0",
    ):  # fmt: skip
        answer = client.get(path)
        template = re.sub(r"/zimmo/.*", "/{platform}/{platform_listing_id}", path.partition("?")[0])
        told = document["paths"][template]["get"]["responses"][str(answer.status_code)]["content"]
        schema = told[answer.headers["content-type"]]["schema"]
        jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())


def test_the_document_has_valid_examples_of_every_body_and_answer(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            bodies = route.get("requestBody", {}).get("content", {}).values()
            for content in bodies:
                for example in content["schema"]["examples"]:
                    jsonschema.Draft202012Validator(content["schema"]).validate(example)
            for status, told in route["responses"].items():
                for media_type, content in told.get("content", {}).items():
                    assert "example" in content, (path, status)
                    if media_type.endswith("json"):
                        schema = {**content["schema"], "components": document["components"]}
                        jsonschema.Draft202012Validator(schema).validate(content["example"])
            assert method == "get" or route["security"], path
            assert "500" in route["responses"], path


def test_the_document_has_no_dead_reference_and_tells_limits(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    references = set(re.findall(r'"#/components/schemas/(\w+)"', client.get("/openapi.json").text))
    assert references <= set(document["components"]["schemas"])
    schemes = {name for methods in document["paths"].values() for route in methods.values()
               for needed in route.get("security", ()) for name in needed}  # fmt: skip
    assert schemes == set(document["components"]["securitySchemes"])
    assert "Limit: 1/hour of one client." in document["paths"]["/ui/clear-listings"]["post"]["description"]
    operations = {route["operationId"] for methods in document["paths"].values() for route in methods.values()}
    linked = {link["operationId"] for methods in document["paths"].values() for route in methods.values()
              for told in route["responses"].values() for link in told.get("links", {}).values()}  # fmt: skip
    assert linked
    assert linked <= operations


def test_docs_load_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/docs").text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert client.get(address).status_code == 200


def test_what_portals_wrote_is_data(client: httpx.Client) -> None:
    answer = client.get("/api/v1/listings/zimmo/A3", headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"

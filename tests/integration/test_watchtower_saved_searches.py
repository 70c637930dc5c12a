"""Saved searches over the API: kept, changed, paused, forgotten; and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from immobe.embedded import ServiceUrls
from tests.integration.watchtower_service import OTHER_NAME, Service, serving_anew

pytestmark = pytest.mark.integration
PATH = "/api/v1/saved-searches"
NEW = {"name": "Namur", "terms": "max_price_eur=300000&province=namur", "quiet": {"from": "22:00", "until": "07:00"}}


@pytest.fixture(scope="module")
def running(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving_anew(services, tmp_path_factory.mktemp("searches")) as service:
        yield service


@pytest.fixture
def service(running: Service, redis_url: str) -> Service:
    """Limits begin anew."""
    return running


def kept(program: httpx.Client) -> str:
    """The address of a new search."""
    answer = program.post(PATH, json=NEW)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["location"])


def test_a_search_is_kept_in_one_spelling(service: Service) -> None:
    program = service.program()
    path = kept(program)
    found = program.get(path)
    assert found.json()["terms"] == "province=namur&max_price_eur=300000"
    assert (found.json()["quiet"], found.json()["paused_at"]) == (NEW["quiet"], None)
    assert path.endswith(f"/{found.json()['id']}")
    assert found.json() in program.get(PATH).json()["items"]
    assert program.get(path, headers={"If-None-Match": found.headers["etag"]}).status_code == 304


def test_only_what_is_named_changes(service: Service) -> None:
    program = service.program()
    path = kept(program)
    before = program.get(path).json()
    changed = program.patch(path, json={"kinds": ["drop"], "price_drop_percent": 7.5, "paused": True}).json()
    assert changed["paused_at"]
    assert changed == before | {"kinds": ["drop"], "price_drop_percent": 7.5, "paused_at": changed["paused_at"]}
    assert program.patch(path, json={"paused": False, "quiet": None}).json()["quiet"] is None
    assert program.get(path).json()["paused_at"] is None
    assert program.delete(path).status_code == 204
    assert program.get(path).status_code == program.delete(path).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "a\x00b"}, {"terms": "nothing=1"}, {"terms": "bbox=1"}, {"kinds": ["x"]}, {"unknown": 1},
     {"quiet": {"from": "22:00"}}, {"price_drop_percent": 101}, {"digest_hour": 24}, {"language": "de"}],
)  # fmt: skip
def test_what_cannot_be_kept_is_a_problem(service: Service, wrong: dict[str, object]) -> None:
    program = service.program()
    path = kept(program)
    for answer in (program.post(PATH, json=NEW | wrong), program.patch(path, json=wrong)):
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_searches_of_others_are_not_there(service: Service) -> None:
    path = kept(service.program())
    other = service.signed_in(OTHER_NAME)
    headers = {"X-CSRF-Token": other.token("/ui/account"), "Accept": "application/json"}
    assert other.client.get(PATH, headers=headers).json()["items"] == []
    assert other.client.get(path, headers=headers).status_code == 404
    assert other.client.patch(path, json={"name": "mine"}, headers=headers).status_code == 404
    assert other.client.delete(path, headers=headers).status_code == 404
    assert other.client.post(PATH, json=NEW, headers=headers).status_code == 201
    assert service.program("read").get(path).status_code == 200


def test_reading_takes_a_credential_and_changing_the_scope_operate(service: Service) -> None:
    path = kept(service.program())
    anybody, reader = service.client(), service.program("read")
    assert (
        anybody.get(PATH).status_code
        == anybody.get(path).status_code
        == anybody.post(PATH, json=NEW).status_code
        == 401
    )
    assert reader.get(PATH).status_code == 200
    for answer in (reader.post(PATH, json=NEW), reader.patch(path, json={"name": "x"}), reader.delete(path)):
        assert answer.status_code == 403

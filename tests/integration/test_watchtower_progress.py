"""Progress as server-sent events: what changes, that it lives, how it ends, and for how many."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from immobe.embedded import ServiceUrls
from immobe.watchtower import progress
from tests.integration.watchtower_service import Service, serving_anew, until

pytestmark = pytest.mark.integration
LISTING = "https://www.immoweb.be/en/classified/house/for-sale/namur/5000/20820613"
STORE = """
    INSERT INTO listings (stage, first_seen_at, last_seen_at, scraped_at, platform, platform_listing_id, url)
    VALUES ('scraped', now(), now(), now(), 'immoweb', '20820613', 'https://www.immoweb.be/20820613')
"""


@pytest.fixture(scope="module")
def running(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving_anew(services, tmp_path_factory.mktemp("progress")) as service:
        yield service


@pytest.fixture
def service(running: Service, redis_url: str) -> Service:
    """Without listings; limits begin anew."""
    running.ask("DELETE FROM listings")
    return running


def order(program: httpx.Client) -> str:
    """The address of its events."""
    taken = program.post("/ui/manual-scrape", json={"url": LISTING})
    assert taken.status_code == 202, taken.text
    return f"/ui/manual-scrape/{taken.json()['id']}/events"


def parts(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """Events and comments, as {field: value}; a comment's field is empty."""
    lines: list[str] = []
    for line in answer.iter_lines():
        if line:
            lines.append(line)
        elif lines:
            yield dict(one.split(": ", 1) if not one.startswith(":") else ("", one) for one in lines)
            lines = []


def events(answer: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in parts(answer):
        if "event" in part:
            yield part["event"], json.loads(part["data"])


def test_an_order_is_followed_to_its_end(service: Service) -> None:
    program = service.program()
    with program.stream("GET", order(program)) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        found = events(answer)
        name, state = next(found)
        assert (name, state["state"], state["platform_listing_id"]) == ("progress", "waiting", "20820613")
        service.ask(STORE)
        assert [(name, state["state"]) for name, state in found] == [("end", "stored")]


def test_it_says_that_it_lives_and_ends_when_time_is_up(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(progress, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(progress, "LONGEST_SECONDS", 2.0)
    program = service.program()
    with program.stream("GET", order(program)) as answer:
        found = list(parts(answer))
    assert found[0] == {"retry": "3000"}
    assert [part["event"] for part in found if "event" in part] == ["progress"]
    assert {"": ": ping"} in found


def test_only_so_many_follow_and_who_goes_makes_room(service: Service) -> None:
    program = service.program()
    path = order(program)
    with ExitStack() as followers:
        clients = [service.client(headers=program.headers) for _ in range(progress.AT_ONCE)]
        for client in clients:
            assert followers.enter_context(client.stream("GET", path)).status_code == 200
        refused = program.get(path)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
    service.ask(STORE)
    until(lambda: program.get(path).status_code == 200, "the others are gone")


def test_who_may_not_operate_follows_nothing(service: Service) -> None:
    program = service.program()
    path = order(program)
    assert service.client().get(path).status_code == 401
    assert service.program("read").get(path).status_code == 403
    assert program.get("/ui/manual-scrape/999999/events").status_code == 404
    assert program.get(f"/ui/manual-scrape/{2**63}/events").status_code == 422


def test_scouts_that_have_ended_are_no_news(service: Service) -> None:
    with service.program().stream("GET", "/ui/run-scouts/events") as answer:
        assert list(events(answer)) == [("end", {"jobs": []})]

"""What is counted over all listings is kept for some seconds: by the API, and by the cockpit that refreshes itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import Engine, event

from immobe.embedded import ServiceUrls
from immobe.storage import keeping
from tests.integration.watchtower_service import Service, serving_anew

pytestmark = pytest.mark.integration
STORE = """
    INSERT INTO listings (stage, first_seen_at, last_seen_at, scraped_at, platform, platform_listing_id, url, price_eur)
    VALUES ('scraped', now(), now(), now(), 'immoweb', '{0}', 'https://www.immoweb.be/{0}', {0})
"""


class Clock:
    """Of what is kept; it stands still until it is set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="module")
def running(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving_anew(services, tmp_path_factory.mktemp("kept")) as service:
        yield service


@pytest.fixture
def clock(running: Service, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """One listing is stored."""
    clock = Clock()
    monkeypatch.setattr(keeping, "monotonic", clock)
    running.ask("DELETE FROM listings")
    running.ask(STORE.format(1))
    return clock


@contextmanager
def asked(service: Service, of: str = "FROM listings") -> Iterator[list[str]]:
    """The statements that Watchtower sends meanwhile, and that contain the text."""
    assert service.app
    engine: Engine = service.app.state.backend.engine
    found: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        text = " ".join(statement.split())
        if of in text:
            found.append(text)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def test_figures_of_the_api_are_counted_once_for_all_who_ask(running: Service, clock: Clock) -> None:
    client = running.client()

    def stats(**parameters: str) -> httpx.Response:
        return client.get("/api/v1/stats", params=parameters)

    first = stats()
    running.ask(STORE.format(2))
    with asked(running, "") as statements:
        again = stats()
        same = client.get("/api/v1/stats", headers={"If-None-Match": first.headers["ETag"]})
    assert statements == []
    assert again.json() == first.json()
    assert again.json()["stages"]["scraped"] == 1
    assert 0 <= int(again.headers["Age"]) <= keeping.KEPT_SECONDS
    assert (same.status_code, same.headers["ETag"]) == (304, first.headers["ETag"])
    with asked(running) as statements:
        assert stats(by="platform").json()["groups"][0]["group"] == "immoweb", "another question"
        assert stats(platform="zimmo").json()["groups"] == []
    assert len(statements) == 4
    clock.seconds += keeping.KEPT_SECONDS
    later = client.get("/api/v1/stats", headers={"If-None-Match": first.headers["ETag"]})
    assert (later.status_code, later.json()["stages"]["scraped"]) == (200, 2)
    clock.seconds += keeping.KEPT_SECONDS
    unchanged = client.get("/api/v1/stats", headers={"If-None-Match": later.headers["ETag"]})
    assert unchanged.status_code == 304, "counted anew, and as it was"


def test_the_cockpit_that_refreshes_itself_does_not_count_again(running: Service, clock: Clock) -> None:
    client = running.signed_in().client

    def counted() -> int:
        with asked(running) as statements:
            assert client.get("/ui/operations").status_code == 200
        return sum("count(*)" in statement for statement in statements)

    assert counted() == 2, "what is held and new; what came of pages, by hour"
    assert counted() == 0
    keeping.forget()
    assert counted() == 2
    assert counted() == 0
    clock.seconds += keeping.KEPT_SECONDS
    assert counted() == 2

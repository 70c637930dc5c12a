"""Feeds: what readers and calendars read is valid, secret, revocable, and sent again only when it has changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import Engine, text

from immobe.config import load_config
from immobe.embedded import ServiceUrls
from immobe.storage import feed_links
from immobe.storage.engine import make_engine
from immobe.storage.saved_searches import Wish, add_search, delete_search
from immobe.storage.users import user_named
from immobe.watchtower.routes.feeds import new_token
from tests.integration.alerting import change, put
from tests.integration.watchtower_service import NAME, OTHER_NAME, Service, serving, serving_anew

pytestmark = pytest.mark.integration
GHENT = "44021"


@pytest.fixture(scope="module")
def service(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving_anew(services, tmp_path_factory.mktemp("watchtower")) as running:
        yield running


@pytest.fixture
def engine(service: Service) -> Iterator[Engine]:
    """Of the service's database, without listings."""
    engine = make_engine(load_config(None), service.database_url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM listings"))
    yield engine
    engine.dispose()


@pytest.fixture
def reader(service: Service) -> httpx.Client:
    """Without any credential."""
    return service.client()


def owner(engine: Engine) -> int:
    found = user_named(engine, NAME)
    assert found is not None
    return found.id


def feed_of(engine: Engine, language: str = "en", **subject: Any) -> str:
    """The path that a new feed begins with."""
    token, sha256 = new_token()
    feed_links.add_link(engine, owner(engine), sha256, token[:8], language, **subject)
    return f"/feeds/{token}"


def saved(engine: Engine, terms: str = "postal_code=9000") -> int:
    return add_search(engine, owner(engine), Wish(name="Ghent & <b>more</b>", terms=terms))


def test_a_searchs_feed_is_valid_and_has_what_fits(engine: Engine, reader: httpx.Client) -> None:
    with engine.begin() as connection:
        put(connection, 1, locality="Gent <script>\x07")
        put(connection, 2, postal_code="2000")
        cheaper = put(connection, 3, seen=datetime.now(UTC) - timedelta(days=3))
        change(connection, cheaper, price_eur=299_000)
    answer = reader.get(f"{feed_of(engine, 'nl', search_id=saved(engine))}/listings.atom")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(answer.content)
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == "atom10"
    assert feed.feed.title == "Immo-Bé: Ghent & <b>more</b>"
    assert [entry.id for entry in feed.entries] == [
        "tag:immobe,2026:listing:immoweb:1",
        "tag:immobe,2026:listing:immoweb:3",
    ]
    new, older = feed.entries
    assert "Huis, te koop, 3 slaapkamers" in new.title
    assert new.link.endswith("/ui/listings/immoweb/1")
    assert older.updated_parsed > older.published_parsed, "its price changed"


def test_a_municipalitys_feed(engine: Engine, reader: httpx.Client) -> None:
    with engine.begin() as connection:
        put(connection, 1, municipality_nis=GHENT)
        put(connection, 2, municipality_nis="11002")
    feed = feedparser.parse(reader.get(f"{feed_of(engine, 'fr', municipality_nis=GHENT)}/listings.atom").content)
    assert feed.feed.title == "Immo-Bé: Gand"
    assert len(feed.entries) == 1


def test_a_calendar_has_the_ends_of_auctions(engine: Engine, reader: httpx.Client) -> None:
    ends = (datetime.now(UTC) + timedelta(days=7)).replace(microsecond=0)
    with engine.begin() as connection:
        put(connection, 1, "biddit", sale_method="public_auction", auction_ends_at=ends, street="Lindelaan")
        put(connection, 2, "biddit", sale_method="public_auction", auction_ends_at=ends - timedelta(days=30))
        put(connection, 3)
    answer = reader.get(f"{feed_of(engine, search_id=saved(engine))}/auctions.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["DTEND"].dt == ends
    assert event["UID"] == "biddit:1@immobe"
    assert event["LOCATION"] == "Lindelaan, 9000 Gent"
    assert str(event["SUMMARY"]).startswith("Auction ends: House")
    assert answer.content.endswith(b"\r\n")


@pytest.mark.parametrize("kind", ["listings.atom", "auctions.ics"])
def test_what_has_not_changed_is_not_sent_again(engine: Engine, reader: httpx.Client, kind: str) -> None:
    ends = datetime.now(UTC) + timedelta(days=7)
    with engine.begin() as connection:
        put(connection, 1, auction_ends_at=ends)
    path = f"{feed_of(engine, search_id=saved(engine))}/{kind}"
    first = reader.get(path)
    assert reader.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert reader.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert reader.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304
    assert reader.get(path, headers={"If-Modified-Since": "Mon, 05 Jan 2026 10:00:00 GMT"}).status_code == 200
    assert reader.get(path, headers={"If-Modified-Since": "nonsense"}).status_code == 200
    with engine.begin() as connection:
        put(connection, 2, auction_ends_at=ends, seen=datetime.now(UTC) + timedelta(seconds=2))
    for header, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        assert reader.get(path, headers={header: value}).status_code == 200


def test_an_address_is_secret_and_can_be_revoked(service: Service, engine: Engine, reader: httpx.Client) -> None:
    search = saved(engine)
    path = feed_of(engine, search_id=search)
    with engine.connect() as connection:
        assert path[-43:] not in str(connection.execute(text("SELECT l::text FROM feed_links l")).all())
    assert reader.get("/feeds/" + "A" * 43 + "/listings.atom").status_code == 404
    assert reader.get(f"{path[:-1]}/listings.atom").status_code in (404, 422)
    [link] = [link for link in feed_links.links_of(engine, owner(engine)) if link.search_id == search]
    assert reader.get(f"{path}/listings.atom").status_code == 200
    assert feed_links.revoke_link(engine, link.id, owner(engine))
    assert reader.get(f"{path}/listings.atom").status_code == 404
    other = feed_of(engine, search_id=search)
    delete_search(engine, search)
    assert reader.get(f"{other}/listings.atom").status_code == 404


def test_a_feed_needs_no_credential_where_reading_does(
    services: ServiceUrls, engine: Engine, service: Service, tmp_path: Path
) -> None:
    path = feed_of(engine, municipality_nis=GHENT)
    with serving(service.database_url, services.redis_url, tmp_path, watchtower_read_access="credential") as closed:
        assert closed.client().get("/api/v1/listings").status_code == 401
        assert closed.client().get(f"{path}/listings.atom").status_code == 200


def test_nobody_sees_or_changes_what_is_anothers(service: Service, engine: Engine) -> None:
    search = saved(engine)
    other = service.signed_in(OTHER_NAME)
    for path in (f"/ui/saved/{search}", f"/ui/saved/{search}/edit"):
        assert other.client.get(path).status_code == 404
    for action in ("pause", "delete", "run"):
        assert other.send(f"/ui/saved/{search}/{action}", page="/ui/saved").status_code == 404
    assert other.send("/ui/feeds", page="/ui/feeds", search_id=search).status_code == 404
    nobody = service.browser()
    assert nobody.client.get("/ui/saved").status_code == 303
    assert nobody.send(f"/ui/saved/{search}/delete").status_code == 401
    assert nobody.client.get("/alerts/1.forged").status_code == 404

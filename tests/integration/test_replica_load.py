"""A database full of a market's listings: rows as a crawl writes them, all or none, never beside crawled ones."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from immobe.cli import app
from immobe.items import DetectedListing
from immobe.replica.load import HoldsListings, Synthetic, load, market_of
from immobe.replica.market import MarketDay
from immobe.replica.portals import PORTALS
from immobe.storage.exporting import json_value
from immobe.storage.queries import stream_listings
from immobe.storage.search_terms import SearchTerms
from immobe.storage.writer import ListingWriter

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WHAT = Synthetic(6000, 5, NOW)


def number(engine: Engine, query: str) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(text(query)).scalar_one()
        return found


def test_it_holds_what_the_portals_tell(engine: Engine) -> None:
    heard: list[int] = []
    assert load(engine, WHAT, progress=heard.append) == 6000 == sum(heard)
    assert len(heard) > 1, "it tells how far it is"
    stored = {(row["platform"], row["platform_listing_id"]): row for row in stream_listings(engine, SearchTerms())}
    assert {platform for platform, _ in stored} == set(PORTALS)
    cheaper, day = 0, MarketDay(market_of(WHAT))
    for name, portal in PORTALS.items():
        for facts in islice(portal(day, None).truth(), 40):
            row = stored.get((name, facts["platform_listing_id"]))
            if row is None:
                continue  # gone
            cheaper += row["price_eur"] != facts.get("price_eur")
            same = facts.keys() - {"price_eur", "previous_price_eur", "published_at", "modified_at", "auction_ends_at"}
            assert {k: json_value(row[k]) for k in same} == {k: facts[k] for k in same}
    assert cheaper > 20
    assert number(engine, "SELECT count(*) FROM listings WHERE stage = 'gone'") == 600
    histories = "SELECT count(DISTINCT listing_id) FROM listing_events WHERE {}"
    assert number(engine, histories.format("field = 'listing' AND cause = 'first'")) == 6000
    assert number(engine, histories.format("field = 'listing' AND cause = 'market'")) == 600
    assert number(engine, histories.format("field = 'price_eur' AND cause = 'market'")) > 1000
    assert number(engine, "SELECT count(*) FROM listings WHERE NOT first_seen_at <= last_seen_at") == 0


def test_again_adds_nothing_and_what_is_crawled_is_left_alone(engine: Engine) -> None:
    few = Synthetic(600, 5, NOW)
    assert load(engine, few, progress=lambda count: None) == 600
    assert load(engine, few, progress=lambda count: None) == 0
    card = DetectedListing("immoweb", "1", "https://www.immoweb.be/en/classified/1", NOW, "crawl", {})
    assert ListingWriter(engine).write([card]) == [None]
    other = Synthetic(600, 6, NOW)
    with pytest.raises(HoldsListings):
        load(engine, other, progress=lambda count: None)
    assert number(engine, "SELECT count(*) FROM listings") == 601
    assert load(engine, other, force=True, progress=lambda count: None) > 0


def test_what_is_broken_off_leaves_nothing(engine: Engine) -> None:
    def stop(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(engine, WHAT, progress=stop)
    assert number(engine, "SELECT count(*) FROM listings") == 0


def test_the_command(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    found = CliRunner().invoke(app, ["replica", "load", "--listings", "300"])
    assert (found.exit_code, "300 listings were added, 0 were there before." in found.output) == (0, True)
    assert CliRunner().invoke(app, ["replica", "load"]).exit_code == 2

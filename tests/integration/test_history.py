"""The history is exactly what the market did: the replica's truth of thirty days, day by day, against the events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from immobe.items import MappedListing, RawListing, RemovedListing
from immobe.mapping.mapper import map_listing
from immobe.mapping.validation import validate
from immobe.platforms import get_platform
from immobe.replica.immoweb.portal import ImmowebPortal
from immobe.replica.market import Market, MarketDay
from immobe.storage.history import days_on_market, events_of
from immobe.storage.models import ListingRow
from immobe.storage.writer import ListingWriter

pytestmark = pytest.mark.integration
IMMOWEB = get_platform("immoweb")
FIRST_DAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
FIELDS = ("status", "price_eur", "price_min_eur", "price_max_eur")
Facts = dict[str, dict[str, Any]]
Change = tuple[str, str, Any, Any, datetime]


def moment(day: int) -> datetime:
    return FIRST_DAY + timedelta(days=day)


def visit(portal: ImmowebPortal, facts: dict[str, Any], day: int) -> MappedListing:
    """The listing's page of that day, read and mapped as a crawl does."""
    url = facts["url"]
    page = portal.reply(url.removeprefix("https://www.immoweb.be"), "").body.decode()
    payload = IMMOWEB.without_private_data(IMMOWEB.read_listing(page))
    source = RawListing("immoweb", facts["platform_listing_id"], url, payload, moment(day), "history")
    mapped, refused = validate(map_listing(IMMOWEB.mapping, source))
    assert not refused
    return mapped


def changes(before: Facts, after: Facts, day: int) -> set[Change]:
    """What the market itself says has happened between two days."""
    found: set[Change] = set()
    for number, facts in after.items():
        known = before.get(number)
        if known is not None:
            found |= {
                (number, field, known.get(field), facts.get(field), moment(day))
                for field in FIELDS
                if known.get(field) != facts.get(field)
            }
    for number in before.keys() - after.keys():
        found.add((number, "listing", "listed", "gone", moment(day)))
        found.add((number, "status", before[number]["status"], "withdrawn", moment(day)))
    return found


def test_thirty_days_of_the_market_give_exactly_its_own_events(engine: Engine) -> None:
    market, days, truth = Market(11, 90), 31, {}
    writer = ListingWriter(engine, lambda: "run-of-the-day")
    expected: set[Change] = set()
    born: set[tuple[str, datetime]] = set()
    for day in range(days):
        portal = ImmowebPortal(MarketDay(market, day))
        today = {facts["platform_listing_id"]: facts for facts in portal.truth()}
        pages = [visit(portal, facts, day) for facts in today.values()]
        gone = [
            RemovedListing("immoweb", number, truth[number]["url"], "http_404", moment(day), "history")
            for number in truth.keys() - today.keys()
        ]
        assert not any(writer.write([*pages, *gone]))
        expected |= changes(truth, today, day)
        born |= {(number, moment(day)) for number in today.keys() - truth.keys()}
        truth = today

    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT platform_listing_id, field, old, new, seen_at, cause, run_id FROM listing_events"
                " JOIN listings ON listings.id = listing_id"
            )
        ).all()
    happened = {row[:5] for row in rows if row.cause == "market"}
    assert happened == expected
    assert len(expected) > 60, "a month in which enough happened"
    assert {(r.platform_listing_id, r.seen_at) for r in rows if (r.field, r.cause) == ("listing", "first")} == born
    assert {row.run_id for row in rows} == {"run-of-the-day"}
    prices = [row for row in rows if (row.field, row.cause) == ("price_eur", "first")]
    assert len(prices) == len({row.platform_listing_id for row in prices}), "a history begins once"


def test_what_comes_back_is_listed_again(engine: Engine) -> None:
    portal = ImmowebPortal(MarketDay(Market(11, 5)))
    facts = next(portal.truth())
    writer, number = ListingWriter(engine), facts["platform_listing_id"]
    writer.write([visit(portal, facts, 0)])
    writer.write([RemovedListing("immoweb", number, facts["url"], "http_404", moment(3), "history")])
    with engine.connect() as connection:
        [days] = connection.scalars(select(days_on_market()).where(ListingRow.platform_listing_id == number))
    published = datetime.fromisoformat(facts["published_at"])
    assert days == (moment(3) - published).days
    writer.write([visit(portal, facts, 5)])
    writer.write([visit(portal, facts, 5), visit(portal, facts, 4)])  # twice, and late
    told = [(e.old, e.new, e.seen_at) for e in events_of(engine, "immoweb", number) if e.field == "listing"]
    assert told == [(None, "listed", moment(0)), ("listed", "gone", moment(3)), ("gone", "listed", moment(5))]


def test_a_correction_is_no_change_of_the_market(engine: Engine) -> None:
    portal = ImmowebPortal(MarketDay(Market(11, 5)))
    facts = next(portal.truth())
    page = visit(portal, facts, 0)
    ListingWriter(engine).write([page])
    better = page.listing.model_copy(update={"bedroom_count": 9})
    ListingWriter(engine, cause="correction").write([MappedListing(better, page.source)])
    [event] = [e for e in events_of(engine, "immoweb", facts["platform_listing_id"]) if e.cause != "first"]
    assert (event.field, event.new, event.cause, event.seen_at) == ("bedroom_count", 9, "correction", moment(0))


def test_nobody_rewrites_history(engine: Engine) -> None:
    portal = ImmowebPortal(MarketDay(Market(11, 5)))
    ListingWriter(engine).write([visit(portal, next(portal.truth()), 0)])
    with engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text("UPDATE listing_events SET new = '1'"))

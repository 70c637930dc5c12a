"""Stored objects and quarantine, read anew: corrections, never market changes; what can be used leaves quarantine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from immobe.items import MappedListing, QuarantinedRecord, RawListing
from immobe.mapping.mapper import map_listing
from immobe.mapping.validation import validate
from immobe.market.quarantine import quarantined, retry
from immobe.market.remapping import remap
from immobe.platforms import get_platform
from immobe.replica.immoweb.portal import ImmowebPortal
from immobe.replica.market import Market, MarketDay
from immobe.storage.history import events_of
from immobe.storage.writer import ListingWriter

pytestmark = pytest.mark.integration
IMMOWEB = get_platform("immoweb")
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def pages() -> list[RawListing]:
    portal = ImmowebPortal(MarketDay(Market(7, 40)))
    return [
        RawListing(
            "immoweb",
            facts["platform_listing_id"],
            facts["url"],
            _object(portal, facts["url"]),
            NOW,
            "remap",
            facts["project_id"],
        )
        for facts in portal.truth()
    ]


def _object(portal: ImmowebPortal, url: str) -> dict[str, Any]:
    page = portal.reply(url.removeprefix("https://www.immoweb.be"), "").body.decode()
    return IMMOWEB.without_private_data(IMMOWEB.read_listing(page))


def mapped(source: RawListing) -> MappedListing:
    found, refused = validate(map_listing(IMMOWEB.mapping, source))
    assert not refused
    return found


def stored(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT * FROM listings ORDER BY id")))


def test_the_same_mapper_changes_nothing(engine: Engine, pages: list[RawListing]) -> None:
    ListingWriter(engine).write([mapped(page) for page in pages])
    before = stored(engine)
    done = remap(engine)
    assert (done.read, done.changed, done.fields) == (len(pages), 0, {})
    assert stored(engine) == before


def test_what_was_read_wrongly_is_corrected(engine: Engine, pages: list[RawListing]) -> None:
    wrong = mapped(pages[0])
    right = wrong.listing.postal_code
    worse = wrong.listing.model_copy(update={"postal_code": "1000", "bathroom_count": None})
    ListingWriter(engine).write([replace(wrong, listing=worse), *(mapped(page) for page in pages[1:])])
    before = stored(engine)

    plan = remap(engine, dry_run=True)
    assert stored(engine) == before
    assert plan.changed == 1
    assert plan.examples["postal_code"][1:] == ("1000", right)
    done = remap(engine, platform="immoweb", since=NOW - timedelta(days=1))
    assert done == plan
    assert remap(engine).changed == 0
    events = [e for e in events_of(engine, "immoweb", worse.platform_listing_id) if e.cause != "first"]
    assert {event.cause for event in events} == {"correction"}
    assert ("postal_code", "1000", right) in {(e.field, e.old, e.new) for e in events}
    assert remap(engine, since=NOW + timedelta(days=1)).read == 0


def test_a_gone_listing_stays_gone(engine: Engine, pages: list[RawListing]) -> None:
    page = mapped(pages[0])
    ListingWriter(engine).write([page])
    with engine.begin() as connection:
        connection.execute(text("UPDATE listings SET stage='gone', status='withdrawn', gone_at=now()"))
    assert remap(engine).changed == 0
    assert [row.status for row in stored(engine)] == ["withdrawn"]


def test_what_can_be_used_now_leaves_quarantine(engine: Engine, pages: list[RawListing]) -> None:
    good, other = pages[0], pages[1]
    broken = {**other.payload, "property": {**other.payload["property"], "type": "SPACE_STATION"}}
    records = [
        QuarantinedRecord("immoweb", p.url, (reason,), payload, NOW, "c", p.platform_listing_id)
        for p, reason, payload in (
            (good, "postal_code: not_parsed", good.payload),
            (other, "property_type: not_parsed", broken),
            (pages[2], "page_cut_off: the page ends", "<html>"),
        )
    ]
    ListingWriter(engine).write(records)
    assert len(quarantined(engine, platform="immoweb")) == 3
    assert [r.platform_listing_id for r in quarantined(engine, reason="postal_code")] == [good.platform_listing_id]

    outcomes = {result.record.platform_listing_id: result for result in retry(engine, quarantined(engine))}
    assert outcomes[good.platform_listing_id].outcome == "stored"
    assert outcomes[other.platform_listing_id].outcome == "refused"
    assert "property_type" in outcomes[other.platform_listing_id].reasons[0]
    assert outcomes[pages[2].platform_listing_id].outcome == "to_fetch"
    assert len(quarantined(engine)) == 2
    stages = {row.platform_listing_id: row.stage for row in stored(engine)}
    # Refused and read at the same moment: what was read counts.
    assert stages[good.platform_listing_id] == "scraped"

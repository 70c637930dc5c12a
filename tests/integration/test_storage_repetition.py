"""Deliveries repeat, arrive late and in any order: the tables must not care."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text

from immobe.items import (
    DetectedListing,
    Listing,
    MappedListing,
    MarketStatus,
    QuarantinedRecord,
    RawListing,
    RemovedListing,
)
from immobe.storage.deliveries import Writable
from immobe.storage.models import ListingRow, PayloadRow, QuarantineRow
from immobe.storage.writer import ListingWriter

pytestmark = pytest.mark.integration
MODELS = (ListingRow, PayloadRow, QuarantineRow)
START = datetime(2026, 1, 1, tzinfo=UTC)


@st.composite
def items(draw: st.DrawFn) -> Writable:
    listing_id = draw(st.sampled_from(["1", "2"]))
    url = f"https://example.org/{listing_id}"
    seen = START + timedelta(hours=draw(st.integers(0, 4)))
    status = draw(st.sampled_from([None, MarketStatus.AVAILABLE, MarketStatus.SOLD]))
    match draw(st.sampled_from(["card", "page", "page", "gone", "refused"])):
        case "card":
            return DetectedListing("immoweb", listing_id, url, seen, "c", {"status": status, "bedroom_count": 2})
        case "gone":
            return RemovedListing("immoweb", listing_id, url, "http_404", seen, "c")
        case "refused":
            return QuarantinedRecord("immoweb", url, ("no_price",), {"id": listing_id}, seen, "c", listing_id)
    values: dict[str, Any] = {"platform": "immoweb", "platform_listing_id": listing_id, "url": url, "status": status}
    values |= {"mapper_version": "1", "fetched_at": seen, "raw": {"price_eur": draw(st.sampled_from("ab"))}}
    if draw(st.booleans()):
        values["price_eur"] = Decimal(draw(st.integers(1, 3)))
    else:
        values["missing"] = {"price_eur": draw(st.sampled_from(["not_parsed", "not_in_advert", "rejected:x"]))}
    payload = {"price": str(values.get("price_eur"))}
    source = RawListing("immoweb", listing_id, url, payload, seen, "c")
    return MappedListing(Listing(**values), source, draw(st.booleans()))


def tables(engine: Engine) -> list[list[dict[str, Any]]]:
    """All rows, without the numbers that only say how often something was tried."""
    with engine.connect() as connection:
        found = [connection.execute(select(model.__table__)).mappings().all() for model in MODELS]
    rows = [[{k: v for k, v in row.items() if k not in ("id", "listing_id")} for row in table] for table in found]
    return [sorted(table, key=repr) for table in rows]


def written(engine: Engine, *batches: list[Writable]) -> list[list[dict[str, Any]]]:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM listings"))
        connection.execute(text("DELETE FROM quarantine"))
    for batch in batches:
        assert not any(ListingWriter(engine).write(batch))
    return tables(engine)


with_a_database = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@with_a_database
@given(st.lists(items(), max_size=7))
def test_twice_is_once(engine: Engine, sequence: list[Writable]) -> None:
    assert written(engine, sequence, sequence) == written(engine, sequence)


@with_a_database
@given(st.lists(items(), max_size=7))
def test_one_batch_is_the_same_as_one_by_one(engine: Engine, sequence: list[Writable]) -> None:
    assert written(engine, sequence) == written(engine, *([item] for item in sequence))


@with_a_database
@given(st.lists(items(), max_size=4))
def test_the_stage_does_not_depend_on_the_order(engine: Engine, sequence: list[Writable]) -> None:
    def stages(order: tuple[Writable, ...]) -> list[tuple[str, str]]:
        return sorted((row["platform_listing_id"], row["stage"]) for row in written(engine, list(order))[0])

    orders = itertools.islice(itertools.permutations(sequence), 6)
    assert len({tuple(stages(order)) for order in orders}) == 1

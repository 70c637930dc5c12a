"""Each pipeline does its one step and lets every other item pass."""

from datetime import UTC, datetime
from typing import Any

import pytest

from immobe.items import (
    DetectedListing,
    DetectedPage,
    Item,
    MappedListing,
    QuarantinedRecord,
    RawListing,
    RemovedListing,
)
from pipelines.mapper import MapperPipeline
from pipelines.postgres import PostgresPipeline
from pipelines.validation import ValidationPipeline

NOW = datetime(2026, 11, 24, tzinfo=UTC)
OBJECT: dict[str, Any] = {
    "id": 1,
    "property": {"type": "HOUSE", "location": {"postalCode": "9000"}},
    "transaction": {"type": "FOR_SALE"},
    "price": {"mainValue": 250000},
}


def raw(payload: dict[str, Any]) -> RawListing:
    return RawListing("immoweb", "1", "https://www.immoweb.be/en/classified/1", payload, NOW, "c")


OTHERS: list[Item] = [
    DetectedPage(()),
    RemovedListing("immoweb", "1", "u", "http_404", NOW, "c"),
    QuarantinedRecord("immoweb", "u", ("empty",), "", NOW, "c"),
]


@pytest.mark.parametrize("item", OTHERS, ids=lambda i: type(i).__name__)
def test_other_items_pass(item: Item) -> None:
    assert MapperPipeline().process_item(item) is item
    assert ValidationPipeline().process_item(item) is item


def test_an_object_becomes_a_valid_record() -> None:
    item = ValidationPipeline().process_item(MapperPipeline().process_item(raw(OBJECT)))
    assert isinstance(item, MappedListing)
    assert (item.listing.price_eur, item.listing.province, item.suspicious) == (250000, "east_flanders", False)


def test_an_unusable_record_is_quarantined_whole_with_its_payload() -> None:
    payload = {**OBJECT, "property": {"type": "HOUSE", "location": {"postalCode": "75001"}}}
    item = ValidationPipeline().process_item(MapperPipeline().process_item(raw(payload)))
    assert isinstance(item, QuarantinedRecord)
    assert item.reasons == ("postal_code: not_parsed",)
    assert (item.payload, item.platform_listing_id, item.correlation_id) == (payload, "1", "c")


@pytest.mark.parametrize("branch", ["transaction", "price"])
def test_a_page_without_a_branch_is_suspicious(branch: str) -> None:
    item = MapperPipeline().process_item(raw({**OBJECT, branch: None}))
    assert isinstance(item, MappedListing)
    assert item.suspicious
    assert item.listing.missing["price_eur" if branch == "price" else "transaction_type"] == "not_parsed"


class Notebook:
    """Stands in for the batching writer: notes what it was given."""

    def __init__(self) -> None:
        self.rows: list[object] = []

    async def write(self, row: object) -> None:
        self.rows.append(row)

    async def close(self) -> None:
        self.rows.append("closed")


async def test_a_page_of_cards_is_written_card_by_card() -> None:
    writer = Notebook()
    pipeline = PostgresPipeline(writer)  # type: ignore[arg-type]
    card = DetectedListing("immoweb", "1", "u", NOW, "c")
    await pipeline.process_item(DetectedPage((card, card)))
    removed = RemovedListing("immoweb", "1", "u", "http_404", NOW, "c")
    assert await pipeline.process_item(removed) is removed
    await pipeline.close_spider()
    assert writer.rows == [card, card, removed, "closed"]

"""Items become rows: what is doubted, what a card may say, what PostgreSQL cannot hold."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from immobe.items import (
    DetectedListing,
    Listing,
    ListingKind,
    LocationPrecision,
    MappedListing,
    MarketStatus,
    QuarantinedRecord,
    RawListing,
    RemovedListing,
)
from immobe.storage.deliveries import Writable, prepare

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def page(*, suspicious: bool = False, **values: Any) -> MappedListing:
    given: dict[str, Any] = {"platform": "immoweb", "platform_listing_id": "1", "url": "https://example.org/1"}
    listing = Listing(**given | {"mapper_version": "1", "fetched_at": NOW} | values)
    return MappedListing(listing, RawListing("immoweb", "1", "https://example.org/1", {"id": 1}, NOW, "c"), suspicious)


def card(listing_id: str = "1", url: str = "https://example.org/1", **values: Any) -> DetectedListing:
    return DetectedListing("immoweb", listing_id, url, NOW, "c", values)


def row(item: Writable) -> dict[str, Any]:
    row_json = prepare(0, item).row_json
    assert row_json is not None
    loaded: dict[str, Any] = json.loads(row_json)
    return loaded


def test_only_refused_and_unread_nulls_are_doubted() -> None:
    missing = {
        "price_eur": "not_parsed",
        "epc_label": "rejected:range",
        "street": "not_in_advert",
        "bedroom_count": "not_parsed",
    }
    assert row(page(bedroom_count=3, missing=missing))["doubted"] == {
        "price_eur": "not_parsed",
        "epc_label": "rejected:range",
    }


def test_every_null_and_empty_text_of_a_suspicious_page_is_doubted() -> None:
    doubted = row(page(suspicious=True, price_eur=Decimal(1), missing={"street": "not_in_advert"}))["doubted"]
    assert doubted["title"] == doubted["image_urls"] == doubted["bedroom_count"] == "suspicious_page"
    assert doubted["street"] == "not_in_advert"
    assert not {"price_eur", "url", "missing", "raw"} & doubted.keys()


def test_what_a_suspicious_page_says_for_want_of_more_is_doubted() -> None:
    said_nothing = row(page(suspicious=True, location_precision=LocationPrecision.MUNICIPALITY))["doubted"]
    assert said_nothing["listing_kind"] == said_nothing["location_precision"] == "suspicious_page"
    place = {"latitude": Decimal(50), "longitude": Decimal(4), "street": "Rue Haute", "house_number": "1"}
    stated = row(
        page(suspicious=True, listing_kind=ListingKind.UNIT, location_precision=LocationPrecision.EXACT, **place)
    )["doubted"]
    assert not {"listing_kind", "location_precision"} & stated.keys()


def test_how_precise_a_place_is_goes_with_the_place() -> None:
    far = {"latitude": "rejected:far_from_postal_code", "longitude": "rejected:far_from_postal_code"}
    assert row(page(location_precision=LocationPrecision.MUNICIPALITY, missing=far))["doubted"].keys() == {
        *far,
        "location_precision",
    }
    assert (
        row(page(location_precision=LocationPrecision.MUNICIPALITY, missing={"latitude": "not_in_advert"}))["doubted"]
        == {}
    )


def test_a_card_says_what_it_knows_and_no_more() -> None:
    said = row(
        card(
            price_eur=Decimal("250000.5"),
            status=MarketStatus.AVAILABLE,
            bedroom_count=None,
            price_text="€ 250.000",
            missing={"x": "y"},
        )
    )
    assert (said["price_eur"], said["status"], said["missing"]) == ("250000.5", "available", {})
    assert not {"bedroom_count", "price_text"} & said.keys()


def test_a_card_cannot_say_who_it_is() -> None:
    said = row(DetectedListing("immoweb", "1", "https://example.org/1", NOW, "c", {"url": "x", "platform": "x"}))
    assert (said["platform"], said["url"]) == ("immoweb", "https://example.org/1")


@pytest.mark.parametrize("text", ["nul\x00", "half a pair \ud83c"])
def test_texts_hold_only_what_postgresql_holds(text: str) -> None:
    item = card(f"1{text}", f"https://example.org/{text}", locality=f"Gand{text}", raw={text: [text]})
    delivery = prepare(0, item)
    assert delivery.row_json is not None
    assert b"\\u0000" not in delivery.row_json
    assert delivery.key == ("immoweb", json.loads(delivery.row_json)["platform_listing_id"])


def test_a_literal_escape_in_a_text_is_no_nul() -> None:
    assert row(card(locality="C:\\u0000"))["locality"] == "C:\\u0000"


def test_evidence_of_removal_makes_a_small_row() -> None:
    gone = row(RemovedListing("immoweb", "1", "https://example.org/1", "http_410", NOW, "c"))
    assert (gone["stage"], gone["gone_at"], gone["gone_evidence"]) == ("gone", "2026-01-02T03:04:00Z", "http_410")


@pytest.mark.parametrize(
    ("listing_id", "url", "has_row"), [("1", "https://x", True), (None, "https://x", False), ("1", "", False)]
)
def test_a_quarantined_record_has_a_row_when_the_listing_is_known(
    listing_id: str | None, url: str, has_row: bool
) -> None:
    item = QuarantinedRecord("immoweb", url, ("no_price",), {"id": 1}, NOW, "c", listing_id)
    delivery = prepare(0, item)
    assert (delivery.row_json is not None) is has_row
    assert delivery.quarantine is not None


def test_the_fingerprint_ignores_when_and_sees_what() -> None:
    def fingerprint(payload: dict[str, Any] | str, seen_at: datetime) -> bytes:
        quarantine = prepare(0, QuarantinedRecord("immoweb", "u", ("r",), payload, seen_at, "c")).quarantine
        assert quarantine is not None
        found: bytes = quarantine["fingerprint"]
        return found

    later = NOW.replace(year=2027)
    assert fingerprint({"id": 1}, NOW) == fingerprint({"id": 1}, later)
    assert fingerprint({"id": 1}, NOW) != fingerprint({"id": 2}, NOW)
    assert fingerprint("<html>", NOW) != fingerprint("<body>", NOW)

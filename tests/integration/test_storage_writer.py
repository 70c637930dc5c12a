"""What each kind of item does to the tables."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import AwareDatetime
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

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
from immobe.storage.failures import Failure, note_failures
from immobe.storage.models import ListingRow, PayloadRow, QuarantineRow
from immobe.storage.payloads import decode, decompress
from immobe.storage.writer import ListingWriter

pytestmark = pytest.mark.integration
URL = "https://example.org/1"


def at(hour: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)


def page(hour: int, *, suspicious: bool = False, payload: dict[str, Any] | None = None, **values: Any) -> MappedListing:
    given: dict[str, Any] = {"platform": "immoweb", "platform_listing_id": "1", "url": URL}
    listing = Listing(**given | {"mapper_version": "1", "fetched_at": at(hour)} | values)
    source = RawListing("immoweb", "1", URL, {"hour": hour} if payload is None else payload, at(hour), f"page-{hour}")
    return MappedListing(listing, source, suspicious)


def card(hour: int, **values: Any) -> DetectedListing:
    return DetectedListing("immoweb", "1", URL, at(hour), f"card-{hour}", values)


def gone(hour: int, evidence: str = "http_404") -> RemovedListing:
    return RemovedListing("immoweb", "1", URL, evidence, at(hour), f"gone-{hour}")


def refused(hour: int, listing_id: str | None = "1", reasons: tuple[str, ...] = ("no_price",)) -> QuarantinedRecord:
    return QuarantinedRecord("immoweb", URL, reasons, {"id": 1}, at(hour), f"refused-{hour}", listing_id)


class Database:
    """The writer under test, and the tables as they are after it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = ListingWriter(engine)

    def write(self, *items: Writable) -> None:
        """In one batch each: what one batch does is tested apart."""
        for item in items:
            assert self._writer.write([item]) == [None]

    def write_batch(self, *items: Writable) -> None:
        assert self._writer.write(items) == [None] * len(items)

    @property
    def row(self) -> ListingRow:
        with Session(self.engine) as session:
            return session.scalars(select(ListingRow)).one()

    def all(self, model: type[Any]) -> list[Any]:
        with Session(self.engine) as session:
            return list(session.scalars(select(model)))


@pytest.fixture
def database(engine: Engine) -> Database:
    return Database(engine)


def example(name: str, annotation: Any) -> Any:
    """A value of any field of the record."""
    if get_origin(annotation) in (Union, UnionType):
        return example(name, get_args(annotation)[0])
    if hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    if get_origin(annotation) is Literal:
        return get_args(annotation)[-1]
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return list(annotation)[-1]
    patterned = {"postal_code": "9000", "municipality_nis": "44021", "missing": {}}
    kinds = {Decimal: Decimal("12345.67"), int: 7, bool: False, AwareDatetime: at(1), date: date(2026, 2, 3), str: name}
    kinds |= {dict: {"fr": "à « l'é »"}, list: ["https://example.org/1.jpg", "b"]}
    return patterned.get(name) or kinds[get_origin(annotation) or annotation]


def test_every_field_of_the_record_is_stored(database: Database) -> None:
    listing = Listing(**{name: example(name, field.annotation) for name, field in Listing.model_fields.items()})
    database.write(MappedListing(listing, RawListing("platform", "1", URL, {}, at(1), "c")))
    stored = database.row
    assert {name: getattr(stored, name) for name in Listing.model_fields} == listing.model_dump()


def test_a_card_makes_a_discovered_row(database: Database) -> None:
    database.write(card(1, price_eur=Decimal(250_000), status=MarketStatus.AVAILABLE, price_text="€ 250.000"))
    row = database.row
    assert (row.stage, row.url, row.first_seen_at, row.last_seen_at) == ("discovered", URL, at(1), at(1))
    assert (row.price_eur, row.status, row.correlation_id) == (250_000, "available", "card-1")
    assert (row.scraped_at, row.mapper_version, row.title) == (None, None, {})


def test_a_card_of_a_known_listing_only_says_it_was_seen(database: Database) -> None:
    database.write(page(1, price_eur=Decimal(1), status=MarketStatus.SOLD), card(3, price_eur=Decimal(2)), card(2))
    row = database.row
    assert (row.stage, row.price_eur, row.status, row.scraped_at) == ("scraped", 1, "sold", at(1))
    assert (row.first_seen_at, row.last_seen_at, row.correlation_id) == (at(1), at(3), "page-1")


def test_a_page_fills_a_discovered_row(database: Database) -> None:
    database.write(card(1, price_eur=Decimal(1)), page(2, price_eur=Decimal(2), raw={"price_eur": "€ 2"}))
    row = database.row
    assert (row.stage, row.scraped_at, row.fetched_at) == ("scraped", at(2), at(2))
    assert (row.first_seen_at, row.last_seen_at) == (at(1), at(2))
    assert (row.price_eur, row.raw, row.correlation_id) == (2, {"price_eur": "€ 2"}, "page-2")


def test_the_latest_payload_is_kept(database: Database) -> None:
    database.write(page(1, payload={"v": 1}), page(3, payload={"v": 3}, mapper_version="2"), page(2, payload={"v": 2}))
    (payload,) = database.all(PayloadRow)
    assert payload.listing_id == database.row.id
    assert decode("json", decompress(payload.payload)) == {"v": 3}
    assert (payload.mapper_version, payload.fetched_at, len(payload.sha256)) == ("2", at(3), 32)


@pytest.mark.parametrize(
    ("reason", "kept"),
    [("not_parsed", True), ("rejected:yearly_total", True), ("not_in_advert", False), (None, False)],
)
def test_a_null_replaces_a_value_only_when_the_advert_lacks_it(
    database: Database, reason: str | None, kept: bool
) -> None:
    missing = {"street": "not_in_advert"} | ({"epc_kwh_m2_year": reason} if reason else {})
    database.write(
        page(1, epc_kwh_m2_year=120, raw={"epc_kwh_m2_year": "120 kWh"}),
        page(2, missing=missing, raw={"epc_kwh_m2_year": "120000"}),
    )
    row = database.row
    assert row.epc_kwh_m2_year == (120 if kept else None)
    assert row.missing == ({"street": "not_in_advert"} if kept else missing)
    assert row.doubted == ({"epc_kwh_m2_year": reason} if kept else {})
    assert row.raw == {"epc_kwh_m2_year": "120 kWh" if kept else "120000"}


def test_a_doubted_null_without_a_stored_value_stays_missing(database: Database) -> None:
    database.write(page(1), page(2, missing={"price_eur": "not_parsed"}, raw={"price_eur": "call"}))
    row = database.row
    assert (row.price_eur, row.missing, row.raw) == (None, {"price_eur": "not_parsed"}, {"price_eur": "call"})


def test_a_suspicious_page_takes_nothing_away(database: Database) -> None:
    good = {"price_eur": Decimal(1), "street": "Rue Haute", "title": {"fr": "Maison"}, "image_urls": ["a"]}
    database.write(page(1, **good), page(2, suspicious=True, bedroom_count=3, missing={"street": "not_in_advert"}))
    row = database.row
    assert {name: getattr(row, name) for name in good} == good
    assert (row.bedroom_count, row.scraped_at, row.missing) == (3, at(2), {})
    assert row.doubted["title"] == "suspicious_page"


def test_an_unchanged_page_is_seen_and_changes_nothing_else(database: Database) -> None:
    database.write(page(1, price_eur=Decimal(1), missing={"street": "not_in_advert"}), card(2))
    before = {name: getattr(database.row, name) for name in ("price_eur", "missing", "scraped_at", "stage")}
    unchanged = DetectedListing("immoweb", "1", URL, at(3), "unchanged-3", unchanged=True)
    database.write(unchanged, card(4))
    row = database.row
    assert {name: getattr(row, name) for name in before} == before
    assert (row.unchanged_at, row.last_seen_at) == (at(3), at(4))


def test_a_good_page_may_empty_texts(database: Database) -> None:
    database.write(page(1, title={"fr": "Maison"}, image_urls=["a"]), page(2))
    assert (database.row.title, database.row.image_urls) == ({}, [])


def test_a_late_page_does_not_overwrite_a_newer_one(database: Database) -> None:
    database.write(page(2, price_eur=Decimal(2)), page(1, price_eur=Decimal(1), street="Rue Haute"))
    row = database.row
    assert (row.price_eur, row.street, row.scraped_at, row.first_seen_at) == (2, None, at(2), at(1))


@pytest.mark.parametrize(
    ("status", "afterwards"),
    [
        (MarketStatus.AVAILABLE, "withdrawn"),
        (MarketStatus.UNDER_OPTION, "withdrawn"),
        (MarketStatus.SOLD, "sold"),
        (MarketStatus.RENTED, "rented"),
        (None, None),
    ],
)
def test_a_removed_listing_is_gone_and_never_called_sold(
    database: Database, status: MarketStatus | None, afterwards: str | None
) -> None:
    database.write(page(1, status=status, price_eur=Decimal(1)), gone(2, "redirected_home"))
    row = database.row
    assert (row.stage, row.gone_at, row.gone_evidence) == ("gone", at(2), "redirected_home")
    assert (row.status, row.price_eur, row.last_seen_at) == (afterwards, 1, at(1))


def test_an_unknown_listing_found_gone_has_a_small_row(database: Database) -> None:
    database.write(gone(1))
    row = database.row
    assert (row.stage, row.url, row.gone_at, row.status) == ("gone", URL, at(1), None)


def test_old_evidence_does_not_remove_a_newer_page(database: Database) -> None:
    database.write(page(3, status=MarketStatus.AVAILABLE), gone(2))
    assert (database.row.stage, database.row.status) == ("scraped", "available")


def test_a_gone_listing_that_is_seen_again_is_discovered_again(database: Database) -> None:
    database.write(page(1), gone(2), card(3))
    assert database.row.stage == "discovered"
    database.write(page(4, status=MarketStatus.AVAILABLE))
    assert (database.row.stage, database.row.status) == ("scraped", "available")


def test_an_older_card_does_not_bring_a_gone_listing_back(database: Database) -> None:
    database.write(card(1), gone(3), card(2))
    assert database.row.stage == "gone"


def test_a_page_fetched_before_the_evidence_leaves_it_gone(database: Database) -> None:
    database.write(gone(2), page(1, status=MarketStatus.AVAILABLE, price_eur=Decimal(1)))
    assert (database.row.stage, database.row.status, database.row.price_eur) == ("gone", "withdrawn", 1)


def test_a_refused_record_is_kept_with_its_reasons(database: Database) -> None:
    database.write(refused(1, None, ("no_price", "no_place")))
    (record,) = database.all(QuarantineRow)
    assert (record.reasons, record.platform_listing_id, record.seen_at) == (["no_price", "no_place"], None, at(1))
    assert decode(record.payload_kind, decompress(record.payload)) == {"id": 1}
    assert database.all(ListingRow) == []


def test_a_refused_record_met_again_is_one_record(database: Database) -> None:
    database.write(refused(1), refused(3), refused(2))
    (record,) = database.all(QuarantineRow)
    assert record.seen_at == at(3)


@pytest.mark.parametrize(
    ("before", "stage"),
    [([], "rejected"), ([card(1)], "rejected"), ([page(1)], "scraped"), ([page(1), gone(2)], "rejected")],
)
def test_a_refused_page_rejects_what_was_never_scraped(database: Database, before: list[Writable], stage: str) -> None:
    database.write(*before, refused(3))
    assert database.row.stage == stage


def test_a_rejected_listing_keeps_its_values_and_recovers(database: Database) -> None:
    database.write(card(1, price_eur=Decimal(1)), refused(2), card(3))
    assert (database.row.stage, database.row.price_eur) == ("rejected", 1)
    database.write(page(4))
    assert database.row.stage == "scraped"


def failed(hour: int, reason: str = "http_500") -> Failure:
    return Failure("immoweb", "1", at(hour), reason)


@pytest.mark.parametrize(
    ("item", "stage"), [(card(4), "failed"), (page(4), "scraped"), (page(2), "scraped"), (gone(4), "gone")]
)
def test_a_failed_listing_needs_more_than_a_card(database: Database, item: Writable, stage: str) -> None:
    database.write(card(1))
    assert note_failures(database.engine, [failed(3)]) == 1
    assert (database.row.stage, database.row.failed_at, database.row.failure) == ("failed", at(3), "http_500")
    database.write(item)
    assert (database.row.stage, database.row.failure) == (stage, "http_500")


@pytest.mark.parametrize(
    ("before", "stage"),
    [
        ([page(1, price_eur=Decimal(1))], "scraped"),
        ([page(1, price_eur=Decimal(1)), gone(2)], "gone"),
        ([card(1, price_eur=Decimal(1)), refused(2)], "rejected"),
        ([page(1, price_eur=Decimal(1)), gone(2), card(3)], "failed"),
    ],
)
def test_a_visit_that_failed_takes_nothing_away(database: Database, before: list[Writable], stage: str) -> None:
    database.write(*before)
    note_failures(database.engine, [failed(4), failed(3, "older")])
    row = database.row
    assert (row.stage, row.price_eur, row.failed_at, row.failure) == (stage, 1, at(4), "http_500")


def test_a_failure_before_it_went_and_came_back_says_nothing(database: Database) -> None:
    database.write(card(1), gone(3), card(4))
    note_failures(database.engine, [failed(2)])
    assert database.row.stage == "discovered"
    database.write(card(5))
    assert database.row.stage == "discovered"


def test_a_failure_of_an_unknown_listing_makes_no_row(database: Database) -> None:
    assert note_failures(database.engine, [failed(1)]) == 0
    assert database.all(ListingRow) == []


def test_one_batch_may_hold_a_listing_several_times(database: Database) -> None:
    database.write_batch(card(1), page(2, price_eur=Decimal(2)), page(3, price_eur=Decimal(3)), refused(4), gone(5))
    row = database.row
    assert (row.stage, row.price_eur, row.first_seen_at, row.scraped_at) == ("gone", 3, at(1), at(3))


def test_an_empty_batch_is_no_work(database: Database) -> None:
    database.write_batch()
    assert database.all(ListingRow) == []

"""A status changes by evidence alone: whatever comes, in whatever order, nothing else moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, text

from immobe.items import (
    DetectedListing,
    Listing,
    MappedListing,
    MarketStatus,
    PropertyType,
    QuarantinedRecord,
    RawListing,
    RemovedListing,
    TransactionType,
)
from immobe.storage.failures import Failure, note_failures
from immobe.storage.writer import ListingWriter

pytestmark = pytest.mark.integration
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NUMBERS = count()
STATED = st.sampled_from([MarketStatus.AVAILABLE, MarketStatus.UNDER_OPTION, MarketStatus.SOLD])


class OneAdvert(RuleBasedStateMachine):
    """What comes about one advert. The model knows pages and removals; nothing else may count."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.writer = ListingWriter(self.engine)
        self.number = str(next(NUMBERS))
        self.now = BEGIN
        self.page: tuple[datetime, MarketStatus] | None = None
        self.removed: datetime | None = None

    def _listing(self, status: MarketStatus | None, at: datetime, *, suspicious: bool = False) -> MappedListing:
        listing = Listing(
            platform="immoweb",
            platform_listing_id=self.number,
            url=self._url,
            transaction_type=TransactionType.SALE,
            property_type=PropertyType.HOUSE,
            postal_code="9000",
            status=status,
            mapper_version="1",
            fetched_at=at,
        )
        return MappedListing(listing, RawListing("immoweb", self.number, self._url, {}, at, "c"), suspicious)

    @property
    def _url(self) -> str:
        return f"https://www.immoweb.be/en/classified/{self.number}"

    @rule(status=STATED, late=st.booleans())
    def a_page(self, status: MarketStatus, late: bool) -> None:
        at = self.now - timedelta(hours=3, minutes=7) if late else self.now
        assert self.writer.write([self._listing(status, at)]) == [None]
        if self.page is None or at >= self.page[0]:
            self.page = at, status

    @precondition(lambda self: self.page is not None)
    @rule()
    def a_page_that_lost_its_status(self) -> None:
        stays = self._expected()
        self.writer.write([self._listing(None, self.now, suspicious=True)])
        assert stays is not None
        self.page = self.now, stays

    @precondition(lambda self: self.page is not None)
    @rule(hours=st.integers(0, 2))
    def evidence_that_it_went(self, hours: int) -> None:
        at = self.now - timedelta(hours=hours, minutes=3)
        item = RemovedListing("immoweb", self.number, self._url, "http_404", at, "c")
        assert self.writer.write([item]) == [None]
        self.removed = max(at, self.removed or at)

    @rule(status=st.none() | STATED)
    def a_card(self, status: MarketStatus | None) -> None:
        if self.page is None:
            status = None  # a first card may tell the first status; that is no change
        card = {} if status is None else {"status": status, "price_eur": 1}
        self.writer.write([DetectedListing("immoweb", self.number, self._url, self.now, "c", card)])

    @rule()
    def a_block_or_an_unreadable_page(self) -> None:
        item = QuarantinedRecord("immoweb", self._url, ("captcha",), "<html>", self.now, "c", self.number)
        self.writer.write([item])

    @rule()
    def a_page_that_was_given_up(self) -> None:
        note_failures(self.engine, [Failure("immoweb", self.number, self.now, "download: TimeoutError")])

    @rule(hours=st.integers(1, 2000))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def _expected(self) -> MarketStatus | None:
        if self.page is None:
            return None
        read_at, status = self.page
        on_offer = status in (MarketStatus.AVAILABLE, MarketStatus.UNDER_OPTION)
        went = self.removed is not None and self.removed >= read_at
        return MarketStatus.WITHDRAWN if on_offer and went else status

    @invariant()
    def only_pages_and_removals_count(self) -> None:
        query = text("SELECT status FROM listings WHERE platform_listing_id = :number")
        with self.engine.connect() as connection:
            assert connection.scalar(query, {"number": self.number}) == self._expected()


def test_nothing_but_evidence_changes_a_status(engine: Engine) -> None:
    machine = type("OneAdvertHere", (OneAdvert,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )

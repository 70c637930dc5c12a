"""A platform of the replica, day by day and without HTTP: its pages are read, mapped, validated and counted."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from immobe.errors import PageError
from immobe.items import MappedListing, QuarantinedRecord, RawListing
from immobe.mapping.mapper import map_listing
from immobe.mapping.validation import validate
from immobe.market.monitors.tally import Tally
from immobe.platforms import get_platform
from immobe.replica.market import Market, MarketDay
from immobe.replica.portals import PORTALS
from tests.integration.breakages import Spoil

FIRST_DAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
CARDS = 30
Record = MappedListing | QuarantinedRecord


def moment(day: int) -> datetime:
    return FIRST_DAY + timedelta(days=day)


class MonitoredMarket:
    """Adverts as a crawl would meet them, kind by kind. What has not changed since it was read is not read again."""

    def __init__(self, platform: str, listings: int, seed: int = 11) -> None:
        self.platform = get_platform(platform)
        self._market = Market(seed, listings)
        self._read: dict[str, tuple[dict[str, Any], RawListing, Record]] = {}

    def pages(self, day: int) -> list[tuple[bool, RawListing, Record]]:
        """(new or changed, object, record) of every advert on the market that day."""
        portal = PORTALS[self.platform.name](MarketDay(self._market, day), None)
        told = sorted(portal.truth(), key=lambda f: (f["transaction_type"], f["property_type"], f["url"]))
        return [self._page(portal, facts, day) for facts in told]

    def _page(self, portal: Any, facts: dict[str, Any], day: int) -> tuple[bool, RawListing, Record]:
        number = facts["platform_listing_id"]
        if number in self._read and self._read[number][0] == facts:
            return False, *self._read[number][1:]
        address = urlsplit(facts["url"])
        page = portal.reply(address.path, address.query).body.decode()
        payload = self.platform.without_private_data(self.platform.read_listing(page, facts["url"]))
        source = RawListing(self.platform.name, number, facts["url"], payload, moment(day), "monitors")
        self._read[number] = facts, source, self.record(source)
        return True, source, self._read[number][2]

    def record(self, source: RawListing, spoil: Spoil | None = None) -> Record:
        """What becomes of an object, or of the object as another layout would have it."""
        if spoil is not None:
            payload = copy.deepcopy(source.payload)
            spoil(payload)
            source = RawListing(source.platform, source.platform_listing_id, source.url, payload, source.fetched_at, "")
        mapped, reasons = validate(map_listing(self.platform.mapping, source))
        return refused(source, reasons) if reasons else mapped

    def unreadable(self, source: RawListing, page: str) -> QuarantinedRecord:
        """What becomes of another page in its place."""
        try:
            self.platform.read_listing(page, source.url)
        except PageError as error:
            return refused(source, (f"{error.reason}: {error}",))
        raise AssertionError("this page can be read")


def refused(source: RawListing, reasons: tuple[str, ...]) -> QuarantinedRecord:
    return QuarantinedRecord(
        source.platform, source.url, reasons, source.payload, source.fetched_at, "", source.platform_listing_id
    )


def counted(records: list[Record], cards: Callable[[int], int] = lambda shown: shown) -> Tally:
    """A run's tally. `cards`: how many of a search page's cards are shown."""
    tally = Tally()
    for record in records:
        tally.mapped(record) if isinstance(record, MappedListing) else tally.quarantined(record)
    for shown in page_lengths(len(records)):
        tally.search_page(cards(shown))
    return tally


def page_lengths(adverts: int) -> Iterator[int]:
    for start in range(0, adverts, CARDS):
        yield min(CARDS, adverts - start)


@lru_cache
def market(platform: str, listings: int, seed: int = 11) -> MonitoredMarket:
    """One a test session: reading pages takes longer than everything else."""
    return MonitoredMarket(platform, listings, seed)

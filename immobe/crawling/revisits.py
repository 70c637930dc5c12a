"""When a known listing is fetched again: soon after its card changed, else by its age, ever more rarely.

A card that shows nothing new costs no fetch: the listing counts as seen (its row's `last_seen_at`). What is fetched
comes by need: changed listings first, then new ones, then those that are only due by their age.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from immobe.config import Config
from immobe.errors import ServiceError
from immobe.items import DetectedPage, Stage
from immobe.storage.engine import make_engine
from immobe.storage.queries import KnownListing, known_listings

# What a card and a row both say, and what makes a visit worth while when it differs.
_COMPARED = ("price_eur", "price_min_eur", "price_max_eur", "status", "annuity_lump_sum_eur", "annuity_monthly_eur")
SHARE_OF_AGE = 0.1


@dataclass(frozen=True, slots=True)
class RevisitPolicy:
    """A listing that is n days old is fetched again after n / 10 days, within these bounds."""

    shortest: timedelta
    longest: timedelta

    def pause(self, age: timedelta) -> timedelta:
        """How long to leave a listing of this age alone.

        >>> str(RevisitPolicy(timedelta(days=1), timedelta(days=14)).pause(timedelta(days=50)))
        '5 days, 0:00:00'
        """
        return min(max(age * SHARE_OF_AGE, self.shortest), self.longest)


class Urgency(IntEnum):
    """Why a listing is fetched; also the priority of its request. Of equal ones the queue takes the first found."""

    AGE = 0
    NEW = 2
    """Never read, or back on the market: search results come newest first, and so do these."""
    CHANGED = 3
    """Its card says other than its row."""


def urgency(
    known: KnownListing | None, card: Mapping[str, Any], policy: RevisitPolicy, now: datetime
) -> Urgency | None:
    """Why to fetch a listing whose card says `card` (empty: it has none) and whose row says `known`; None: not now."""
    if known is None or known.stage not in (Stage.SCRAPED, Stage.REJECTED) or known.scraped_at is None:
        return Urgency.NEW
    if any(card.get(name) is not None and card[name] != getattr(known, name) for name in _COMPARED):
        return Urgency.CHANGED
    visited = max(known.scraped_at, known.unchanged_at or known.scraped_at)
    return Urgency.AGE if now - visited >= policy.pause(now - known.first_seen_at) else None


class RevisitMiddleware:
    """Spider middleware: lets only those listing requests pass that are due, and marks visits to known pages."""

    def __init__(self, crawler: Crawler) -> None:
        config: Config = crawler.settings["IMMOBE_CONFIG"]
        self._crawler = crawler
        self._policy = RevisitPolicy(
            timedelta(days=config.revisit_shortest_days), timedelta(days=config.revisit_longest_days)
        )
        self._engine = make_engine(config, crawler.settings["DATABASE_URL"], "immobe revisits")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Passes everything on; listing requests last, after one look at their rows."""
        cards: dict[str, Mapping[str, Any]] = {}
        listings: list[Request] = []
        async for output in result:
            if isinstance(output, DetectedPage):
                cards |= {card.platform_listing_id: card.card for card in output.listings}
            if isinstance(output, Request) and "listing_id" in output.cb_kwargs:
                listings.append(output)
            else:
                yield output
        for request in await self._due(listings, cards):
            yield request

    async def _due(self, requests: list[Request], cards: Mapping[str, Mapping[str, Any]]) -> list[Request]:
        if not requests:
            return []
        ids = [request.cb_kwargs["listing_id"] for request in requests]
        platform = self._crawler.spider.name if self._crawler.spider else ""
        try:
            known = await asyncio.to_thread(known_listings, self._engine, platform, ids)
        except ServiceError:
            return requests  # better once too often
        now, due = datetime.now(UTC), []
        for listing_id, request in zip(ids, requests, strict=True):
            why = urgency(known.get(listing_id), cards.get(listing_id, {}), self._policy, now)
            if why is not None:
                request.meta["conditional"] = listing_id in known and known[listing_id].stage == Stage.SCRAPED
                due.append(request.replace(priority=request.priority + why))
        self._crawler.stats.inc_value("revisits/not_due", len(requests) - len(due))
        return due

"""Queues again what PostgreSQL knows and Redis has lost: listings that were discovered and never scraped.

PostgreSQL is the durable truth: a discovered listing is a row before its request is queued. So an emptied Redis (a
restart without its log, FLUSHALL) can be filled again from the rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import islice
from uuid import uuid4

from redis import Redis
from sqlalchemy import Engine

from immobe.crawling import serializer
from immobe.crawling.dead_listings import note_dead_listings
from immobe.crawling.fingerprints import listing_fingerprint
from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_records import Entry
from immobe.storage.queries import UnscrapedListing, unscraped_listings

_log = logging.getLogger(__name__)
_PORTION = 500
# Several workers notice a loss at once; one of them reconciles.
_LOCK_SECONDS = 60


def reconcile(engine: Engine, redis: Redis, queue: LeasedQueue, platform: str) -> int:
    """Queues the platform's unscraped listings that are not queued; returns how many were.

    Dead letters are noted first: a listing that was given up is failed, and not queued again and again.
    With an empty queue nothing is queued, whatever fingerprints say; else those of the living runs tell what is. A
    request of ours is named after its listing, so it is never there twice. Raises redis' errors, and ServiceError when
    PostgreSQL cannot be reached.
    """
    if not redis.set(f"{queue.key}:reconcile", "1", nx=True, ex=_LOCK_SECONDS):
        return 0
    try:
        note_dead_listings(engine, queue, platform)
        empty = queue.finished()
        queued = 0
        for part in _portions(unscraped_listings(engine, platform)):
            prints = [listing_fingerprint(platform, listing.platform_listing_id) for listing in part]
            seen = [False] * len(part) if empty else queue.seen_by_a_run(prints)
            lost = [listing for listing, known in zip(part, seen, strict=True) if not known]
            queued += sum(queue.enqueue([listing_entry(platform, listing) for listing in lost]))
    finally:
        redis.delete(f"{queue.key}:reconcile")
    _log.info("reconcile: %d listings of %s queued again", queued, platform)
    return queued


def _portions(listings: Iterator[UnscrapedListing]) -> Iterator[list[UnscrapedListing]]:
    while part := list(islice(listings, _PORTION)):
        yield part


def listing_entry(platform: str, listing: UnscrapedListing) -> Entry:
    """The request of a listing page, as PlatformSpider would queue it."""
    request = {
        "url": listing.url,
        "callback": "parse_listing",
        "errback": "failed",
        "cb_kwargs": {"listing_id": listing.platform_listing_id, "project_id": listing.project_id},
        "meta": {"correlation_id": uuid4().hex},
    }
    name = listing_fingerprint(platform, listing.platform_listing_id).hex()
    return Entry(f"listing-{name}", serializer.dumps(request).encode())

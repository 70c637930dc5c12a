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
from immobe.crawling.fingerprints import listing_fingerprint
from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_records import Entry, RequestIds
from immobe.storage.queries import unscraped_listings

_log = logging.getLogger(__name__)
_PORTION = 500
# Several workers notice a loss at once; one of them reconciles.
_LOCK_SECONDS = 60


def reconcile(engine: Engine, redis: Redis, queue: LeasedQueue, platform: str) -> int:
    """Queues the platform's unscraped listings that are not queued; returns how many were.

    With an empty queue nothing is queued, whatever fingerprints say; else the fingerprints of the run that lives tell
    what is. Harmless when repeated: a listing that is queued twice is fetched twice and stored once. Raises redis'
    errors, and ServiceError when PostgreSQL cannot be reached.
    """
    if not redis.set(f"{queue.key}:reconcile", "1", nx=True, ex=_LOCK_SECONDS):
        return 0
    try:
        empty = queue.finished()
        queue.use_run(queue.a_living_run() or "reconcile")
        ids = RequestIds()
        rows = unscraped_listings(engine, platform)
        queued = sum(sum(queue.enqueue(part)) for part in _portions(rows, ids, platform, with_fingerprints=not empty))
    finally:
        redis.delete(f"{queue.key}:reconcile")
    _log.info("reconcile: %d listings of %s queued again", queued, platform)
    return queued


def _portions(
    rows: Iterator[tuple[str, str]], ids: RequestIds, platform: str, *, with_fingerprints: bool
) -> Iterator[list[Entry]]:
    while part := list(islice(rows, _PORTION)):
        yield [
            Entry(
                ids.new(),
                _listing_request(url, listing_id).encode(),
                fingerprint=listing_fingerprint(platform, listing_id) if with_fingerprints else b"",
            )
            for listing_id, url in part
        ]


def _listing_request(url: str, listing_id: str) -> str:
    """The request of a listing page, as PlatformSpider would queue it."""
    return serializer.dumps(
        {
            "url": url,
            "callback": "parse_listing",
            "errback": "failed",
            "cb_kwargs": {"listing_id": listing_id, "project_id": None},
            "meta": {"correlation_id": uuid4().hex},
        }
    )

"""Queues listings that should have been read again long ago: no search has shown them when they were due.

Scouts have pages read again that they meet when these are due. What lies outside the scopes that are scouted, or what
a failing scout never reached, is met by nobody: it is asked for here.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, func, select

from immobe.crawling.fingerprints import listing_fingerprint
from immobe.crawling.leases import LeasedQueue
from immobe.crawling.reconcile import listing_entry
from immobe.crawling.revisits import SHARE_OF_AGE, RevisitPolicy
from immobe.items import Stage
from immobe.storage.faults import connected
from immobe.storage.models import ListingRow
from immobe.storage.queries import UnscrapedListing

_MARGIN = timedelta(days=1)  # scouts come first


def queue_overdue(engine: Engine, queue: LeasedQueue, platform: str, policy: RevisitPolicy, most: int) -> int:
    """How many were queued: those that wait already are not queued twice. Raises redis' errors and ServiceError."""
    found = overdue_listings(engine, platform, policy, most)
    prints = [listing_fingerprint(platform, listing.platform_listing_id) for listing in found]
    waiting = queue.seen_by_a_run(prints) if found else []
    wanted = [listing for listing, known in zip(found, waiting, strict=True) if not known]
    return sum(queue.enqueue([listing_entry(platform, listing) for listing in wanted])) if wanted else 0


def overdue_listings(engine: Engine, platform: str, policy: RevisitPolicy, most: int) -> list[UnscrapedListing]:
    """Listings whose page was due more than a day ago, the longest unread first. Raises ServiceError."""
    visited = func.greatest(ListingRow.scraped_at, ListingRow.unchanged_at)
    tenth = func.extract("epoch", func.now() - ListingRow.first_seen_at) * SHARE_OF_AGE
    pause = func.least(func.greatest(func.make_interval(0, 0, 0, 0, 0, 0, tenth), policy.shortest), policy.longest)
    query = (
        select(ListingRow.platform_listing_id, ListingRow.url, ListingRow.project_id)
        .where(ListingRow.platform == platform, ListingRow.stage.in_((Stage.SCRAPED, Stage.REJECTED)))
        .where(visited + pause + _MARGIN < func.now())
        .order_by(visited, ListingRow.id)
        .limit(most)
    )
    with connected(engine) as connection:
        return [UnscrapedListing(*row) for row in connection.execute(query)]

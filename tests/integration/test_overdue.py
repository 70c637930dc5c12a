"""`immobe revisit`: what no search has shown for too long is read again, and nothing else."""

from __future__ import annotations

import pytest
from redis import Redis
from sqlalchemy import Engine, text

from immobe.crawling.leases import LeasedQueue
from tests.integration.crawls import Invoke, immobe

pytestmark = pytest.mark.integration


def test_only_what_is_long_overdue_is_queued(
    engine: Engine, database_url: str, redis_url: str, redis: Redis, queue: LeasedQueue, invoke: Invoke
) -> None:
    assert immobe(database_url, redis_url, "replica", "load", "--listings=200").returncode == 0
    with engine.begin() as connection:
        ids = connection.execute(
            text("SELECT id FROM listings WHERE platform = 'immoweb' AND stage = 'scraped' ORDER BY id")
        ).scalars().all()  # fmt: skip
        # A listing of 50 days is read every five days: these were read 4, 5.5 and 7 days ago.
        connection.execute(text("UPDATE listings SET scraped_at = now(), unchanged_at = NULL"))
        for listing, days in zip(ids, (4, 5.5, 7, 8, 7), strict=False):
            connection.execute(
                text("UPDATE listings SET first_seen_at = now() - interval '50 d', scraped_at = now() - :days * "
                     "interval '1 d' WHERE id = :id"), {"days": days, "id": listing},
            )  # fmt: skip
        # This one's page was found unchanged yesterday.
        connection.execute(
            text("UPDATE listings SET unchanged_at = now() - interval '1 d' WHERE id = :id"), {"id": ids[4]}
        )
        expected = connection.execute(
            text("SELECT platform_listing_id FROM listings WHERE id = ANY(:ids)"), {"ids": [ids[2], ids[3]]}
        ).scalars().all()  # fmt: skip
    assert "immoweb: 2 queued." in invoke("revisit")
    assert queue.pending().ready == 2
    waiting = b"".join(redis.hvals("immoweb:requests:d"))  # type: ignore[arg-type]
    assert all(listing.encode() in waiting for listing in expected)
    assert "immoweb: 0 queued." in invoke("revisit", "immoweb"), "they wait already"

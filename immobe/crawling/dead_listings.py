"""Tells PostgreSQL which listings have become dead letters, whoever buried them.

A request is buried in Redis: by its worker, in the step that ends it, or by the next claim when its workers died. The
same step notes its id among those that PostgreSQL has not heard of, and it stays there until the row is committed. So
a worker that dies in between costs nothing, and everyone who looks does the work for all.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import Engine

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_dead import DeadLetter, DeadLetters
from immobe.storage.failures import Failure, note_failures


def note_dead_listings(engine: Engine, queue: LeasedQueue, platform: str) -> int:
    """Marks their rows as failed, with the letters' reasons; returns how many rows there were.

    Raises redis' errors, and ServiceError when PostgreSQL cannot be reached; then they stay to be noted.
    """
    letters, count = DeadLetters(queue), 0
    while found := letters.unnoted():
        failures = [failure for letter in found if (failure := _failure(letter, platform))]
        if failures:
            count += note_failures(engine, failures)
        letters.noted(found)
    return count


def _failure(letter: DeadLetter, platform: str) -> Failure | None:
    """None when the letter is not about a listing."""
    try:
        listing_id = json.loads(letter.payload)["cb_kwargs"]["listing_id"]
    except (ValueError, KeyError, TypeError):
        return None
    return Failure(platform, str(listing_id), datetime.fromtimestamp(letter.died_ms / 1000, UTC), letter.reason)

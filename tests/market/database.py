"""Adverts as rows of `listings`, as a crawl would have left them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from immobe.market.homes import FACTS, Home
from immobe.storage.models import ListingRow

MET = datetime(2026, 1, 1, tzinfo=UTC)
_OWN = ("id", "first_seen_at", "gone_at")


def row_of(home: Home) -> dict[str, Any]:
    """The advert's row; its `id` becomes the platform's id, since PostgreSQL gives numbers of its own."""
    met = home.first_seen_at or MET
    facts = {name: getattr(home, name) for name in FACTS if name not in _OWN}
    seen = {"first_seen_at": met, "last_seen_at": met, "scraped_at": met, "fetched_at": met, "mapper_version": "1"}
    gone = {"stage": "scraped", "gone_at": None, "gone_evidence": None}
    if home.gone_at is not None:
        gone = {"stage": "gone", "gone_at": home.gone_at, "gone_evidence": "http_404"}
    number = str(home.id)
    return {**facts, **seen, **gone, "platform_listing_id": number, "url": f"https://{home.platform}.example/{number}"}


def store(connection: Connection, homes: Iterable[Home]) -> dict[int, int]:
    """{`Home.id`: number in `listings`}. The ids must be of one set, each its own."""
    rows = [row_of(home) for home in homes]
    if rows:
        connection.execute(insert(ListingRow), rows)
    numbers = [row["platform_listing_id"] for row in rows]
    query = select(ListingRow.platform_listing_id, ListingRow.id).where(ListingRow.platform_listing_id.in_(numbers))
    return {int(own): number for own, number in connection.execute(query)}

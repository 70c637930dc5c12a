"""What is read out: filtered listings one by one, counts, samples.

Raises ServiceError when PostgreSQL cannot be reached or is not migrated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Engine, func, select, text

from immobe.items import Listing, Stage
from immobe.storage.engine import without_time_limits
from immobe.storage.faults import connected
from immobe.storage.models import ListingRow, QuarantineRow
from immobe.storage.search_terms import SearchTerms

_ROWS_A_FETCH = 500
_table = ListingRow.__table__

EXPORT_COLUMNS = (*Listing.model_fields, "stage", "first_seen_at", "last_seen_at", "scraped_at")


def stream_listings(
    engine: Engine, which: SearchTerms, *, columns: tuple[str, ...] = EXPORT_COLUMNS, limit: int | None = None
) -> Iterator[dict[str, Any]]:
    """Rows by column name, oldest listing first, from one snapshot; only a few hundred are in memory at a time."""
    query = select(*(_table.c[name] for name in columns)).where(*which.conditions()).order_by(_table.c.id).limit(limit)
    with connected(engine) as connection:
        # However slowly the reader takes them (a pager, a slow disk), rows must not run out in the middle.
        without_time_limits(connection)
        rows = connection.execution_options(yield_per=_ROWS_A_FETCH).execute(query)
        for row in rows.mappings():
            yield dict(row)


def count_listings(engine: Engine, which: SearchTerms, *, limit: int | None = None) -> int:
    """How many rows `stream_listings` gives."""
    found = select(_table.c.id).where(*which.conditions()).limit(limit).subquery()
    with connected(engine) as connection:
        return connection.execute(select(func.count()).select_from(found)).scalar_one()


def counts_by_stage(engine: Engine, *, platform: str | None = None) -> dict[str, int]:
    """{stage: listings}, every stage named."""
    query = select(_table.c.stage, func.count()).group_by(_table.c.stage)
    if platform is not None:
        query = query.where(_table.c.platform == platform)
    with connected(engine) as connection:
        found: dict[str, int] = dict(connection.execute(query).all())
    return {str(stage): found.get(stage, 0) for stage in Stage}


def counts_by_platform(engine: Engine) -> dict[str, int]:
    """{platform: listings whose page is scraped}; a platform without any is missing."""
    query = select(_table.c.platform, func.count()).where(_table.c.stage == Stage.SCRAPED).group_by(_table.c.platform)
    with connected(engine) as connection:
        return {platform: count for platform, count in connection.execute(query)}  # noqa: C416 - rows are no pairs


def sample_rows(engine: Engine, count: int, *, since: datetime | None = None) -> list[dict[str, Any]]:
    """Whole rows of `count` listings, scraped not before `since`: of each platform in turn, first those with prices."""
    query = select(_table).where(_table.c.stage == Stage.SCRAPED)
    if since is not None:
        query = query.where(_table.c.scraped_at >= since)
    telling = (_table.c.price_eur.is_(None), _table.c.postal_code.is_(None), _table.c.id)
    place = func.row_number().over(partition_by=_table.c.platform, order_by=telling)
    with connected(engine) as connection:
        rows = connection.execute(query.order_by(place, _table.c.platform).limit(count))
        return [dict(row) for row in rows.mappings()]


def quarantine_reasons(engine: Engine, *, platform: str | None = None, since: datetime | None = None) -> dict[str, int]:
    """{reason: records that have it}, most frequent first. A record may have several."""
    reason = func.unnest(QuarantineRow.reasons).label("reason")
    query = select(reason, func.count().label("records"))
    if platform is not None:
        query = query.where(QuarantineRow.platform == platform)
    if since is not None:
        query = query.where(QuarantineRow.seen_at >= since)
    with connected(engine) as connection:
        return dict(connection.execute(query.group_by("reason").order_by(text("2 DESC, 1"))).all())


class UnscrapedListing(NamedTuple):
    """A listing that was discovered and never scraped."""

    platform_listing_id: str
    url: str
    project_id: str | None


def unscraped_listings(engine: Engine, platform: str) -> Iterator[UnscrapedListing]:
    """Every listing of the platform that was discovered and never scraped, newest first, streamed."""
    query = (
        select(_table.c.platform_listing_id, _table.c.url, _table.c.project_id)
        .where(_table.c.platform == platform, _table.c.stage == Stage.DISCOVERED)
        .order_by(_table.c.id.desc())
    )
    with connected(engine) as connection:
        for row in connection.execution_options(yield_per=_ROWS_A_FETCH).execute(query):
            yield UnscrapedListing(*row)


@dataclass(frozen=True, slots=True)
class KnownListing:
    """What a row says that a search card may contradict. Prices in euro."""

    stage: str
    scraped_at: datetime | None
    unchanged_at: datetime | None
    first_seen_at: datetime
    status: str | None
    price_eur: Decimal | None
    price_min_eur: Decimal | None
    price_max_eur: Decimal | None
    annuity_lump_sum_eur: Decimal | None
    annuity_monthly_eur: Decimal | None


def known_listings(engine: Engine, platform: str, ids: Sequence[str]) -> dict[str, KnownListing]:
    """{platform id: what its row says} for those of these listings that have a row. Raises ServiceError."""
    names = [field.name for field in fields(KnownListing)]
    query = select(_table.c.platform_listing_id, *(_table.c[name] for name in names)).where(
        _table.c.platform == platform, _table.c.platform_listing_id.in_(ids)
    )
    with connected(engine) as connection:
        return {row[0]: KnownListing(*row[1:]) for row in connection.execute(query)}

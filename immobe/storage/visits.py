"""What became of a listing's page, as its row tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select, tuple_

from immobe.storage.faults import connected
from immobe.storage.models import ListingRow, QuarantineRow


@dataclass(frozen=True, slots=True)
class Visits:
    """When a page of the listing was last met, by what came of it; see `ListingRow`."""

    stage: str
    url: str
    scraped_at: datetime | None
    unchanged_at: datetime | None
    rejected_at: datetime | None
    gone_at: datetime | None
    gone_evidence: str | None
    failed_at: datetime | None
    failure: str | None


def visits_of(engine: Engine, platform: str, platform_listing_id: str) -> Visits | None:
    """Of one listing; None when it is not known. Raises ServiceError."""
    columns = [getattr(ListingRow, name) for name in Visits.__dataclass_fields__]
    query = select(*columns).where(
        ListingRow.platform == platform, ListingRow.platform_listing_id == platform_listing_id
    )
    with connected(engine) as connection:
        row = connection.execute(query).one_or_none()
        return None if row is None else Visits(*row)


def stages_of(engine: Engine, listings: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """{(platform, platform id): stage} of those that are known. Raises ServiceError."""
    key = tuple_(ListingRow.platform, ListingRow.platform_listing_id)
    query = select(ListingRow.platform, ListingRow.platform_listing_id, ListingRow.stage).where(key.in_(list(listings)))
    with connected(engine) as connection:
        return {(platform, listing_id): stage for platform, listing_id, stage in connection.execute(query)}


def refusals_of(engine: Engine, platform: str, platform_listing_id: str) -> list[str]:
    """Why the latest page in quarantine is there; empty when none is. Raises ServiceError."""
    query = (
        select(QuarantineRow.reasons)
        .where(QuarantineRow.platform == platform, QuarantineRow.platform_listing_id == platform_listing_id)
        .order_by(QuarantineRow.seen_at.desc())
        .limit(1)
    )
    with connected(engine) as connection:
        return list(connection.execute(query).scalar_one_or_none() or [])


def database_now(engine: Engine) -> datetime:
    """The one clock that all machines share. Raises ServiceError."""
    with connected(engine) as connection:
        return connection.execute(select(func.now())).scalar_one()

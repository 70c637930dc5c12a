"""What a sweep did not meet: adverts that the searches of a run should have shown, and did not.

Not to be met is no evidence that an advert is gone: its page is asked, and that answer is. Units of projects are in no
search result; the page of their project names those that are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Engine, and_, func, or_, select
from sqlalchemy.orm import aliased

from immobe.items import ListingKind, Stage
from immobe.storage.faults import connected
from immobe.storage.models import ListingRow
from immobe.storage.run_models import RunRow

_KNOWN = (Stage.SCRAPED, Stage.REJECTED, Stage.FAILED)


@dataclass(frozen=True, slots=True)
class Swept:
    """The part of a platform's market that a run looked through. Empty and None mean: all of it; prices in euro."""

    platform: str
    transaction_types: Sequence[str] = ()
    property_types: Sequence[str] = ()
    postal_codes: Sequence[str] = ()
    min_price_eur: int | None = None
    max_price_eur: int | None = None

    def holds(self) -> ColumnElement[bool]:
        """Whether a row of `listings` lies in it, as the row was last read."""
        one_of = (
            (ListingRow.transaction_type, self.transaction_types),
            (ListingRow.property_type, self.property_types),
            (ListingRow.postal_code, self.postal_codes),
        )
        return and_(
            ListingRow.platform == self.platform,
            *(column.in_(values) for column, values in one_of if values),
            *([ListingRow.price_eur >= self.min_price_eur] if self.min_price_eur is not None else []),
            *([ListingRow.price_eur <= self.max_price_eur] if self.max_price_eur is not None else []),
        )


@dataclass(frozen=True, slots=True)
class Missed:
    """A listing whose page is to be asked for."""

    platform_listing_id: str
    url: str
    project_id: str | None


def run_began(engine: Engine, run_id: str) -> datetime | None:
    """When the first process of a run began; None when no record says so. Raises ServiceError."""
    with connected(engine) as connection:
        return connection.scalar(select(func.min(RunRow.started_at)).where(RunRow.run_id == run_id))


def missed(engine: Engine, swept: Swept, since: datetime) -> tuple[list[Missed], int]:
    """(what a sweep since then has not met and whose page must be asked, how many adverts it should have met).

    Raises ServiceError.
    """
    known = and_(swept.holds(), ListingRow.stage.in_(_KNOWN))
    in_searches = ListingRow.listing_kind != ListingKind.UNIT
    unit, project = aliased(ListingRow), aliased(ListingRow)
    has_unmet_units = (
        select(unit.id)
        .where(
            unit.platform == ListingRow.platform,
            unit.project_id == ListingRow.platform_listing_id,
            unit.stage.in_(_KNOWN),
            unit.last_seen_at < since,
        )
        .exists()
    )
    # Its project was read after it was last met, and did not name it.
    left_out = (
        select(project.id)
        .where(
            project.platform == ListingRow.platform,
            project.platform_listing_id == ListingRow.project_id,
            project.scraped_at > ListingRow.last_seen_at,
        )
        .exists()
    )
    wanted = or_(
        and_(in_searches, ListingRow.last_seen_at < since),
        and_(ListingRow.listing_kind == ListingKind.PROJECT, ListingRow.scraped_at < since, has_unmet_units),
        and_(ListingRow.listing_kind == ListingKind.UNIT, ListingRow.last_seen_at < since, left_out),
    )
    query = select(ListingRow.platform_listing_id, ListingRow.url, ListingRow.project_id).where(known, wanted)
    with connected(engine) as connection:
        found = [Missed(*row) for row in connection.execute(query)]
        expected = connection.scalar(select(func.count()).select_from(ListingRow).where(known, in_searches)) or 0
    return found, expected

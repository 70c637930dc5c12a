"""Notes in the rows of listings that their pages were given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine, bindparam, case, func, literal_column, update

from immobe.items import Stage
from immobe.storage.deliveries import clean
from immobe.storage.faults import connected
from immobe.storage.models import ListingRow


class Failure(NamedTuple):
    """The page of a listing could not be had, and its request is a dead letter. `reason` is the letter's."""

    platform: str
    platform_listing_id: str
    failed_at: datetime
    reason: str


_row = ListingRow.__table__.columns
_newer = bindparam("failed_at") >= func.coalesce(_row.failed_at, bindparam("failed_at"))
_since_gone = bindparam("failed_at") > func.coalesce(_row.gone_at, literal_column("'-infinity'::timestamptz"))
_NOTE = (
    update(ListingRow.__table__)  # type: ignore[arg-type] # declared as FromClause, is a Table
    .where(_row.platform == bindparam("its_platform"), _row.platform_listing_id == bindparam("its_id"))
    .values(
        failed_at=case((_newer, bindparam("failed_at")), else_=_row.failed_at),
        failure=case((_newer, bindparam("reason")), else_=_row.failure),
        # What was scraped, rejected or found gone stays so: that says more than a visit that failed.
        stage=case(
            (_row.stage == Stage.DISCOVERED, case((_since_gone, Stage.FAILED), else_=_row.stage)), else_=_row.stage
        ),
    )
)


def note_failures(engine: Engine, failures: Sequence[Failure]) -> int:
    """Turns discovered listings into failed ones; returns how many rows know their failure now.

    May be repeated. A listing without a row gets none: it was never seen on the market. Raises ServiceError.
    """
    # Sorted, like all batches: two of them wait for each other instead of locking each other out.
    ordered = sorted(failures, key=lambda one: (one.platform, one.platform_listing_id))
    with connected(engine, writes=True) as connection:
        return sum(
            connection.execute(
                _NOTE,
                {
                    "its_platform": clean(one.platform),
                    "its_id": clean(one.platform_listing_id),
                    "failed_at": one.failed_at,
                    "reason": clean(one.reason),
                },
            ).rowcount
            for one in ordered
        )

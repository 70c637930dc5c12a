"""The coverage meter: what we hold of what a portal itself counts, by platform, transaction and province.

A portal counts results of searches, so the total of a province is that of the searches within it. A search that goes
beyond one province is shared out by where its own kind of adverts lie, as far as we have seen them. Units of projects
are in no search result, and are not counted on either side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on

from immobe.items import ListingKind, Stage
from immobe.storage.models import ListingRow
from immobe.storage.run_models import RunRow, SearchRow

Part = tuple[str, str, str]  # platform, transaction, province


@dataclass(frozen=True, slots=True)
class Coverage:
    """One province (or `brussels`, or `unknown`) of one platform and transaction. Counts of adverts."""

    platform: str
    transaction_type: str
    province: str
    total: int | None
    """As the portal counts them; None when it does not say."""
    seen: int
    """Cards of search results."""
    held: int
    """Of those, the ones whose page is scraped."""

    @property
    def ratio(self) -> float | None:
        """held / total, at most 1: between two looks a portal may have taken adverts away. None without a total."""
        if self.total is None:
            return None
        return min(1.0, self.held / self.total) if self.total else 1.0


def last_scouting(connection: Connection, platform: str) -> tuple[str, datetime] | None:
    """(run id, when it began) of the latest run that looked through search pages; None before the first."""
    latest = (
        select(RunRow.run_id)
        .where(RunRow.platform == platform, RunRow.last_search_page_at.is_not(None))
        .order_by(RunRow.started_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(RunRow.run_id, func.min(RunRow.started_at)).where(RunRow.run_id == latest).group_by(RunRow.run_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def coverage(connection: Connection, platform: str, since: datetime) -> list[Coverage]:
    """A row for each transaction and province that was searched since then, in order."""
    adverts = _adverts(connection, platform, since)
    totals: dict[Part, float] = defaultdict(float)
    uncounted: set[Part] = set()
    for row in _searches(connection, platform, since):
        shares = {row.province: 1.0} if row.province else _shares(adverts, row.transaction_type, row.property_type)
        for province, share in shares.items():
            part = platform, row.transaction_type, province
            totals[part] += share * (row.total or 0)
            if row.total is None:
                uncounted.add(part)
    seen: dict[Part, int] = defaultdict(int)
    held: dict[Part, int] = defaultdict(int)
    for (transaction, _, province), (seen_here, held_here) in adverts.items():
        seen[platform, transaction, province] += seen_here
        held[platform, transaction, province] += held_here
    return [
        Coverage(*part, None if part in uncounted else round(totals[part]), seen[part], held[part])
        for part in sorted(totals)
    ]


def note_coverage(connection: Connection, platform: str) -> None:
    """Writes what the latest scouting covers into its run's records, where metrics read it."""
    latest = last_scouting(connection, platform)
    if latest is None:
        return
    run_id, since = latest
    found = [{**asdict(row), "ratio": row.ratio} for row in coverage(connection, platform, since)]
    connection.execute(update(RunRow).where(RunRow.run_id == run_id).values(coverage=found))


def noted_coverage(connection: Connection, platforms: Sequence[str]) -> dict[Part, float]:
    """{(platform, transaction, province): ratio} as last noted for each platform's latest scouting."""
    query = (
        select(RunRow.coverage)
        .where(RunRow.platform.in_(platforms), RunRow.coverage.is_not(None))
        .ext(distinct_on(RunRow.platform))
        .order_by(RunRow.platform, RunRow.started_at.desc())
    )
    rows = [row for noted in connection.scalars(query) for row in noted or ()]
    told = (row for row in rows if row["ratio"] is not None)
    return {(row["platform"], row["transaction_type"], row["province"]): row["ratio"] for row in told}


Adverts = dict[tuple[str, str, str], tuple[int, int]]  # transaction, type, province -> seen, held


def _searches(connection: Connection, platform: str, since: datetime) -> Iterator[Any]:
    """The searches that were walked whole; a divided one is counted by its parts."""
    query = select(SearchRow.transaction_type, SearchRow.property_type, SearchRow.province, SearchRow.total).where(
        SearchRow.platform == platform, SearchRow.seen_at >= since, SearchRow.is_divided.is_(False)
    )
    yield from connection.execute(query)


def _adverts(connection: Connection, platform: str, since: datetime) -> Adverts:
    province = func.coalesce(ListingRow.province, ListingRow.region, "unknown")
    query = (
        select(
            ListingRow.transaction_type,
            func.coalesce(ListingRow.property_type, "other"),
            province,
            func.count(),
            func.count().filter(ListingRow.stage == Stage.SCRAPED),
        )
        .where(
            ListingRow.platform == platform,
            ListingRow.last_seen_at >= since,
            ListingRow.listing_kind != ListingKind.UNIT,
            ListingRow.transaction_type.is_not(None),
            ListingRow.stage != Stage.GONE,
        )
        .group_by(ListingRow.transaction_type, func.coalesce(ListingRow.property_type, "other"), province)
    )
    return {(str(t), kind, where): (seen, held) for t, kind, where, seen, held in connection.execute(query)}


def _shares(adverts: Adverts, transaction: str, property_type: str | None) -> dict[str, float]:
    """{province: share} of the adverts of one kind, or of all kinds; shares add up to 1."""
    here: dict[str, int] = defaultdict(int)
    for (of_transaction, kind, where), (seen, _) in adverts.items():
        if of_transaction == transaction and property_type in (None, kind):
            here[where] += seen
    together = sum(here.values())
    return {where: seen / together for where, seen in here.items()} if together else {"unknown": 1.0}

"""How each platform does, in figures of the last day. Raises ServiceError."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from immobe.items import Stage
from immobe.storage.faults import connected
from immobe.storage.keeping import kept
from immobe.storage.models import ListingRow
from immobe.storage.run_models import RunRow

HOURS = 24
_listing = ListingRow
# A listing counts once, by the latest that came of its page; pages that were fetched twice in a day are rare.
_BY_HOUR = text("""
SELECT platform, CAST(floor(extract(epoch FROM now() - at) / 3600) AS integer) AS hour, good, count(*) AS pages
FROM (
    SELECT platform, greatest(scraped_at, unchanged_at, gone_at) AS at, true AS good FROM listings
    UNION ALL
    SELECT platform, greatest(rejected_at, failed_at), false FROM listings
    WHERE rejected_at IS NOT NULL OR failed_at IS NOT NULL
) AS came
WHERE at > now() - make_interval(hours => :hours) AND at <= now()
GROUP BY 1, 2, 3
""")


@dataclass(slots=True)
class Hour:
    """Listings by what came of their pages within an hour."""

    good: int = 0
    """Stored, unchanged or gone."""
    bad: int = 0
    """Rejected or failed."""

    @property
    def share(self) -> float | None:
        """Of good ones; None without any."""
        return self.good / (self.good + self.bad) if self.good + self.bad else None


@dataclass(slots=True)
class PlatformFigures:
    """Counts of adverts. Hours: the oldest first, `HOURS` of them, the last one is not over."""

    held: int = 0
    """On the market, and read."""
    new_day: int = 0
    """First met in the last 24 hours."""
    new_week: int = 0
    newest: datetime | None = None
    hours: list[Hour] = field(default_factory=lambda: [Hour() for _ in range(HOURS)])
    last_run: dict[str, Any] | None = None
    """The latest row of `scrape_runs`, by column name."""
    coverage: float | None = None
    """Held of what the portal counts, at its latest scouting; None where it does not count."""
    counted_at: datetime | None = None
    """When the adverts were counted; `last_run` and `coverage` are of this moment."""

    @property
    def day(self) -> Hour:
        """All hours together."""
        return Hour(sum(hour.good for hour in self.hours), sum(hour.bad for hour in self.hours))


def platform_figures(engine: Engine, platforms: Sequence[str]) -> dict[str, PlatformFigures]:
    """{platform: its figures}, all of `platforms`."""
    counted = _counted(engine, tuple(platforms))
    with connected(engine) as connection:
        runs, covered = last_runs(connection, platforms), _coverage(connection, platforms)
    return {name: replace(one, last_run=runs.get(name), coverage=covered.get(name)) for name, one in counted.items()}


@kept(16)
def _counted(engine: Engine, platforms: tuple[str, ...]) -> dict[str, PlatformFigures]:
    """What all listings are read for: whoever looks at a page that refreshes itself would have them read again."""
    with connected(engine) as connection:
        at = connection.execute(select(func.now())).scalar_one()
        figures = {name: PlatformFigures(counted_at=at) for name in platforms}
        for name, held, new_day, new_week, newest in connection.execute(_listings(platforms)):
            one = figures[name]
            one.held, one.new_day, one.new_week, one.newest = held, new_day, new_week, newest
        for name, hour, good, pages in connection.execute(_BY_HOUR, {"hours": HOURS}):
            if name in figures:
                of_hour = figures[name].hours[HOURS - 1 - min(hour, HOURS - 1)]
                of_hour.good, of_hour.bad = (pages, of_hour.bad) if good else (of_hour.good, pages)
    return figures


def last_runs(connection: Connection, platforms: Sequence[str]) -> dict[str, dict[str, Any]]:
    """{platform: the row of the process that began last}, of those that were ever crawled."""
    query = (
        select(RunRow.__table__)
        .where(RunRow.platform.in_(platforms))
        .ext(distinct_on(RunRow.platform))
        .order_by(RunRow.platform, RunRow.started_at.desc())
    )
    return {row["platform"]: dict(row) for row in connection.execute(query).mappings()}


def listing_counts(engine: Engine) -> dict[str, int]:
    """{platform: its listings, of whatever stage}; a platform without any is missing. Raises ServiceError."""
    with connected(engine) as connection:
        rows = connection.execute(select(_listing.platform, func.count()).group_by(_listing.platform))
        return {platform: count for platform, count in rows}  # noqa: C416 - rows are no pairs to mypy


def _listings(platforms: Sequence[str]) -> Any:
    def newer(days: int) -> Any:
        return func.count().filter(_listing.first_seen_at > func.now() - func.make_interval(0, 0, 0, days))

    return (
        select(
            _listing.platform,
            func.count().filter(_listing.stage == Stage.SCRAPED),
            newer(1),
            newer(7),
            func.max(_listing.first_seen_at),
        )
        .where(_listing.platform.in_(platforms))
        .group_by(_listing.platform)
    )


def _coverage(connection: Connection, platforms: Sequence[str]) -> dict[str, float]:
    """As last noted at the end of a scouting."""
    query = (
        select(RunRow.platform, RunRow.coverage)
        .where(RunRow.platform.in_(platforms), RunRow.coverage.is_not(None))
        .ext(distinct_on(RunRow.platform))
        .order_by(RunRow.platform, RunRow.started_at.desc())
    )
    found = {}
    for platform, rows in connection.execute(query):
        counted = [row for row in rows or () if row["total"] is not None]
        total = sum(row["total"] for row in counted)
        if total:
            found[platform] = min(1.0, sum(row["held"] for row in counted) / total)
    return found

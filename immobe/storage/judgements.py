"""A run, or a platform's listings, judged and written down: alerts raised, alerts closed, the run in quarantine."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from immobe.market.monitors.findings import NEWEST_LISTING, Finding, Key, Verdict
from immobe.market.monitors.judging import NEW_PER_DAY, judge, judge_count
from immobe.market.monitors.usual import MIN_RUNS
from immobe.storage import monitoring
from immobe.storage.monitoring import Alert, Part, Series

NEWEST = Key(NEWEST_LISTING, "first_seen_at", "age")


def judge_run(connection: Connection, part: Part, at: datetime, found: Collection[Finding] = ()) -> list[Alert]:
    """Compares the run as it stands with those before it; returns the alerts that are new.

    `found`: what the guard of this process has found meanwhile. A run that is over is judged whole.
    """
    tally, is_whole = monitoring.whole_run(connection, part.run_id, at)
    before = monitoring.history(connection, part.series, at, but=part.run_id)
    watched = monitoring.open_keys(connection, part.series)
    verdict = judge(tally, before, watched, whole=is_whole)
    odd = {finding.key: finding for finding in (*verdict.findings, *found)}
    monitoring.mark_odd(connection, part.run_id, odd.keys())
    if is_whole:
        monitoring.close_alerts(connection, part.series, verdict.judged - odd.keys(), at, but=part.run_id)
    return monitoring.raise_alerts(connection, part.series, odd.values(), at, part.run_id)


def judge_platform(
    connection: Connection, platform: str, at: datetime, silence_hours: float, *, new_per_day: bool = False
) -> list[Alert]:
    """What the listings tell, whatever runs say of themselves: when there was last a new one, and how many a day."""
    verdict, series = Verdict(), Series(platform)
    newest = monitoring.newest_listings(connection, [platform]).get(platform)
    if newest is not None:
        hours = (at - newest).total_seconds() / 3600
        verdict.say(NEWEST, hours > silence_hours, f"at most {silence_hours:g} h ago", f"{hours:.0f} h ago")
    if new_per_day:
        today, *earlier = monitoring.new_by_day(connection, platform, at) or [0]
        if len(earlier) >= MIN_RUNS:
            judge_count(verdict, NEW_PER_DAY, today, earlier)
    odd = {finding.key for finding in verdict.findings}
    monitoring.close_alerts(connection, series, verdict.judged - odd, at)
    return monitoring.raise_alerts(connection, series, verdict.findings, at)

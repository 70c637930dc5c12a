"""What a run wrote before its monitors noticed, taken back: the history knows what stood there."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, func, select, text

from immobe.market.monitors.findings import FILL_RATE, VALUES
from immobe.market.monitors.guard import NULL_IN_DOUBT, VALUE_IN_DOUBT
from immobe.market.monitors.judging import FILLED, MEDIAN
from immobe.storage.models import ListingRow
from immobe.storage.monitor_models import MeasureRow
from immobe.storage.monitoring import odd_keys

_REASONS = {(FILL_RATE, FILLED): NULL_IN_DOUBT, (VALUES, MEDIAN): VALUE_IN_DOUBT}
# The run's last word on a field, unless a later one has spoken. `nulls`: only values that were replaced by nothing.
_RESTORE = """
WITH of_run AS (
    SELECT DISTINCT ON (listing_id) listing_id, id,
        first_value(old) OVER (PARTITION BY listing_id ORDER BY id) AS old, new
    FROM listing_events
    WHERE field = :field AND seen_at >= :since AND run_id = :run AND cause = 'market'
    ORDER BY listing_id, id DESC
), taken AS (
    SELECT listing_id, old FROM of_run
    WHERE old IS NOT NULL AND old <> 'null' AND (NOT :nulls OR new IS NULL OR new = 'null')
        AND NOT EXISTS (
            SELECT FROM listing_events later
            WHERE later.listing_id = of_run.listing_id AND later.field = :field AND later.id > of_run.id
        )
)
UPDATE listings SET
    {field} = (jsonb_populate_record(NULL::listings, jsonb_build_object(:field, taken.old))).{field},
    doubted = doubted || jsonb_build_object(:field, :reason),
    missing = missing - :field
FROM taken WHERE listings.id = taken.listing_id
"""


def restore(connection: Connection, run_id: str) -> Counter[str]:
    """Puts back what the run has replaced in the fields that its monitors found broken; {field: listings}.

    Noted in the history as corrections. Only fields that have a history can be restored. Twice is as good as once.
    """
    rows = connection.execute(select(MeasureRow.odd, MeasureRow.started_at).where(MeasureRow.run_id == run_id)).all()
    connection.execute(select(func.set_config("immobe.cause", "correction", True)))
    connection.execute(select(func.set_config("immobe.run", run_id, True)))
    restored: Counter[str] = Counter()
    for key in sorted(odd_keys(rows)):
        reason = _REASONS.get((key.monitor, key.measure))
        if reason is None or key.field not in ListingRow.__table__.columns:
            continue
        values = {
            "field": key.field,
            "run": run_id,
            "since": min(row.started_at for row in rows),
            "nulls": reason == NULL_IN_DOUBT,
            "reason": reason,
        }
        done = connection.execute(text(_RESTORE.format(field=key.field)), values)
        restored[key.field] += done.rowcount
    return +restored


def run_named(connection: Connection, run_id: str) -> str | None:
    """The run's whole id, from its beginning; None when there is no such run, or more than one."""
    query = select(MeasureRow.run_id).where(MeasureRow.run_id.startswith(run_id, autoescape=True)).distinct().limit(2)
    ids = list(connection.execute(query).scalars())
    return ids[0] if len(ids) == 1 else None

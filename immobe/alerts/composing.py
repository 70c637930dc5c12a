"""What searches found becomes messages: at once, or in a digest when it is due; never in quiet hours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, update

from immobe.alerts.hours import last_due, on_day_of, quiet_until
from immobe.alerts.matching import match_dwellings, match_portion
from immobe.storage import alert_matches, outbox
from immobe.storage.alert_models import SavedSearchRow
from immobe.storage.faults import connected
from immobe.storage.saved_searches import SavedSearch, active_searches

_log = structlog.get_logger(__name__)
Write = Callable[[SavedSearch, list[dict[str, Any]]], tuple[str, str, str]]
"""What a search has to tell, as `alert_matches.untold` gives it, to subject, plain text and HTML."""


def tell(engine: Engine, write: Write, *, now: datetime | None = None, todays_digests: bool = False) -> int:
    """Looks at all queued events and makes the messages that are due; how many. Raises ServiceError.

    Every transaction takes events and keeps what they led to, both or neither; so does one that makes messages. While
    another process is at it, nothing is done: it does the same. `todays_digests`: now, even if their
    hour is to come.
    """
    while True:
        match_dwellings(engine)
        with connected(engine, writes=True) as connection:
            if not alert_matches.alone(connection):
                return 0
            if match_portion(connection) == 0:
                return _compose(connection, write, now or datetime.now(UTC), todays_digests)


def _compose(connection: Connection, write: Write, now: datetime, todays_digests: bool) -> int:
    made = 0
    for search in active_searches(connection):
        if quiet_until(now, search.quiet_from, search.quiet_until) is not None:
            continue
        if search.frequency != "instant":
            due = last_due(now, search.frequency, 0 if todays_digests else search.digest_hour, search.digest_weekday)
            if search.digested_at >= due:
                continue
            _note_digest(connection, search, on_day_of(due, search.digest_hour) if todays_digests else due)
        made += _message(connection, search, write)
    return made


def _message(connection: Connection, search: SavedSearch, write: Write) -> int:
    found = alert_matches.untold(connection, search.id)
    if not found:
        return 0
    message = (
        outbox.put(connection, search.id, write(search, found), search.channel_ids) if search.channel_ids else None
    )
    alert_matches.mark_told(connection, [match["id"] for match in found], message)
    _log.info("A saved search has news", search=search.id, matches=len(found), channels=len(search.channel_ids))
    return int(message is not None)


def _note_digest(connection: Connection, search: SavedSearch, due: datetime) -> None:
    connection.execute(update(SavedSearchRow).where(SavedSearchRow.id == search.id).values(digested_at=due))

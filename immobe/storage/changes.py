"""The feed of changes: from it a reader keeps a copy of `listings` without gap or double.

Numbers and times that a transaction takes while it works do not tell in which order transactions commit: a reader that
has seen the later number would never look for the earlier one. So triggers only note which listings a transaction
changed, without a position, and positions are given out afterwards, to what is committed (`publish`), by one at a time:
the lock on the feed's row is held until the positions are committed. Whoever sees a position sees all before it.

A listing is there once, at its latest change; reading from the beginning is reading the whole table. Deletions are
kept for `KEPT`. Raises ServiceError.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, NamedTuple, Self

from sqlalchemy import Connection, Engine, Select, and_, delete, exists, func, or_, select, text, update
from sqlalchemy.sql.elements import TextClause

from immobe.storage.change_models import ChangeRow, FeedRow
from immobe.storage.faults import connected
from immobe.storage.models import ListingRow
from immobe.storage.queries import EXPORT_COLUMNS

FIELDS = (*EXPORT_COLUMNS, "gone_at", "gone_evidence")
"""What a change can tell of a listing. Nothing that changes by itself, as days on the market do."""
KEPT = timedelta(days=30)
"""How long a deletion is told: a reader must come more often."""
_MOST_PUBLISHED = 20_000
_KEY = (ChangeRow.platform, ChangeRow.platform_listing_id)


class StartAnew(Exception):  # noqa: N818 - what the reader has to do
    """The cursor is of another database, or deletions after it are no longer told."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a reader is."""

    database: str
    """Positions mean nothing in another one, or after a restore."""
    position: int
    dropped: int
    """The deletions that were no longer told then: this reader had read nothing, or all of them."""

    def __str__(self) -> str:
        return f"{self.database}-{self.position}-{self.dropped}"

    @classmethod
    def parse(cls, written: str) -> Self:
        """Raises ValueError.

        >>> Cursor.parse("0123456789ab-12-0").position
        12
        """
        database, position, dropped = written.split("-")
        return cls(database, int(position), int(dropped))


class Change(NamedTuple):
    """What became of a listing. `listing`: its fields by name; None when it was deleted."""

    platform: str
    platform_listing_id: str
    listing: dict[str, Any] | None


class Changes(NamedTuple):
    """A part of the feed, in its order. `more`: the next part is there already."""

    changes: list[Change]
    cursor: Cursor
    more: bool


def changes(
    engine: Engine,
    since: Cursor | None,
    *,
    platforms: Sequence[str] = (),
    fields: tuple[str, ...] = FIELDS,
    limit: int = 500,
    kept: timedelta = KEPT,
) -> Changes:
    """What changed after `since`, at most `limit` listings; without it the table from its beginning.

    `fields` are of `FIELDS`. Raises StartAnew.
    """
    left = publish(engine, kept)
    with connected(engine) as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))  # the page, and where it ends
        top = here(connection)
        begins = _begins(since, top)
        rows = [dict(row) for row in connection.execute(_page(begins, platforms, fields, limit)).mappings()]
    more = len(rows) > limit
    ends = rows[limit - 1]["_position"] if more else top.position
    return Changes([_change(row) for row in rows[:limit]], Cursor(top.database, ends, top.dropped), more or left)


def publish(engine: Engine, kept: timedelta = KEPT, most: int = _MOST_PUBLISHED) -> bool:
    """Gives positions to what is committed, and forgets deletions that are older than `kept`; whether some is left.

    What a transaction is changing anew at this moment is left to the next time.
    """
    pending, old = ChangeRow.position.is_(None), ChangeRow.deleted_at < func.now() - kept
    with connected(engine) as connection:
        if not connection.scalar(select(or_(exists().where(pending), exists().where(old, ~pending)))):
            return False
    with connected(engine, writes=True) as connection:
        last = connection.execute(select(FeedRow.last_position).with_for_update()).scalar_one()
        some = select(*_KEY).where(pending).limit(most).with_for_update(skip_locked=True).cte("some")
        numbered = select(*some.c, (last + func.row_number().over()).label("position")).subquery()
        mine = and_(ChangeRow.platform == numbered.c.platform,
                    ChangeRow.platform_listing_id == numbered.c.platform_listing_id)  # fmt: skip
        given = connection.execute(update(ChangeRow).where(mine).values(position=numbered.c.position)).rowcount
        gone = connection.scalars(delete(ChangeRow).where(old, ~pending).returning(ChangeRow.position))
        dropped = func.greatest(FeedRow.dropped_position, max((one for one in gone if one), default=0))
        connection.execute(update(FeedRow).values(last_position=last + given, dropped_position=dropped))
    return bool(given == most)


def here(connection: Connection) -> Cursor:
    """The end of the feed as this transaction sees it: what it reads of `listings` is at least so new."""
    database, last, dropped = connection.execute(
        select(_database(), FeedRow.last_position, FeedRow.dropped_position)
    ).one()
    return Cursor(sha256(database.encode()).hexdigest()[:12], last, dropped)


def _database() -> TextClause:
    """Another one after a dump was read back, and after a server took over or went back in time."""
    return text(
        "(SELECT system_identifier FROM pg_control_system()) || ' ' ||"
        " (SELECT timeline_id FROM pg_control_checkpoint()) || ' ' ||"
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )


def _begins(since: Cursor | None, top: Cursor) -> int:
    if since is None:
        return 0
    missed = since.dropped < top.dropped and since.position < top.dropped
    if since.database != top.database or since.position > top.position or missed:
        raise StartAnew
    return since.position


def _page(begins: int, platforms: Sequence[str], fields: tuple[str, ...], limit: int) -> Select[Any]:
    listing = ListingRow.__table__.c
    same = and_(*(getattr(ListingRow, key.name) == key for key in _KEY))
    about = (ChangeRow.position.label("_position"), ListingRow.id.is_(None).label("_deleted"))
    columns: list[Any] = [*about, *(key.label(f"_{key.name}") for key in _KEY), *(listing[name] for name in fields)]
    query = select(*columns).select_from(ChangeRow).outerjoin(ListingRow, same).where(ChangeRow.position > begins)
    if platforms:
        query = query.where(ChangeRow.platform.in_(platforms))
    return query.order_by(ChangeRow.position).limit(limit + 1)


def _change(row: dict[str, Any]) -> Change:
    del row["_position"]
    platform, listing_id, deleted = (row.pop(name) for name in ("_platform", "_platform_listing_id", "_deleted"))
    return Change(platform, listing_id, None if deleted else row)

"""Searches that operators keep. All raise ServiceError when PostgreSQL cannot be reached or is not migrated."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, func, insert, literal, select, text, update

from immobe.storage.alert_models import KINDS, AlertChannelRow, SavedSearchChannelRow, SavedSearchRow
from immobe.storage.faults import connected

_search = SavedSearchRow
_ANEW: dict[str, Any] = {"since_at": func.now(), "since_snapshot": text("pg_current_snapshot()::text")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person can say of a saved search; the fields are those of `SavedSearchRow`."""

    name: str
    terms: str
    language: str = "en"
    kinds: tuple[str, ...] = KINDS
    price_drop_percent: Decimal = Decimal(5)
    frequency: str = "instant"
    digest_hour: int = 8
    digest_weekday: int = 0
    quiet_from: time | None = None
    quiet_until: time | None = None
    channel_ids: tuple[int, ...] = ()

    def columns(self) -> dict[str, Any]:
        """As a row holds them; channels have a table of their own."""
        values = asdict(self)
        del values["channel_ids"]
        return values | {"kinds": list(self.kinds)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch(Wish):
    """A saved search as it is kept."""

    id: int
    user_id: int
    paused_at: datetime | None
    created_at: datetime
    since_at: datetime
    since_snapshot: str
    digested_at: datetime
    visited_at: datetime


_NAMES = [field.name for field in fields(SavedSearch) if field.name != "channel_ids"]


def _searches() -> Select[Any]:
    channel = SavedSearchChannelRow
    channels = select(func.array_agg(channel.channel_id)).where(channel.search_id == _search.id)
    columns = _search.__table__.c
    chosen = (*(columns[name] for name in _NAMES), channels.scalar_subquery().label("channel_ids"))
    return select(*chosen).order_by(_search.name, _search.id)


def _saved(row: Any) -> SavedSearch:
    return SavedSearch(**{**row, "kinds": tuple(row["kinds"]), "channel_ids": tuple(sorted(row["channel_ids"] or ()))})


def searches_of(engine: Engine, user_id: int | None = None) -> list[SavedSearch]:
    """An operator's, or everybody's, by name."""
    query = _searches() if user_id is None else _searches().where(_search.user_id == user_id)
    with connected(engine) as connection:
        return [_saved(row) for row in connection.execute(query).mappings()]


def active_searches(connection: Connection) -> list[SavedSearch]:
    """Those that are not paused, of everybody."""
    found = connection.execute(_searches().where(_search.paused_at.is_(None)))
    return [_saved(row) for row in found.mappings()]


def search_by_id(engine: Engine, search_id: int, user_id: int | None = None) -> SavedSearch | None:
    """One; with `user_id` only if it is this operator's."""
    query = _searches().where(_search.id == search_id)
    if user_id is not None:
        query = query.where(_search.user_id == user_id)
    with connected(engine) as connection:
        row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _saved(row)


def add_search(engine: Engine, user_id: int, wish: Wish) -> int:
    """Keeps a new search, which tells nothing of what is already there; its number."""
    with connected(engine, writes=True) as connection:
        values = wish.columns() | {"user_id": user_id}
        number: int = connection.execute(insert(_search).values(values).returning(_search.id)).scalar_one()
        _link(connection, number, user_id, wish.channel_ids)
        return number


def change_search(engine: Engine, search_id: int, user_id: int, wish: Wish) -> bool:
    """Changes what a search says; with other terms it begins anew. False when the operator has no such search."""
    with connected(engine, writes=True) as connection:
        mine = (_search.id == search_id, _search.user_id == user_id)
        before = connection.execute(select(_search.terms).where(*mine).with_for_update()).scalar_one_or_none()
        if before is None:
            return False
        anew = _ANEW if before != wish.terms else {}
        connection.execute(update(_search).where(*mine).values(wish.columns() | anew))
        connection.execute(delete(SavedSearchChannelRow).where(SavedSearchChannelRow.search_id == search_id))
        _link(connection, search_id, user_id, wish.channel_ids)
        return True


def _link(connection: Connection, search_id: int, user_id: int, channel_ids: tuple[int, ...]) -> None:
    """Only to channels of the same operator."""
    own = select(literal(search_id), AlertChannelRow.id).where(
        AlertChannelRow.id.in_(channel_ids), AlertChannelRow.user_id == user_id
    )
    connection.execute(insert(SavedSearchChannelRow).from_select(["search_id", "channel_id"], own))


def pause_search(engine: Engine, search_id: int) -> bool:
    """It tells nothing until it is resumed; what waits to be sent is not. False when it is paused already."""
    return _set(engine, search_id, _search.paused_at.is_(None), {"paused_at": func.now()})


def resume_search(engine: Engine, search_id: int) -> bool:
    """It tells what is new from now on. False when it is not paused."""
    values = {"paused_at": None, "digested_at": func.now(), **_ANEW}
    return _set(engine, search_id, _search.paused_at.is_not(None), values)


def visit_search(engine: Engine, search_id: int) -> None:
    """Its results were looked at now."""
    _set(engine, search_id, _search.id == search_id, {"visited_at": func.now()})


def _set(engine: Engine, search_id: int, when: Any, values: dict[str, Any]) -> bool:
    with connected(engine, writes=True) as connection:
        done = connection.execute(update(_search).where(_search.id == search_id, when).values(values))
        return done.rowcount == 1


def delete_search(engine: Engine, search_id: int) -> bool:
    """With its results, messages and feeds. False when there is none."""
    with connected(engine, writes=True) as connection:
        return connection.execute(delete(_search).where(_search.id == search_id)).rowcount == 1

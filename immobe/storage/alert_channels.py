"""Channels that alerts go through. All raise ServiceError when PostgreSQL cannot be reached or is not migrated."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Engine, delete, func, insert, select, update

from immobe.storage.alert_models import AlertChannelRow, SavedSearchChannelRow
from immobe.storage.faults import connected

_channel = AlertChannelRow


@dataclass(frozen=True, slots=True)
class Channel:
    """What can be shown of a channel; the fields are those of `AlertChannelRow`."""

    id: int
    user_id: int
    name: str
    kind: str
    mask: str
    created_at: datetime
    tested_at: datetime | None
    test_answer: str | None


_CHANNEL = [_channel.__table__.c[field.name] for field in fields(Channel)]


def add_channel(engine: Engine, user_id: int, name: str, kind: str, mask: str, secret: bytes) -> int:
    """Keeps a new channel; its number."""
    values = {"user_id": user_id, "name": name, "kind": kind, "mask": mask, "secret": secret}
    with connected(engine, writes=True) as connection:
        number: int = connection.execute(insert(_channel).values(values).returning(_channel.id)).scalar_one()
        return number


def channels_of(engine: Engine, user_id: int | None = None) -> list[Channel]:
    """An operator's, or everybody's, by name."""
    query = select(*_CHANNEL).order_by(_channel.name, _channel.id)
    if user_id is not None:
        query = query.where(_channel.user_id == user_id)
    with connected(engine) as connection:
        return [Channel(*row) for row in connection.execute(query)]


def secret_of(engine: Engine, channel_id: int, user_id: int | None = None) -> bytes | None:
    """The encrypted URL; with `user_id` only if the channel is this operator's."""
    query = select(_channel.secret).where(_channel.id == channel_id)
    if user_id is not None:
        query = query.where(_channel.user_id == user_id)
    with connected(engine) as connection:
        return connection.execute(query).scalar_one_or_none()


def note_test(engine: Engine, channel_id: int, answer: str) -> None:
    """Keeps what a test was answered."""
    values = {"tested_at": func.now(), "test_answer": answer}
    with connected(engine, writes=True) as connection:
        connection.execute(update(_channel).where(_channel.id == channel_id).values(values))


def delete_channel(engine: Engine, channel_id: int, user_id: int) -> bool:
    """With what waits to go through it. False when the operator has no such channel."""
    with connected(engine, writes=True) as connection:
        done = connection.execute(delete(_channel).where(_channel.id == channel_id, _channel.user_id == user_id))
        return done.rowcount == 1


def searches_by_channel(engine: Engine, user_id: int) -> dict[int, int]:
    """{channel: how many searches tell it} of an operator's channels that any tells."""
    used = SavedSearchChannelRow
    query = (
        select(used.channel_id, func.count())
        .join(_channel, _channel.id == used.channel_id)
        .where(_channel.user_id == user_id)
        .group_by(used.channel_id)
    )
    with connected(engine) as connection:
        return {channel: count for channel, count in connection.execute(query)}  # noqa: C416 - rows are no pairs

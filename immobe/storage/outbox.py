"""Messages on their way: claimed by one sender at a time, tried until they arrive or have failed too often.

A sender holds an advisory lock of its session on the delivery that it is at. PostgreSQL releases it the moment the
sender dies, so that another takes over at once, without a clock; and, unlike a row that is locked while a mail server
is slow, it keeps no transaction open. docs/decisions/018-alerts.md says what a receiver sees of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from sqlalchemy import Connection, Engine, func, insert, select, text, update

from immobe.storage.alert_models import (
    STATES,
    AlertChannelRow,
    AlertDeliveryRow,
    AlertMatchRow,
    AlertMessageRow,
    SavedSearchRow,
)
from immobe.storage.faults import connected

_LOCKS = 27836
"""Any number that no other advisory lock of two numbers uses: "crier" on a telephone keypad, almost."""
_out = AlertDeliveryRow

_CLAIM = text("""
    SELECT id FROM (
        SELECT id FROM alert_outbox
        WHERE state IN ('waiting', 'sending') AND due_at <= now() ORDER BY due_at, id LIMIT 200
    ) AS due
    WHERE pg_try_advisory_lock(:locks, (id % 2147483647)::integer) LIMIT 1
""")
# Only what is still open: between the look and the lock another sender may have finished it.
_BEGIN = text("""
    UPDATE alert_outbox SET state = 'sending', attempts = before.attempts + 1
    FROM alert_outbox AS before
    WHERE alert_outbox.id = :id AND before.id = alert_outbox.id
        AND alert_outbox.state IN ('waiting', 'sending') AND alert_outbox.due_at <= now()
    RETURNING before.state
""")
_RELEASE = text("SELECT pg_advisory_unlock(:locks, (:id % 2147483647)::integer)")


@dataclass(frozen=True, slots=True)
class Delivery:
    """An attempt that has begun, and what it needs to know."""

    id: int
    key: UUID
    attempts: int
    """This one included."""
    channel_id: int
    kind: str
    """The scheme of the channel's URL."""
    secret: bytes
    search_id: int
    subject: str
    plain: str
    html: str
    paused: bool
    quiet_from: time | None
    quiet_until: time | None
    after_unknown_end: bool = False
    """An attempt before it has begun, and nobody knows how it ended."""


def put(connection: Connection, search_id: int, words: tuple[str, str, str], channel_ids: Iterable[int]) -> int:
    """Adds a message (subject, plain, html) for these channels, in the caller's transaction; its number."""
    values = dict(zip(("subject", "plain", "html"), words, strict=True)) | {"search_id": search_id}
    added = connection.execute(insert(AlertMessageRow).values(values).returning(AlertMessageRow.id))
    message: int = added.scalar_one()
    connection.execute(insert(_out), [{"message_id": message, "channel_id": channel} for channel in channel_ids])
    return message


@contextmanager
def claimed(engine: Engine) -> Iterator[tuple[Connection, Delivery] | None]:
    """The next delivery that is due and nobody else is at, its attempt begun and recorded; None when there is none.

    The connection is for `finish`, `retry`, `postpone`, `drop`. Raises ServiceError.
    """
    with connected(engine) as held:
        connection = held.execution_options(isolation_level="AUTOCOMMIT")
        while (number := connection.execute(_CLAIM, {"locks": _LOCKS}).scalar_one_or_none()) is not None:
            try:
                before = connection.execute(_BEGIN, {"id": number}).scalar_one_or_none()
                if before is not None:
                    yield connection, _delivery(connection, number, before == "sending")
                    return
            finally:
                if not connection.invalidated:
                    connection.execute(_RELEASE, {"locks": _LOCKS, "id": number})
        yield None


def _delivery(connection: Connection, number: int, unknown: bool) -> Delivery:
    message, channel, search = AlertMessageRow, AlertChannelRow, SavedSearchRow
    query = (
        select(
            *(_out.id, _out.key, _out.attempts, _out.channel_id, channel.kind, channel.secret, message.search_id),
            *(message.subject, message.plain, message.html, search.paused_at.is_not(None).label("paused")),
            *(search.quiet_from, search.quiet_until),
        )
        .join(message, message.id == _out.message_id)
        .join(channel, channel.id == _out.channel_id)
        .join(search, search.id == message.search_id)
        .where(_out.id == number)
    )
    return Delivery(**connection.execute(query).mappings().one(), after_unknown_end=unknown)


def finish(connection: Connection, delivery: Delivery, state: str, answer: str | None = None) -> None:
    """It is `sent`, `dead` or `dropped`, for good."""
    values = {"state": state, "answer": answer, "finished_at": func.now()}
    connection.execute(update(_out).where(_out.id == delivery.id).values(values))


def retry(connection: Connection, delivery: Delivery, seconds: float, answer: str) -> None:
    """It failed; it is tried again after so long."""
    due = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    values = {"state": "waiting", "answer": answer, "due_at": due}
    connection.execute(update(_out).where(_out.id == delivery.id).values(values))


def postpone(connection: Connection, delivery: Delivery, until: datetime) -> None:
    """It was not tried: these are quiet hours."""
    values = {"state": "waiting", "attempts": _out.attempts - 1, "due_at": until}
    connection.execute(update(_out).where(_out.id == delivery.id).values(values))


def counts(engine: Engine) -> dict[str, int]:
    """{state: deliveries}, every state named. Raises ServiceError."""
    query = select(_out.state, func.count()).group_by(_out.state)
    with connected(engine) as connection:
        found: dict[str, int] = dict(connection.execute(query).all())
    return {state: found.get(state, 0) for state in STATES}


@dataclass(frozen=True, slots=True)
class Sent:
    """One line of the outbox, for people."""

    id: int
    search: str
    channel: str
    subject: str
    matches: int
    state: str
    attempts: int
    due_at: datetime
    finished_at: datetime | None
    answer: str | None


def latest(
    engine: Engine, *, state: str | None = None, user_id: int | None = None, search_id: int | None = None,
    limit: int = 50
) -> list[Sent]:  # fmt: skip
    """Deliveries, the newest first. Raises ServiceError."""
    message, channel, search = AlertMessageRow, AlertChannelRow, SavedSearchRow
    told = select(func.count()).where(AlertMatchRow.message_id == message.id).scalar_subquery()
    query = (
        select(_out.id, search.name, channel.name, message.subject, told, _out.state, _out.attempts, _out.due_at,
               _out.finished_at, _out.answer)
        .join(message, message.id == _out.message_id)
        .join(channel, channel.id == _out.channel_id)
        .join(search, search.id == message.search_id)
        .order_by(_out.id.desc())
        .limit(limit)
    )  # fmt: skip
    wanted = ((_out.state, state), (search.user_id, user_id), (search.id, search_id))
    query = query.where(*(column == value for column, value in wanted if value is not None))
    with connected(engine) as connection:
        return [Sent(*row) for row in connection.execute(query)]


def revive(engine: Engine, *, user_id: int | None = None) -> int:
    """Gives dead deliveries another row of attempts, under the same keys; how many. Raises ServiceError."""
    statement = update(_out).where(_out.state == "dead")
    if user_id is not None:
        own = select(AlertChannelRow.id).where(AlertChannelRow.user_id == user_id)
        statement = statement.where(_out.channel_id.in_(own))
    values = {"state": "waiting", "attempts": 0, "due_at": func.now(), "finished_at": None}
    with connected(engine, writes=True) as connection:
        return connection.execute(statement.values(values)).rowcount

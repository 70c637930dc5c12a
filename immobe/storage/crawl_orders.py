"""Orders of crawls, as they are kept while Scrapyd works on them. PostgreSQL's clock is the only one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Engine, and_, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from immobe.storage.faults import connected
from immobe.storage.order_models import CrawlOrderRow
from immobe.storage.run_models import RunRow
from immobe.storage.runs import LOST

Mode = Literal["scout", "harvest", "all"]
"""Of a crawl."""
Beats = Literal["alive", "dead", "ended", "shutdown", "none"]
"""What the latest run record of a job says; `none`: there is none since Scrapyd was last given the job."""


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that is not closed, and its latest run record. `sent_seconds`: since Scrapyd was given it."""

    job: str
    platform: str
    mode: Mode
    scope: str
    settings: Mapping[str, str]
    sent_seconds: float
    send_count: int
    beats: Beats
    host: str = ""
    pid: int = 0


_open = CrawlOrderRow.closed_at.is_(None)


def place(engine: Engine, job: str, platform: str, mode: str, scope: str, settings: Mapping[str, str]) -> bool:
    """Opens an order; False when this one, or another one of the same platform, mode and scope, is known already.

    Raises ServiceError.
    """
    row = {"job": job, "platform": platform, "mode": mode, "scope": scope, "settings": dict(settings)}
    with connected(engine, writes=True) as connection:
        return connection.execute(insert(CrawlOrderRow).values(row).on_conflict_do_nothing()).rowcount > 0


def send_again(engine: Engine, order: OpenOrder) -> bool:
    """Notes that Scrapyd is given it once more; False when somebody else has just done that. Raises ServiceError."""
    statement = (
        update(CrawlOrderRow)
        .where(CrawlOrderRow.job == order.job, CrawlOrderRow.send_count == order.send_count, _open)
        .values(send_count=CrawlOrderRow.send_count + 1, sent_at=func.now())
    )
    with connected(engine, writes=True) as connection:
        return connection.execute(statement).rowcount > 0


def close(engine: Engine, job: str, outcome: str) -> None:
    """Raises ServiceError."""
    statement = update(CrawlOrderRow).where(CrawlOrderRow.job == job, _open)
    with connected(engine, writes=True) as connection:
        connection.execute(statement.values(closed_at=func.now(), outcome=outcome))


def outcome(engine: Engine, job: str) -> str | None:
    """How it ended; None while it is open, or where there is no such order. Raises ServiceError."""
    with connected(engine) as connection:
        return connection.scalar(select(CrawlOrderRow.outcome).where(CrawlOrderRow.job == job))


def open_orders(engine: Engine, silent_seconds: float) -> list[OpenOrder]:
    """All, the oldest first. A process without a heartbeat for `silent_seconds` is dead. Raises ServiceError."""
    silent = func.extract("epoch", func.now() - RunRow.heartbeat_at) > silent_seconds
    beats = case(
        (RunRow.id.is_(None), literal("none")),
        (RunRow.finish_reason == LOST, literal("dead")),
        (RunRow.finish_reason == "shutdown", literal("shutdown")),
        (RunRow.ended_at.is_not(None), literal("ended")),
        (silent, literal("dead")),
        else_=literal("alive"),
    )
    since_sent = and_(RunRow.job == CrawlOrderRow.job, RunRow.started_at >= CrawlOrderRow.sent_at)
    query = (
        select(
            CrawlOrderRow.__table__,
            func.extract("epoch", func.now() - CrawlOrderRow.sent_at).label("sent_seconds"),
            beats.label("beats"),
            RunRow.host,
            RunRow.pid,
        )
        .outerjoin(RunRow, since_sent)
        .where(_open)
        .ext(distinct_on(CrawlOrderRow.job))
        .order_by(CrawlOrderRow.job, RunRow.started_at.desc())
    )
    with connected(engine) as connection:
        rows = connection.execute(query).mappings().all()
    names = ("job", "platform", "mode", "scope", "settings", "send_count", "beats")
    found = [
        OpenOrder(
            **{name: row[name] for name in names},
            sent_seconds=float(row["sent_seconds"]),
            host=row["host"] or "",
            pid=row["pid"] or 0,
        )
        for row in rows
    ]
    return sorted(found, key=lambda order: -order.sent_seconds)

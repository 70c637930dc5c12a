"""How each portal stands with us, in a word: for the pages Today and Operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from redis.exceptions import RedisError
from sqlalchemy import Connection

from immobe.config import Config
from immobe.errors import ServiceError
from immobe.observability.blocks import Rest, resting
from immobe.platforms import PLATFORMS
from immobe.storage import monitoring
from immobe.storage.platform_figures import last_runs
from immobe.storage.runs import silent_seconds
from immobe.watchtower.backend import Backend

State = Literal["blocked", "silent", "at_work", "ok", "never"]


@dataclass(frozen=True, slots=True)
class Standing:
    """`blocked`: it refused us, and we rest `until`; `silent`: no new listing since `since`, for longer than usual;
    `never`: it was not crawled yet."""

    platform: str
    state: State
    since: datetime | None = None
    until: datetime | None = None
    kind: str = ""
    """Of the block."""


def standings(connection: Connection, backend: Backend) -> list[Standing]:
    """Every platform's, those that need somebody first. Without Redis nobody can say who is blocked."""
    names = sorted(PLATFORMS)
    at, runs = monitoring.now(connection), last_runs(connection, names)
    newest = monitoring.newest_listings(connection, names)
    rests = rests_of(backend, names)
    found = [_standing(name, rests.get(name), runs.get(name), newest.get(name), at, backend.config) for name in names]
    order = ("blocked", "silent", "at_work", "ok", "never")
    return sorted(found, key=lambda one: (order.index(one.state), one.platform))


def rests_of(backend: Backend, names: Sequence[str]) -> Mapping[str, Rest]:
    """{platform: its rest}; empty while Redis does not answer."""
    try:
        return backend.ask_redis(lambda redis: resting(redis, names, backend.config.replica_url))
    except (ServiceError, RedisError):
        return {}


def _standing(
    name: str,
    rest: Rest | None,
    run: Mapping[str, Any] | None,
    newest: datetime | None,
    at: datetime,
    config: Config,
) -> Standing:
    if rest is not None:
        return Standing(name, "blocked", until=datetime.fromtimestamp(rest.until, UTC), kind=rest.kind)
    if run is None and newest is None:
        return Standing(name, "never")
    silent = timedelta(seconds=silent_seconds(config.run_heartbeat_seconds))
    if run is not None and run["ended_at"] is None and at - run["heartbeat_at"] < silent:
        return Standing(name, "at_work", since=run["started_at"])
    if newest is None or at - newest > timedelta(hours=config.monitor_silence_hours):
        return Standing(name, "silent", since=newest or (run["started_at"] if run else None))
    return Standing(name, "ok", since=newest)

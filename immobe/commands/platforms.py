"""`immobe platforms`: what we know of each portal, and how it stands with us."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from immobe.config import load_config

if TYPE_CHECKING:
    from immobe.config import Config
    from immobe.observability.blocks import Rest


def platforms() -> None:
    """Show the portals: what our reading of each rests on, what is held of it, and whether it blocks us."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table

    from immobe.platforms import PLATFORMS
    from immobe.platforms.base import Evidence

    held, rests = _asked(load_config())
    table = Table(
        "platform", Column("held", justify="right"), "evidence", Column("state", overflow="fold"), "hosts",
        box=SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for name, platform in PLATFORMS.items():
        evidence = "confirmed" if platform.evidence is Evidence.CAPTURED else "unconfirmed"
        table.add_row(name, f"{held.get(name, 0):,}", evidence, _state(rests.get(name)), ", ".join(platform.hosts))
    Console().print(table)
    typer.echo("unconfirmed: read as others report it; a page that differs goes to quarantine (docs/platforms.md)")


def _state(rest: Rest | None) -> str:
    if rest is None:
        return "open"
    return f"blocked ({rest.kind}), asked again {datetime.fromtimestamp(rest.until, UTC):%m-%d %H:%M} UTC"


def _asked(config: Config) -> tuple[dict[str, int], dict[str, Rest]]:
    from redis.exceptions import RedisError

    from immobe.embedded import ensure_services
    from immobe.errors import ServiceError
    from immobe.observability.blocks import resting
    from immobe.platforms import PLATFORMS
    from immobe.redis import make_redis
    from immobe.storage.engine import make_engine
    from immobe.storage.queries import counts_by_platform

    services = ensure_services(config)
    held = counts_by_platform(make_engine(config, services.database_url, "immobe platforms"))
    with make_redis(services.redis_url) as redis:
        try:
            return held, resting(redis, PLATFORMS, config.replica_url)
        except RedisError as error:
            raise ServiceError(f"Redis cannot be used: {error}. `immobe doctor` says how to mend it.") from None

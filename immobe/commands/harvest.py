"""`immobe harvest`: the supervised pool of harvesters; `--status` shows those that run, on all machines."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from immobe.commands.runs import duration

if TYPE_CHECKING:
    from redis import Redis

    from immobe.config import Config
    from immobe.harvesting.registry import Entry

_STYLES = {"working": "green", "waiting": "cyan", "starting": "yellow", "stopping": "yellow", "restarting": "red"}


def harvest(
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Processes; else HARVESTER_WORKERS")] = None,
    platform: Annotated[list[str] | None, typer.Option(help="Only this platform; may be repeated. Else all")] = None,
    until_empty: Annotated[bool, typer.Option("--until-empty", help="End when all queues are empty")] = False,
    scout: Annotated[bool, typer.Option("--scout", help="Go through search pages as well: -a mode=all")] = False,
    status: Annotated[bool, typer.Option("--status", help="Show the harvesters that run, and start none")] = False,
) -> None:
    """Fetch what scouts have queued, in several supervised processes, until SIGTERM or Ctrl-C; a second one kills.

    With --scout and --until-empty, one whole crawl of every platform. A process that dies or hangs is replaced.
    Exit code 0 after an end in order, 1 when processes cannot be started.
    """
    if status:
        _show_status()
        return
    _run(workers, platforms=tuple(platform or ()), until_empty=until_empty, mode="all" if scout else "harvest")


def _run(workers: int | None, **given: Any) -> None:
    from immobe.config import load_config
    from immobe.embedded import ensure_services
    from immobe.embedded.guard import Guard
    from immobe.errors import ConfigError
    from immobe.harvesting.options import PoolOptions
    from immobe.harvesting.supervisor import HarvestFailed
    from immobe.harvesting.supervisor import harvest as supervise
    from immobe.observability.logs import configure_logs

    try:
        config = load_config()
    except ConfigError as error:
        raise HarvestFailed(str(error)) from None  # exit code 1, as for every other reason not to start
    configure_logs(config.log_level, config.logs_json("harvester"), "harvester")
    services = ensure_services(config)
    Guard(config, services).start()
    urls = {"database_url": services.database_url, "redis_url": services.redis_url}
    number = {} if workers is None else {"workers": workers}
    supervise(config.model_copy(update=urls), PoolOptions.of(config, **given, **number))


def _show_status() -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    from immobe.config import load_config

    entries = _entries(load_config())
    if not entries:
        typer.echo("No harvester runs.")
        return
    columns = (Column(name, no_wrap=True) for name in ("harvester", "state"))
    table = Table(*columns, Column("how it is", overflow="fold"), box=SIMPLE_HEAD, pad_edge=False)
    now = time.time()
    for entry in entries:
        table.add_row(
            f"{entry.host} {entry.name.rpartition(':')[2]}",
            Text(entry.state, _STYLES.get(entry.state, "yellow")),
            Text(how_it_is(entry, now)),
        )
    Console().print(table)


def _entries(config: Config) -> list[Entry]:
    from redis.exceptions import RedisError

    from immobe.embedded import running_urls
    from immobe.errors import ServiceError
    from immobe.harvesting.registry import harvesters
    from immobe.redis import make_redis

    url = running_urls(config)[1]
    if url is None:
        return []
    redis: Redis
    with make_redis(url) as redis:
        try:
            return harvesters(redis)
        except RedisError as error:
            raise ServiceError(f"Redis cannot be used: {error}. `immobe doctor` says how to mend it.") from None


def how_it_is(entry: Entry, now: float) -> str:
    """What is known of a harvester at `now`, in words.

    >>> from immobe.harvesting.registry import Entry
    >>> how_it_is(Entry("h:1:harvester-1", "h", 12, "working", "immoweb working", 1200, 98_000_000, 5.0, 64.0, 1), 65.0)
    'pid 12, up 1 min 00 s, 1,200 pages, the last 1.0 s ago, 98 MB, restarts 1; immoweb working'
    """
    facts = [f"restarts {entry.restarts}"]
    if entry.pid:
        last = f", the last {duration(now - entry.last_progress)} ago" if entry.last_progress else ""
        memory = f"{entry.rss_bytes / 1e6:.0f} MB"
        facts = [
            f"pid {entry.pid}",
            f"up {duration(now - entry.started)}",
            f"{entry.pages:,} pages{last}",
            memory,
            *facts,
        ]
    return "; ".join(part for part in (", ".join(facts), entry.platforms) if part)

"""`immobe queue`: what waits, is in work, or died; `immobe reconcile`: fill an emptied queue again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from immobe.commands.opening import open_database
from immobe.errors import ImmobeError

if TYPE_CHECKING:
    from redis import Redis

    from immobe.crawling.leases import LeasedQueue


class NoSuchLetter(ImmobeError):  # noqa: N818 - reads as what happened
    """A dead letter that was named is not there, or is of no use."""


app = typer.Typer(no_args_is_help=True, help="Look at the shared queues and their dead letters.")
Platform = Annotated[str, typer.Argument(help="Name of the platform, as in: immoweb")]
Ids = Annotated[list[str] | None, typer.Argument(help="Dead letters by id, as `immobe queue show` prints them")]
All = Annotated[bool, typer.Option("--all", help="All dead letters")]


@contextmanager
def _queue(platform: str) -> Iterator[tuple[LeasedQueue, Redis]]:
    """The platform's queue; a clear error when there is no such platform, or Redis cannot be reached."""
    from redis.exceptions import RedisError

    from immobe.config import load_config
    from immobe.crawling.keys import queue_of
    from immobe.embedded import ensure_services
    from immobe.errors import ServiceError
    from immobe.platforms import get_platform
    from immobe.redis import make_redis

    get_platform(platform)
    with make_redis(ensure_services(load_config()).redis_url) as redis:
        try:
            yield queue_of(redis, platform), redis
        except RedisError as error:
            raise ServiceError(f"Redis cannot be used: {error}. `immobe doctor` says how to mend it.") from None


@app.command()
def show(
    platform: Annotated[str | None, typer.Argument(help="One platform; else all")] = None,
    letters: Annotated[int, typer.Option("--letters", "-n", min=0, max=10_000, help="Dead letters to list")] = 20,
) -> None:
    """Show how many pages wait, are in work, are delayed, and what became dead letters, newest first."""
    from rich.console import Console
    from rich.table import Table

    from immobe.crawling.leases_dead import DeadLetters
    from immobe.platforms import PLATFORMS

    console = Console()
    counts = Table("platform", "ready", "in work", "delayed", "dead", "of these search pages")
    dead: list[str] = []
    for name in [platform] if platform else list(PLATFORMS):
        with _queue(name) as (queue, _):
            pending = queue.pending()
            counts.add_row(
                name,
                *(f"{n:,}" for n in (pending.ready, pending.leased, pending.delayed, pending.dead, pending.searches)),
            )
            for letter in DeadLetters(queue).page(0, letters):
                died = datetime.fromtimestamp(letter.died_ms / 1000, UTC)
                dead.append(f"{letter.id}  {died:%Y-%m-%d %H:%M:%S}  {letter.reason}  {_url_in(letter.payload)}")
    console.print(counts)
    if dead:
        # Lines, not a table: ids are there to be copied.
        typer.echo("\n".join(["Dead letters (id, died UTC, reason, page):", *dead]))


def _url_in(payload: bytes) -> str:
    try:
        return str(json.loads(payload)["url"])
    except (ValueError, KeyError, TypeError):
        return payload[:80].decode("utf-8", "replace")


@app.command()
def requeue(platform: Platform, ids: Ids = None, every: All = False) -> None:
    """Make dead letters ready again, with no attempts counted. Their listings stay failed until a page says more.

    Exit code 1 when one of the ids cannot be queued again; the others are.
    """
    from immobe.crawling.leases_dead import DeadLetters

    _some_or_all(ids, every)
    with _queue(platform) as (queue, _):
        letters = DeadLetters(queue)
        requeued = letters.requeue(ids or None)
        typer.echo(f"{len(requeued)} queued again.")
        left = set(ids or ()) - set(requeued)
        unusable = letters.among(left)
    _complain(platform, left - unusable, unusable)


@app.command()
def drop(platform: Platform, ids: Ids = None, every: All = False) -> None:
    """Remove dead letters for good. Their listings stay failed, and are fetched when a search finds them again.

    Exit code 1 when one of the ids is no dead letter; the others are dropped.
    """
    from immobe.crawling.leases_dead import DeadLetters

    _some_or_all(ids, every)
    with _queue(platform) as (queue, _):
        dropped = DeadLetters(queue).drop(ids or None)
        typer.echo(f"{len(dropped)} dropped.")
    _complain(platform, set(ids or ()) - set(dropped))


def _complain(platform: str, unknown: Set[str], unusable: Set[str] = frozenset()) -> None:
    """Ends with exit code 1 when ids were named in vain."""
    problems = []
    if unknown:
        problems.append(f"{platform} has no dead letter {', '.join(sorted(unknown))} (see `immobe queue show`).")
    if unusable:
        problems.append(f"No start URL could be read from {', '.join(sorted(unusable))}: drop it and push another.")
    if problems:
        raise NoSuchLetter(" ".join(problems))


def _some_or_all(ids: list[str] | None, every: bool) -> None:
    if bool(ids) == every:
        raise typer.BadParameter("name dead letters by id, or give --all")


def reconcile(platform: Annotated[str | None, typer.Argument(help="One platform; else all")] = None) -> None:
    """Queue again every listing that was discovered and never scraped: after Redis has lost its data.

    With SCRAPYD_URL, crawls that were lost with Scrapyd are started again.
    """
    from immobe.commands import scrapyd
    from immobe.config import load_config
    from immobe.crawling.reconcile import reconcile as queue_again
    from immobe.platforms import PLATFORMS

    config = load_config()
    engine = open_database(config, "immobe reconcile")
    for name in [platform] if platform else list(PLATFORMS):
        with _queue(name) as (queue, redis):
            typer.echo(f"{name}: {queue_again(engine, redis, queue, name)} queued again.")
    if config.scrapyd_url:
        scrapyd.settle(config, engine)


def revisit(
    platform: Annotated[str | None, typer.Argument(help="One platform; else all")] = None,
    most: Annotated[int, typer.Option(min=1, help="Of each platform")] = 2000,
) -> None:
    """Queue listings that no search has shown for so long that their page should have been read again a day ago."""
    from datetime import timedelta

    from immobe.config import load_config
    from immobe.crawling.overdue import queue_overdue
    from immobe.crawling.revisits import RevisitPolicy
    from immobe.platforms import PLATFORMS

    config = load_config()
    policy = RevisitPolicy(timedelta(days=config.revisit_shortest_days), timedelta(days=config.revisit_longest_days))
    engine = open_database(config, "immobe revisit")
    for name in [platform] if platform else list(PLATFORMS):
        with _queue(name) as (queue, _):
            typer.echo(f"{name}: {queue_overdue(engine, queue, name, policy, most)} queued.")

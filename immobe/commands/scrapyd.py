"""`immobe scrapyd`: runs Scrapyd, sends it the egg, orders crawls from it, and says what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from immobe.commands.opening import open_database

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from immobe.config import Config
    from immobe.watchtower.crawls.ledger import Ledger

app = typer.Typer(no_args_is_help=True, help="Run Scrapyd, send it our code, and order crawls from it.")
Platform = Annotated[str, typer.Argument(help="Name of the platform, as in: immoweb")]


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to serve on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port")] = 6800,
) -> None:
    """Run Scrapyd with deploy/scrapyd.conf until it is told to stop; its crawls end in order with it."""
    from immobe.config import load_config
    from immobe.observability.logs import configure_logs
    from immobe.scrapyd.server import serve as run

    config = load_config()
    configure_logs(config.log_level, config.log_json, "scrapyd")
    raise typer.Exit(run(config, host, port))


@app.command()
def deploy(
    target: Annotated[str, typer.Argument(help="Of scrapy.cfg; `local` is this machine's Scrapyd")] = "default",
    version: Annotated[str | None, typer.Option(help="Else by time and commit, as Scrapyd sorts them rightly")] = None,
) -> None:
    """Build the egg of this code and send it to the Scrapyd at SCRAPYD_URL, or to another target."""
    from immobe.config import load_config
    from immobe.scrapyd.egg import deploy as send
    from immobe.scrapyd.egg import new_version

    version = version or new_version()
    typer.echo(send(load_config(), target, version))
    typer.echo(
        f"Version {version} is there. Crawls that are ordered from now on use it, unless SCRAPYD_VERSION is set."
    )


@app.command()
def status() -> None:
    """How many jobs wait, run and have ended. Exit code 1 when Scrapyd does not answer."""
    from immobe.config import load_config
    from immobe.errors import ServiceError
    from immobe.watchtower.crawls.scrapyd import Scrapyd

    config = load_config()
    if not config.scrapyd_url:
        raise ServiceError("SCRAPYD_URL is not set: there is no Scrapyd to ask")
    counts = Scrapyd(config.scrapyd_url, config.scrapyd_project).daemon()
    typer.echo(", ".join(f"{state} {count}" for state, count in counts.items()))


@app.command()
def start(
    platform: Platform,
    mode: Annotated[str, typer.Option(help="scout, harvest or all")] = "scout",
    scope: Annotated[str, typer.Option(help="As -a scope= takes it")] = "",
    job: Annotated[str | None, typer.Option(help="Its name; the same name twice starts one crawl")] = None,
) -> None:
    """Order a crawl, unless one of the same platform, mode and scope is under way; print its name and state."""
    from immobe.platforms import get_platform
    from immobe.watchtower.crawls.orders import CrawlOrder

    get_platform(platform)
    if mode not in ("scout", "harvest", "all"):
        raise typer.BadParameter(f"there is no mode {mode!r}; there are scout, harvest and all")
    with _ledger() as ledger:
        taken = ledger.start(CrawlOrder(platform, mode, scope), job)  # type: ignore[arg-type]  # checked above
    typer.echo(f"{taken.job} {taken.state}")


@app.command()
def cancel(job: Annotated[str, typer.Argument(help="As `immobe scrapyd jobs` names it")]) -> None:
    """Stop a crawl in order, or take it out of the queue."""
    with _ledger() as ledger:
        stopped = ledger.cancel(job)
    typer.echo(f"{job} {'is told to stop' if stopped else 'was not known to Scrapyd; its order is closed'}")


@app.command()
def jobs() -> None:
    """What became of every open order, held against the heartbeats of its crawl; `immobe reconcile` does it, too.

    What was lost with Scrapyd is started again; what goes on without it is left alone.
    """
    from immobe.config import load_config

    config = load_config()
    settle(config, open_database(config, "immobe scrapyd"))


@contextmanager
def _ledger() -> Iterator[Ledger]:
    from immobe.config import load_config
    from immobe.watchtower.crawls.ledger import Ledger

    config = load_config()
    engine = open_database(config, "immobe scrapyd")
    ledger = Ledger.of(config, engine)
    try:
        yield ledger
    finally:
        ledger.close()
        engine.dispose()


def settle(config: Config, engine: Engine) -> None:
    """One line an order: names are there to be copied."""
    from immobe.watchtower.crawls.ledger import Ledger

    settled = Ledger.of(config, engine).settle()
    for one in settled:
        place = f" (pid {one.order.pid} on {one.order.host})" if one.order.beats == "alive" else ""
        typer.echo(f"{one.order.job}  {one.verdict}{place}{f', {one.done}' if one.done else ''}")
    if not settled:
        typer.echo("No crawl is ordered.")

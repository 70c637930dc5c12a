"""`immobe replica`: our own portals, for demos, tests and load; and a database full of what they hold."""

from __future__ import annotations

from typing import Annotated

import typer

from immobe.config import load_config

app = typer.Typer(help="Serves one synthetic Belgian market in the portals' formats until Ctrl-C.")


@app.callback(invoke_without_command=True)
def replica(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8090,
    listings: Annotated[
        int, typer.Option(min=1, max=200_000, help="Adverts on the market on day 0, all of them on Immoweb.")
    ] = 1000,
    seed: Annotated[int, typer.Option(help="Another seed, another market.")] = 1,
    day: Annotated[int, typer.Option(min=0, max=3650, help="Show the market so many days later.")] = 0,
    faults: Annotated[str, typer.Option(help="Faults to play, as in 429=5%,slow=2%; see docs/replica.md.")] = "",
    platforms: Annotated[str, typer.Option(help="Portals to show, as in immoweb,zimmo; all when left out.")] = "",
    pages: Annotated[
        int | None, typer.Option(min=1, help="Searches show no more pages than that; else as many as the portal does.")
    ] = None,
    javascript: Annotated[
        str, typer.Option(help="Portals whose pages need JavaScript, as in immoweb: for tests of the browser.")
    ] = "",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Serves one synthetic Belgian market in the portals' formats until Ctrl-C."""
    if context.invoked_subcommand is not None:
        return
    # Imported here: other commands start without the web server.
    from immobe.replica.market import Market
    from immobe.replica.server import Replica, create_app, serve

    serve(
        create_app(Replica(Market(seed, listings), day, faults, _names(platforms), pages, _names(javascript))),
        host,
        port,
        lambda address: typer.echo(f"replica on {address}"),
    )


@app.command()
def load(
    listings: Annotated[int, typer.Option(min=1, max=10_000_000, help="Rows to be there, of all portals together.")],
    seed: Annotated[int, typer.Option(help="Another seed, another market.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Also into a database that holds crawled listings.")] = False,
) -> None:
    """Fill the database with a market's listings, for measuring: all of them or none; what is there stays as it is."""
    from datetime import UTC, datetime

    from rich.console import Console
    from rich.progress import Progress

    from immobe.embedded import ensure_services
    from immobe.replica.load import Synthetic
    from immobe.replica.load import load as fill
    from immobe.storage.engine import make_engine
    from immobe.storage.schema import migrate

    config = load_config()
    database_url = config.database_url or ensure_services(config).database_url
    migrate(database_url)
    engine = make_engine(config, database_url, "immobe replica load")
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("listings", total=listings)
        new = fill(
            engine,
            Synthetic(listings, seed, datetime.now(UTC)),
            force=force,
            progress=lambda count: bar.advance(task, count),
        )
    typer.echo(f"{new:,} listings were added, {listings - new:,} were there before.")


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]

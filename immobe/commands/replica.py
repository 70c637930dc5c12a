"""`immobe replica`: our own portals, for demos, tests and load."""

from __future__ import annotations

from typing import Annotated

import typer


def replica(
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
    # Imported here: other commands start without the web server.
    from immobe.replica.market import Market
    from immobe.replica.server import Replica, create_app, serve

    serve(
        create_app(Replica(Market(seed, listings), day, faults, _names(platforms), pages, _names(javascript))),
        host,
        port,
        lambda address: typer.echo(f"replica on {address}"),
    )


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]

"""`immobe watchtower`: the HTTP service for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from immobe.config import Config
    from immobe.embedded import ServiceUrls


def watchtower(
    host: Annotated[str, typer.Option(help="Address to serve on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0: a free one")] = 8000,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Processes; else WATCHTOWER_WORKERS")] = None,
) -> None:
    """Serve pages, API, /health, /ready and /metrics until Ctrl-C, after bringing the database schema up to date.

    While there is no operator, each start prints a one-time set-up token.
    """
    from immobe.config import load_config
    from immobe.embedded import ensure_services
    from immobe.embedded.guard import Guard
    from immobe.observability.logs import configure_logs
    from immobe.storage.schema import migrate
    from immobe.watchtower.safety import refuse_unsafe

    config = load_config()
    configure_logs(config.log_level, config.logs_json("watchtower"), "watchtower")
    refuse_unsafe(config)
    services = ensure_services(config)
    migrate(services.database_url)
    Guard(config, services).start()
    _offer_set_up(config, services)
    _serve(config, host, port, workers or config.watchtower_workers)


def _offer_set_up(config: Config, services: ServiceUrls) -> None:
    from immobe.storage.engine import make_engine
    from immobe.watchtower.security.keys import setup_token

    engine = make_engine(config, services.database_url, "immobe watchtower")
    try:
        token = setup_token(engine)
    finally:
        engine.dispose()
    if token:  # to standard output, not to the log: logs are kept and shipped
        typer.echo(f"No operator yet. Open /ui/set-up within a day; the one-time token is {token}")


def _serve(config: Config, host: str, port: int, workers: int) -> None:
    """Until a signal. As `uvicorn.run` does, on a socket of our own."""
    import uvicorn
    from uvicorn.supervisors import ChangeReload, Multiprocess

    from immobe.errors import ServiceError
    from immobe.listening import listen, url_of

    listener = listen(host, port, what="Watchtower")
    typer.echo(f"Watchtower on {url_of(listener, host)}")
    served = uvicorn.Config(
        "immobe.watchtower.app:create_app",
        factory=True,
        workers=workers,
        reload=config.watchtower_reload,
        log_config=None,
        log_level=config.log_level.lower(),
        access_log=False,  # `watchtower.correlation` writes one that names the correlation id
        proxy_headers=False,  # `watchtower.app` does it, for the proxies that are trusted
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(served)
    if served.should_reload:
        ChangeReload(served, target=server.run, sockets=[listener]).run()
    elif workers > 1:
        Multiprocess(served, sockets=[listener]).run()
    else:
        server.run(sockets=[listener])
        if not server.started:
            raise ServiceError("Watchtower did not start: see the log")

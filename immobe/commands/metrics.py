"""`immobe metrics`: what Prometheus reads, printed once or served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from immobe.config import load_config

if TYPE_CHECKING:
    from immobe.observability.exposition import MetricsCollector


def metrics(
    serve: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Serve /metrics on this port; 0: a free one.")
    ] = None,
    host: Annotated[str, typer.Option(help="Address to serve on.")] = "127.0.0.1",
) -> None:
    """Print all metrics, or serve them for Prometheus until Ctrl-C: for an installation without Watchtower."""
    from prometheus_client import CollectorRegistry, generate_latest, start_http_server

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_collector())
    if serve is None:
        typer.echo(generate_latest(registry), nl=False)
        return
    server, thread = start_http_server(serve, host, registry)
    typer.echo(f"metrics on http://{host}:{server.server_port}/metrics")
    try:
        thread.join()
    except KeyboardInterrupt:
        server.shutdown()
        server.server_close()


def _collector() -> MetricsCollector:
    from immobe.embedded import ensure_services
    from immobe.observability.exposition import Local, MetricsCollector
    from immobe.redis import FallbackQueue, make_redis
    from immobe.storage.engine import make_engine

    config = load_config()
    services = ensure_services(config)
    engine = make_engine(config, services.database_url, "immobe metrics")
    local = Local(fallback_length=FallbackQueue(config.redis_fallback_queue).size, config=config)
    return MetricsCollector(make_redis(services.redis_url, client_name="immobe-metrics"), engine, local)

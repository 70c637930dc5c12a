"""`immobe up`, `down`, `status` and `doctor`: the services everything else needs."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from immobe.commands.doctor import doctor
from immobe.config import load_config
from immobe.embedded import ServiceStatus, ensure_services, service_status, stop_services

__all__ = ["doctor", "down", "status", "up"]

_STYLES = {"running": "green", "external": "cyan", "stopped": "yellow", "damaged": "red"}


def up() -> None:
    """Start PostgreSQL and Valkey unless they run, and print their URLs: `export $(immobe up)` sets both."""
    urls = ensure_services(load_config(), report=_tell)
    typer.echo(f"DATABASE_URL={urls.database_url}")
    typer.echo(f"REDIS_URL={urls.redis_url}")


def down() -> None:
    """Stop the embedded PostgreSQL and Valkey; the data stays. Services of your own are left alone."""
    stopped = stop_services(load_config(), report=_tell)
    typer.echo(f"Stopped {' and '.join(stopped)}." if stopped else "No embedded service was running.")


def status() -> None:
    """Show which services are used and where they run. Starts nothing."""
    table = Table("service", "state", "address", "pid", "version", "size", "data folder")
    for service in service_status(load_config()):
        table.add_row(*_row(service))
    Console().print(table)


def _row(service: ServiceStatus) -> tuple[str, ...]:
    style = _STYLES[service.state]
    return (
        service.name,
        f"[{style}]{service.state}[/{style}]",
        service.address or "",
        str(service.pid or ""),
        service.version or "",
        "" if service.size_bytes is None else f"{service.size_bytes / 1e6:.1f} MB",
        str(service.data_folder or ""),
    )


def _tell(line: str) -> None:
    typer.echo(line, err=True)

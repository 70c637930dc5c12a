"""`immobe up`, `down`, `status` and `doctor`: the services everything else needs."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Column, Table

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
    services = service_status(load_config())
    table = Table("service", "state", Column("address", overflow="fold"), "pid", "version", "size")
    for service in services:
        table.add_row(*_row(service))
    console = Console()
    console.print(table)
    for service in services:
        if service.data_folder:  # below the table, whose columns would cut it
            console.print(f"{service.name}: {service.data_folder}", soft_wrap=True, markup=False, highlight=False)


def _row(service: ServiceStatus) -> tuple[str, ...]:
    style = _STYLES[service.state]
    return (
        service.name,
        f"[{style}]{service.state}[/{style}]",
        service.address or "",
        str(service.pid or ""),
        service.version or "",
        "" if service.size_bytes is None else f"{service.size_bytes / 1e6:.1f} MB",
    )


def _tell(line: str) -> None:
    typer.echo(line, err=True)

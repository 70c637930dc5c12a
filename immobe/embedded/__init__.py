"""PostgreSQL and Valkey for a machine that has neither: programs from wheels, data in `Config.immobe_data_dir`.

`ensure_services` starts them or finds them again; they outlive the process that started them, until `stop_services`.
While a `Guard` watches, they are started again when they are killed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from immobe.config import Config
from immobe.embedded.home import make_folders
from immobe.embedded.postgres import Postgres
from immobe.embedded.server import Report, Server, ServiceStatus
from immobe.embedded.valkey import Valkey
from immobe.errors import ServiceError

__all__ = [
    "ServiceStatus",
    "ServiceUrls",
    "ensure_services",
    "killed_services",
    "revive_services",
    "running_urls",
    "service_status",
    "stop_services",
]

_LOCK_SECONDS = 300.0  # longer than any start or stop that another process may be busy with

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServiceUrls:
    """Where the services are, with their passwords: `postgresql+psycopg2://…` and `redis://…`."""

    database_url: str
    redis_url: str


def ensure_services(config: Config, report: Report = _log.info) -> ServiceUrls:
    """URLs of running services: those that `config` names as they are, the others embedded, started if they are not up.

    Safe from several processes at once. `report` gets a line about each thing that takes time.
    Raises ServiceError that says which service, what its log says, and how to mend it.
    """
    if config.database_url and config.redis_url:
        return ServiceUrls(config.database_url, config.redis_url)
    data_dir = _data_dir(config)
    with _lock(data_dir):
        return ServiceUrls(
            config.database_url or Postgres(data_dir, report).ensure(),
            config.redis_url or Valkey(data_dir, report).ensure(),
        )


def running_urls(config: Config) -> tuple[str | None, str | None]:
    """DATABASE_URL and REDIS_URL as `config` names them or as the embedded servers run now; None for what is not up."""
    postgres, valkey = (server.running_url() for server in _servers(_data_dir(config), _log.info))
    return config.database_url or postgres, config.redis_url or valkey


def stop_services(config: Config, report: Report = _log.info) -> list[str]:
    """Stops the embedded servers of this data folder, cleanly; names of those that ran. Raises ServiceError."""
    data_dir = _data_dir(config)
    if not data_dir.exists():
        return []
    with _lock(data_dir):
        return [server.name for server in reversed(_servers(data_dir, report)) if _stop(server)]


def killed_services(config: Config) -> list[str]:
    """Names of embedded servers that `config` uses, and that ended although nobody stopped them. Changes nothing."""
    return [server.name for server in _used(config, _log.info) if server.was_killed()]


def revive_services(config: Config, report: Report = _log.info) -> dict[str, str]:
    """Starts those again; {name: URL}. They come back on their old ports if these are free. Raises ServiceError."""
    with _lock(_data_dir(config)):
        return {server.name: server.ensure() for server in _used(config, report) if server.was_killed()}


def service_status(config: Config) -> list[ServiceStatus]:
    """PostgreSQL's and Valkey's (Redis') state, in this order. Starts, stops and writes nothing."""
    urls = (config.database_url, config.redis_url)
    names = ("PostgreSQL", "Redis")
    embedded = _servers(_data_dir(config), _log.info)
    return [
        ServiceStatus(name, "external", address=_address(url)) if url else server.status()
        for name, url, server in zip(names, urls, embedded, strict=True)
    ]


def _servers(data_dir: Path, report: Report) -> tuple[Server, Server]:
    return Postgres(data_dir, report), Valkey(data_dir, report)


def _used(config: Config, report: Report) -> list[Server]:
    """The embedded servers that `config` does not replace by others."""
    urls = (config.database_url, config.redis_url)
    return [server for url, server in zip(urls, _servers(_data_dir(config), report), strict=True) if url is None]


def _stop(server: Server) -> bool:
    ran = server.stop()
    if server.home.folder.exists():
        server.home.stop_note.touch()
    return ran


def _data_dir(config: Config) -> Path:
    return config.immobe_data_dir.expanduser().resolve()


@contextmanager
def _lock(data_dir: Path) -> Iterator[None]:
    """One process at a time starts or stops the servers of a data folder."""
    make_folders(data_dir, 0o755)
    path = data_dir / "embedded.lock"
    try:
        with FileLock(path, timeout=_LOCK_SECONDS):
            yield
    except Timeout as error:
        raise ServiceError(
            f"Another process has been starting or stopping the servers of {data_dir} for too long."
        ) from error
    except PermissionError as error:
        raise ServiceError(
            f"{error.filename or path} may not be written: {error.strerror}. "
            "Run as the folder's owner, or set IMMOBE_DATA_DIR to a folder of your own."
        ) from error


def _address(url: str) -> str:
    """Host and port (or socket path) of a URL, without user and password.

    >>> _address("redis://:secret@queue:6379/0")
    'queue:6379'
    >>> _address("unix:///run/redis.sock?db=1")
    '/run/redis.sock'
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return host or parts.path

"""What commands that read or write the database begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from immobe.config import Config


def open_database(config: Config, command: str) -> Engine:
    """The configured database, or the embedded one, which is started when it does not run. Raises ServiceError.

    `command` is how PostgreSQL shows its connections, as in `immobe runs`.
    """
    # Imported here: other commands start without SQLAlchemy.
    from immobe.embedded import ensure_services
    from immobe.storage.engine import make_engine

    return make_engine(config, ensure_services(config).database_url, command)

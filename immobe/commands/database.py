"""`immobe migrate`: brings the database to the schema of this version."""

from __future__ import annotations

from rich.console import Console

from immobe.config import load_config


def migrate() -> None:
    """Creates or upgrades the tables. Safe to repeat, and for several processes at once."""
    from immobe.embedded import ensure_services
    from immobe.storage.schema import migrate as upgrade
    from immobe.storage.schema import schema_state

    config = load_config()
    database_url = config.database_url or ensure_services(config).database_url
    before, _ = schema_state(database_url)
    upgrade(database_url)
    after, _ = schema_state(database_url)
    done = f"is at revision {after}" if before == after else f"went from revision {before or 'none'} to {after}"
    Console(stderr=True).print(f"The database {done}.", highlight=False)

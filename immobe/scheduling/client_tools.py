"""How PostgreSQL's programs reach the database: for scripts/backup_database.sh and scripts/restore_database.sh.

    python -m immobe.scheduling.client_tools FOLDER

Writes FOLDER/service.conf, a libpq connection service named `immobe` that its owner alone can read (a password on a
command line can be read by everybody), and prints what the scripts need, as shell assignments.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from sqlalchemy import URL, make_url

from immobe.config import Config, load_config
from immobe.embedded import ensure_services
from immobe.embedded.runtime import wheel_programs
from immobe.errors import ConfigError, ImmobeError
from immobe.scheduling.backups import backup_folder

SERVICE = "immobe"


def service_text(url: URL) -> str:
    """A service file's section. Raises ConfigError for what it could not hold.

    >>> print(service_text(make_url("postgresql+psycopg2://me:p%40ss@db:5433/homes?sslmode=require")), end="")
    [immobe]
    host=db
    port=5433
    user=me
    password=p@ss
    dbname=homes
    sslmode=require
    """
    known = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
        **{name: given if isinstance(given, str) else given[-1] for name, given in url.query.items()},
    }
    lines = [f"{name}={value}" for name, value in known.items() if value is not None]
    if any(re.search(r"[\r\n]", line) for line in lines):
        raise ConfigError("DATABASE_URL: a line break cannot be handed to PostgreSQL's programs")
    return "\n".join([f"[{SERVICE}]", *lines]) + "\n"


def programs_folder(config: Config) -> Path:
    """Where pg_dump, pg_restore and psql are. Raises ConfigError when they are not there."""
    folder = (config.postgres_bin or wheel_programs()[0].parent).expanduser()
    missing = [name for name in ("pg_dump", "pg_restore", "psql") if not os.access(folder / name, os.X_OK)]
    if missing:
        raise ConfigError(f"POSTGRES_BIN: {folder} has no {', '.join(missing)}")
    return folder


def major_version(program: Path) -> int:
    """18 of `pg_dump (PostgreSQL) 18.6`."""
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\) (\d+)", said)
    if found is None:
        raise ConfigError(f"{program} does not tell its version: {said!r}")
    return int(found[1])


def main(folder: Path) -> None:
    """Raises ConfigError or ServiceError."""
    config = load_config()
    url = make_url(config.database_url or ensure_services(config).database_url)
    programs = programs_folder(config)
    service = folder / "service.conf"
    with os.fdopen(os.open(service, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(service_text(url))
    told = {
        "PGSERVICEFILE": service,
        "programs": programs,
        "client_version": major_version(programs / "pg_dump"),
        "database": url.database or "",
        "backups": backup_folder(config),
        "keep_daily": config.backup_keep_daily,
        "keep_weekly": config.backup_keep_weekly,
        "keep_monthly": config.backup_keep_monthly,
    }
    for name, value in told.items():
        print(f"{name}={shlex.quote(str(value))}")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except (ImmobeError, OSError) as error:
        sys.exit(f"{error}")

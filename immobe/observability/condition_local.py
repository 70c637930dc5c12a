"""What the asking machine tells: room on its disks, and its fallback queue."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import Engine, text

from immobe.config import Config
from immobe.observability.condition_kinds import DISK_FULL, FALLBACK_IN_USE, Condition
from immobe.redis import FallbackQueue, JournalError
from immobe.storage.faults import connected

_LEAST_BYTES, _LEAST_SHARE = 500_000_000, 0.05
_DIRECTORIES = text("""
SELECT current_setting('data_directory', true) UNION ALL
SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE pg_tablespace_location(oid) <> ''
""")


def local_conditions(config: Config) -> Iterator[Condition]:
    """Room for our own files, and what waits in the fallback queue."""
    yield from _full((config.immobe_data_dir, config.backup_dir, config.redis_fallback_queue.parent))
    try:
        count = FallbackQueue(config.redis_fallback_queue).size()
    except JournalError as error:
        yield Condition(FALLBACK_IN_USE, str(error))
        return
    if count:
        yield Condition(FALLBACK_IN_USE, f"{count:,} requests wait in {config.redis_fallback_queue}.")


def postgres_disks(engine: Engine) -> Iterator[Condition]:
    """Where PostgreSQL keeps its data, if that is on this machine and it tells us where. Raises ServiceError."""
    with connected(engine) as connection:
        known = connection.execute(_DIRECTORIES).scalars().all()
    yield from _full(Path(folder) for folder in known if folder)


def _full(folders: Iterable[Path | None]) -> Iterator[Condition]:
    """Each disk once."""
    told: set[int] = set()
    for folder in filter(None, folders):
        try:
            device, usage = folder.expanduser().stat().st_dev, shutil.disk_usage(folder.expanduser())
        except OSError:  # another machine's, or made when it is needed
            continue
        if device not in told and usage.free < min(_LEAST_BYTES, _LEAST_SHARE * usage.total):
            yield Condition(
                DISK_FULL, f"{usage.free / 1e6:,.1f} MB of {usage.total / 1e6:,.0f} MB are free at {folder}."
            )
        told.add(device)

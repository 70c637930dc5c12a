"""Embedded PostgreSQL and Valkey of one's own, for tests and benchmarks that must not touch anybody's data."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from immobe.config import Config, load_config
from immobe.embedded import stop_services


@contextmanager
def own_services() -> Iterator[Config]:
    """For `ensure_services`, whatever the environment names; what runs is stopped and removed at the end."""
    with tempfile.TemporaryDirectory(prefix="immobe-test-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)  # as root, the servers run as another user that must get in
        config = load_config(env_file=None, immobe_data_dir=Path(folder) / "data", database_url=None, redis_url=None)
        try:
            yield config
        finally:
            stop_services(config)
            shutil.rmtree(config.immobe_data_dir, ignore_errors=True)

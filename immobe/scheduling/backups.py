"""The dumps of scripts/backup_database.sh: `immobe-<kind>-<UTC time>.dump`, whole when its `.sha256` is there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from immobe.config import Config

KINDS = ("daily", "weekly", "monthly")


def backup_folder(config: Config) -> Path:
    """Where they go."""
    return (config.backup_dir or config.immobe_data_dir / "backups").expanduser()


def newest_backups(config: Config) -> dict[str, datetime]:
    """{kind: when the newest whole one was finished}, of those that this machine can see."""
    newest = {}
    for kind in KINDS:
        sums = backup_folder(config).glob(f"immobe-{kind}-*.dump.sha256")
        times = [sum_.stat().st_mtime for sum_ in sums if sum_.with_suffix("").exists()]
        if times:
            newest[kind] = datetime.fromtimestamp(max(times), UTC)
    return newest

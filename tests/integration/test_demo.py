"""The demo, as a newcomer runs it: one command, a row for every portal, nothing missing, nothing left running."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from immobe.config import child_environment, load_config
from immobe.replica.portals import PORTALS

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]


def test_every_portal_is_crawled_and_nothing_is_left() -> None:
    with tempfile.TemporaryDirectory(prefix="immobe-demo-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)  # as root, the servers run as another user that must get in
        environment = child_environment(load_config(None, immobe_data_dir=Path(folder) / "data"))
        command = [sys.executable, "-m", "immobe", "demo", "--listings=150", "--exit"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.strip("│┃ \n") for line in done.stdout.partition("Some of the rows")[0].splitlines()]
    counted = {row.split()[0]: row.split("│")[1:3] for row in rows if row.split("│")[0].strip() in PORTALS}
    assert set(counted) == set(PORTALS)
    assert all(adverts.strip() == stored.strip() for adverts, stored in counted.values())
    ours = [p for p in psutil.process_iter(["cmdline"]) if folder in " ".join(p.info["cmdline"] or [])]
    assert ours == []

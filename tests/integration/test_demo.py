"""The demo, as a newcomer runs it: one command, a row for every portal, nothing missing, nothing left running."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from immobe.config import child_environment, load_config
from immobe.replica.portals import PORTALS
from tests.integration.watchtower_service import until

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """The demo's data folder. At the end nothing that came from it runs."""
    with tempfile.TemporaryDirectory(prefix="immobe-demo-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)  # as root, the servers run as another user that must get in
        yield Path(folder)
    ours = [p for p in psutil.process_iter(["cmdline"]) if folder in " ".join(p.info["cmdline"] or [])]
    assert ours == []


def demo(folder: Path, *arguments: str) -> dict[str, Any]:
    environment = child_environment(load_config(None, immobe_data_dir=folder / "data"))
    command = [sys.executable, "-u", "-m", "immobe", "demo", *arguments]
    return {"args": command, "cwd": ROOT, "env": environment, "text": True, "stdout": subprocess.PIPE}


def test_every_portal_is_crawled_and_nothing_is_left(folder: Path) -> None:
    done = subprocess.run(**demo(folder, "--listings=150", "--exit"), stderr=subprocess.PIPE, timeout=170)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.strip("│┃ \n") for line in done.stdout.partition("Some of the rows")[0].splitlines()]
    counted = {row.split()[0]: row.split("│")[1:3] for row in rows if row.split("│")[0].strip() in PORTALS}
    assert set(counted) == set(PORTALS)
    assert all(adverts.strip() == stored.strip() for adverts, stored in counted.values())


def test_it_serves_what_it_has_crawled_until_it_is_told_to_end(folder: Path) -> None:
    with subprocess.Popen(**demo(folder, "--listings=5")) as running:
        written = ""
        try:
            while "Watchtower on http" not in written:
                line = running.stdout.readline() if running.stdout else ""
                assert line, written
                written += line
            url = written.rpartition("Watchtower on ")[2].strip()
            until(lambda: _stages(url).get("scraped", 0) >= 5, "it serves")
        finally:
            running.terminate()
            rest = running.communicate(timeout=60)[0]
    assert running.returncode == 0, written + rest
    assert "one-time token" in written
    assert "IMMOBE_DATA_DIR=" in rest


def _stages(url: str) -> dict[str, float]:
    try:
        text = httpx.get(f"{url}/metrics", trust_env=False).text
    except httpx.HTTPError:
        return {}
    return {stage: float(n) for stage, n in re.findall(r'^listings_by_status\{status="(\w+)"\} (\S+)', text, re.M)}

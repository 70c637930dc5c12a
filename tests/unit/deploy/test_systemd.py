"""The units of services: systemd reads them, and they may do as little as is needed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from immobe.config import Config

ROOT = Path(__file__).parents[3]
UNITS = sorted(path for path in (ROOT / "deploy/systemd").glob("immobe-*.service") if "@" not in path.name)
HARDENED = ("NoNewPrivileges=true", "ProtectSystem=strict", "ProtectHome=true", "PrivateTmp=true", "User=immobe")
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")


def test_there_is_one_for_each_service() -> None:
    names = {path.stem.removeprefix("immobe-") for path in UNITS}
    assert names == {"scrapyd", "harvester", "watchtower", "alerts", "dashboard"}
    wanted = (ROOT / "deploy/systemd/immobe.target").read_text()
    assert all(f"immobe-{name}.service" in wanted for name in names - {"dashboard"})


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_service_is_hardened_comes_back_and_keeps_its_queue(unit: Path) -> None:
    text = unit.read_text()
    assert [line for line in HARDENED if line not in text.splitlines()] == []
    assert "Restart=always" in text
    assert "CapabilityBoundingSet=\n" in text
    settings = {
        name.lower() for name in re.findall(r"\b([A-Z_]{4,})=", "".join(re.findall("^Environment=.*", text, re.M)))
    }
    assert settings - {"pythondontwritebytecode"} <= set(Config.model_fields)
    command = re.findall(r"^ExecStart=/opt/immobe/(\S+)", text, re.M)
    assert command in (["scripts/dashboard.sh"], [".venv/bin/immobe"])


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_systemd_reads_it(unit: Path, tmp_path: Path) -> None:
    """With a program that exists here."""
    copy = tmp_path / unit.name
    copy.write_text(re.sub(r"/opt/immobe/\S+(\.sh|/immobe)", "/bin/true", unit.read_text()))
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

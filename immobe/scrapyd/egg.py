"""The egg: this code with its data files in one file, built and sent by scrapyd-client."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from immobe.config import Config, child_environment, load_config
from immobe.errors import ConfigError, ServiceError

ROOT = Path(__file__).parents[2]
_SOURCES = ("immobe", "spiders", "pipelines", "middlewares")
_FILES = ("pyproject.toml", "setup.py", "scrapy.cfg", "requirements.in", "README.md", "LICENSE")
_SECONDS = 300
_VERSION = re.compile(r"\d{8}T\d{6}Z[A-Za-z0-9_-]*")


def new_version() -> str:
    """By the time and the commit: Scrapyd orders versions by text as soon as one of them is no number.

    It also writes `1.0.10` as `1_0_10`, which comes before `1_0_9`.
    """
    moment = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - the operator's git
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{moment}-{commit.stdout.strip()}" if commit.returncode == 0 else moment


def build(egg: Path, root: Path = ROOT) -> None:
    """Writes the egg of the code in `root`. Raises ServiceError."""
    with tempfile.TemporaryDirectory(prefix="immobe-egg-") as folder:
        _scrapyd_deploy(_copy(root, Path(folder)), {}, "--build-egg", str(egg.absolute()))


def deploy(config: Config, target: str, version: str, root: Path = ROOT) -> str:
    """Builds the egg and sends it to a target of scrapy.cfg; Scrapyd's answer.

    Raises ConfigError for a version that is not sorted by its age, or without SCRAPYD_URL and credentials, ServiceError
    when Scrapyd refuses.
    """
    if not _VERSION.fullmatch(version):
        raise ConfigError(f"{version!r} would not be sorted by its age. Versions are like {new_version()}")
    with tempfile.TemporaryDirectory(prefix="immobe-egg-") as folder:
        return _scrapyd_deploy(_copy(root, Path(folder)), _place(config), target, "--version", version)


def _place(config: Config) -> dict[str, str]:
    """For scrapy.cfg, which names these variables; scrapyd-client prints the URL, so it is without the password."""
    parts = urlsplit(config.scrapyd_url or "http://127.0.0.1:6800")
    user, password = parts.username or config.scrapyd_username, parts.password or config.scrapyd_password
    if not user or not password:
        raise ConfigError("SCRAPYD_USERNAME and SCRAPYD_PASSWORD must be set. Example: SCRAPYD_USERNAME=immobe")
    host = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}/"
    return {"SCRAPYD_URL": host, "SCRAPYD_USERNAME": unquote(user), "SCRAPYD_PASSWORD": unquote(password)}


def _scrapyd_deploy(folder: Path, variables: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "scrapyd_client.deploy", *arguments]
    environment = child_environment(load_config(None), **variables)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if done.returncode != 0:
        raise ServiceError(f"The egg could not be built or sent: {(done.stdout + done.stderr).strip()[-2000:]}")
    return done.stdout.strip()


def _copy(root: Path, folder: Path) -> Path:
    """Building leaves its traces beside the code: it is done on a copy."""
    for name in _SOURCES:
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        shutil.copyfile(root / name, folder / name)
    return folder

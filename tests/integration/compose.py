"""deploy/docker-compose.yml as Docker Compose reads it, for tests on a machine without Docker."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy/docker-compose.yml"
_VARIABLE = re.compile(r"\$\$|\$\{(?P<name>[A-Z_]+)(?::-(?P<default>[^}]*))?\}")


def compose(**variables: str) -> dict[str, Any]:
    """The file with its variables put in; `variables` are those of `.env`."""

    def put(match: re.Match[str]) -> str:
        return "$" if match[0] == "$$" else variables.get(match["name"]) or match["default"] or ""

    loaded: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(put, FILE.read_text()))
    return loaded


def service(name: str, **variables: str) -> dict[str, Any]:
    found: dict[str, Any] = compose(**variables)["services"][name]
    return found


def health_command(name: str) -> list[str]:
    """What the service's health check runs."""
    kind, *arguments = service(name)["healthcheck"]["test"]
    return ["/bin/sh", "-c", *arguments] if kind == "CMD-SHELL" else arguments

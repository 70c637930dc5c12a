"""`/ui/settings`: language and colours for everybody; for operators how this Watchtower is configured, read only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import Response

import immobe
from immobe.config import Config
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.rendering import render
from immobe.watchtower.security.access import Visitor

router = APIRouter(include_in_schema=False)
_EXAMPLES = Path(immobe.__file__).parents[1] / ".env.example"
_HEADING = re.compile(r"# --- (.+?) -+")
_VARIABLE = re.compile(r"(?:# )?([A-Z][A-Z0-9_]+)=")
_SECRET = re.compile(r"(key|password|secret|token)s?$")
_USER_IN_URL = re.compile(r"(?<=://)[^/@\s]*@")


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable. `value`: as it counts now, without secrets; None when it is not set."""

    name: str
    value: str | None
    is_default: bool
    is_hidden: bool
    meaning: str
    """As .env.example explains it, in English; empty where that file is not there."""


@router.get("/ui/settings")
def settings(request: Request, backend: TheBackend, actor: Visitor) -> Response:
    """For visitors without a credential only what is their own."""
    groups = groups_of(backend.config) if actor is not None and actor.may_operate else []
    return render(request, "settings/settings.html", groups=groups, version=version("immobe"))


def groups_of(config: Config) -> list[tuple[str, list[Setting]]]:
    """(heading, settings) as .env.example groups them; what it does not name comes last."""
    meanings = _meanings()
    grouped: dict[str, list[Setting]] = {heading: [] for heading, _ in meanings.values()}
    order = [name for name in meanings if name in Config.model_fields]
    for name in [*order, *(name for name in Config.model_fields if name not in meanings)]:
        heading, meaning = meanings.get(name, ("", ""))
        grouped.setdefault(heading, []).append(_setting(config, name, meaning))
    return [(heading, found) for heading, found in grouped.items() if found]


def _setting(config: Config, name: str, meaning: str) -> Setting:
    value = getattr(config, name)
    default = Config.model_fields[name].get_default(call_default_factory=True)
    is_secret = _SECRET.search(name) is not None and value is not None
    shown = None if value in (None, "", (), {}) else "" if is_secret else _spelled(value)
    return Setting(name.upper(), shown, value == default, is_secret, meaning)


def _spelled(value: Any) -> str:
    """Without user and password where it is an address.

    >>> _spelled("redis://:secret@redis:6379/0"), _spelled(("a", "b")), _spelled(True)
    ('redis://…@redis:6379/0', 'a, b', 'true')
    """
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return _USER_IN_URL.sub("…@", text) if "://" in text and urlsplit(text).scheme else text


@cache
def _meanings() -> dict[str, tuple[str, str]]:
    """{setting: (heading, what the comment above it says)}; a comment serves all variables below it."""
    if not _EXAMPLES.is_file():
        return {}
    found: dict[str, tuple[str, str]] = {}
    heading, comment, fresh = "", [""], True
    for line in _EXAMPLES.read_text("utf-8").splitlines():
        if match := _HEADING.fullmatch(line):
            heading, comment, fresh = match[1], [], True
        elif match := _VARIABLE.match(line):
            found[match[1].lower()] = (heading, " ".join(comment))
            fresh = True
        elif line.startswith("# "):
            comment = [line[2:]] if fresh else [*comment, line[2:]]
            fresh = False
        else:
            comment, fresh = [], True
    return found

"""Light, dark, or what the visitor's system has."""

from __future__ import annotations

from starlette.requests import Request

THEMES = ("system", "light", "dark")
COOKIE = "immobe_theme"


def theme_of(request: Request) -> str:
    """What the visitor chose."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in THEMES else "system"

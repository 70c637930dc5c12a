"""Pages for people, one concept a module; each has a `router`. docs/watchtower.md says how one is added."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter

from immobe.watchtower.pages import account, preferences, sign_in, today


def routers() -> Iterator[APIRouter]:
    """All of them."""
    for module in (today, preferences, sign_in, account):
        yield module.router

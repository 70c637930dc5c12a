"""Pages for people, one concept a module; each has a `router`. docs/watchtower.md says how one is added."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter

from immobe.watchtower.pages import (
    about,
    account,
    channels,
    dwelling,
    feeds,
    listing,
    listing_verdicts,
    listings,
    market,
    market_map,
    market_town,
    operations,
    operations_actions,
    operations_audit,
    operations_monitors,
    operations_quarantine,
    operations_queue,
    operations_runs,
    preferences,
    saved,
    settings,
    sign_in,
    today,
)

_OPERATIONS = (
    *(operations, operations_actions, operations_audit, operations_monitors),
    *(operations_quarantine, operations_queue, operations_runs),
)


def routers() -> Iterator[APIRouter]:
    """All of them."""
    yield from (module.router for module in _OPERATIONS)
    for module in (
        today,
        listings,
        market_map,
        listing,
        listing_verdicts,
        dwelling,
        market,
        market_town,
        preferences,
        settings,
        about,
        sign_in,
        account,
        saved,
        channels,
        feeds,
    ):
        yield module.router

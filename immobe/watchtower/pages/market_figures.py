"""The market's figures, kept for some minutes: they change slowly, and the country's take long to count."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

from fastapi import Request
from sqlalchemy import Engine

from immobe.storage import market
from immobe.storage.faults import connected
from immobe.storage.market import Choice, PlaceFigures

KEPT_SECONDS = 300
_MOST = 500


@dataclass(frozen=True, slots=True)
class Counted:
    """Figures of all homes of a choice, and of each place; what they leave out; when they were counted."""

    whole: PlaceFigures
    places: list[PlaceFigures]
    left_out: dict[str, int]
    at: datetime


@dataclass
class Kept:
    """One a process. Threads that ask for the same at once may each count it; the last one stays."""

    _found: dict[tuple[Choice, str], tuple[float, Counted]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, engine: Engine, choice: Choice, level: str) -> Counted:
        """Counted anew when that was more than `KEPT_SECONDS` ago. Raises ServiceError."""
        now = time.monotonic()
        with self._lock:
            known = self._found.get((choice, level))
        if known is not None and now - known[0] < KEPT_SECONDS:
            return known[1]
        with connected(engine) as connection:
            whole, places = market.by_place(connection, choice, level)
            counted = Counted(whole, places, market.left_out(connection, choice), datetime.now(UTC))
        with self._lock:
            if len(self._found) >= _MOST:
                self._found.clear()
            self._found[choice, level] = (now, counted)
        return counted


def kept(request: Request) -> Kept:
    """This application's."""
    state = request.app.state
    if not hasattr(state, "market_figures"):
        state.market_figures = Kept()
    found: Kept = state.market_figures
    return found

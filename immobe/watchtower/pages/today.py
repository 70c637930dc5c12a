"""`/ui`: what is new for somebody who comes back, and how the portals are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from immobe.storage import news, search
from immobe.storage.alert_matches import news_of
from immobe.storage.faults import connected
from immobe.storage.news import News
from immobe.storage.queries import counts_by_stage
from immobe.storage.saved_searches import searches_of
from immobe.storage.search_terms import SearchTerms
from immobe.storage.users import any_user
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.pages import today_visit
from immobe.watchtower.rendering import render
from immobe.watchtower.security.access import Actor, Reader
from immobe.watchtower.standing import standings

router = APIRouter(include_in_schema=False)
SHOWN = 6
_DAYS = {"day": 1, "week": 7, "month": 30}
Since = Literal["visit", "day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Window:
    """Which time the page tells of. `days`: as filters of listings count it, rounded up."""

    name: Since
    since: datetime

    @property
    def days(self) -> int:
        since = datetime.now(UTC) - self.since - timedelta(minutes=1)
        return max(1, math.ceil(since / timedelta(days=1)))


@router.get("/ui")
def today(request: Request, backend: TheBackend, actor: Reader, since: Since = "visit") -> Response:
    """New, cheaper, back and gone since the visit before; the first time, of the last day."""
    visits = today_visit.of(request)
    window = _window(since, visits.before)
    with connected(backend.engine) as connection:
        portals = standings(connection, backend)
    stages = counts_by_stage(backend.engine)
    found = _news(backend, window) if any(stages.values()) else {}
    page = render(
        request,
        "today/today.html",
        window=window,
        is_first=visits.before is None,
        portals=portals,
        stages=stages,
        figures=_figures(backend),
        saved=_saved(backend, actor),
        has_operator=any_user(backend.engine),
        **found,
    )
    today_visit.keep(request, page, visits)
    return page


def _window(name: Since, visit: datetime | None) -> Window:
    now = datetime.now(UTC)
    if name == "visit" and visit is not None:
        return Window(name, visit)
    name = "day" if name == "visit" else name
    return Window(name, now - timedelta(days=_DAYS[name]))


def _news(backend: Backend, window: Window) -> dict[str, Any]:
    engine, since = backend.engine, window.since
    new = SearchTerms(first_seen_since=since)
    return {
        "new": News(search.page(engine, new.search(), limit=SHOWN).rows, search.count(engine, new.search()).n),
        "new_terms": new.query_string(),
        "cheaper": news.price_drops(engine, since, SHOWN),
        "back": news.returns(engine, since, SHOWN),
        "gone": news.departures(engine, since, SHOWN),
    }


def _figures(backend: Backend) -> dict[str, int]:
    now = datetime.now(UTC)
    asked = {
        "new_day": SearchTerms(first_seen_since=now - timedelta(days=1)),
        "drops_week": SearchTerms(price_dropped=7),
    }
    return {name: search.count(backend.engine, terms.search()).n for name, terms in asked.items()}


def _saved(backend: Backend, actor: Actor | None) -> list[tuple[Any, int]]:
    """(search, how many it found since its results were last looked at), those with news first."""
    if actor is None or actor.user_id is None:
        return []
    found = news_of(backend.engine, actor.user_id)
    searches = searches_of(backend.engine, actor.user_id)
    return sorted(((one, found.get(one.id, 0)) for one in searches), key=lambda pair: (-pair[1], pair[0].name))

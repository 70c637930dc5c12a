"""How a search is walked: page by page when it fits what the portal shows, in parts when it does not.

Each step knows its place, so that any process can take any step of any walk. The pages of one walk follow one another;
when an advert goes meanwhile, the ones behind it move up a place, and one may slide to a page that was already read:
then the walk goes back a page and on from there.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from immobe.items import PropertyType, SearchSeen, TransactionType
from immobe.platforms import Platform, SearchPage, SearchScope


@dataclass(frozen=True, slots=True)
class Step:
    """A search page to be fetched. The names of all but `url` are those of the callback's arguments."""

    url: str
    search: str | None
    """Key of the SearchScope; None for a page of results that somebody pushed."""
    number: int = 1
    total: int | None = None
    """Results that the page before counted."""
    previous: str | None = None
    """URL of the page before."""
    again: int = 0
    """So many pages, from this one on, were read before."""

    @property
    def arguments(self) -> dict[str, Any]:
        """Those that differ from their defaults: the queue holds many of them."""
        given = {field.name: (getattr(self, field.name), field.default) for field in fields(self)[1:]}
        return {name: value for name, (value, default) in given.items() if value != default}


def begin(platform: Platform, scope: SearchScope) -> Step:
    """The first page of a search."""
    return Step(platform.search_url(scope), scope.key)


def parts_of(step: Step, page: SearchPage, limit: int) -> tuple[SearchScope, ...]:
    """The searches to make instead, when the first page tells that not all `limit` results can be shown; else ().

    Only a search that cannot be divided further is walked as far as it is shown.
    """
    if step.search is None or step.number > 1:
        return ()
    overflows = page.is_capped or (page.total is not None and page.total > limit)
    return SearchScope.from_key(step.search).parts() if overflows else ()


def following(step: Step, page: SearchPage, last_page: int) -> Step | None:
    """The step after a page that is not divided: back, when results became fewer since the page before; else on."""
    if step.previous and step.total is not None and page.total is not None and page.total < step.total:
        return Step(step.previous, step.search, step.number - 1, page.total, again=2)
    if page.next_page is None or step.number >= last_page:
        return None
    return Step(page.next_page, step.search, step.number + 1, page.total, step.url, max(0, step.again - 1))


def seen(platform: Platform, step: Step, page: SearchPage, is_divided: bool, now: datetime) -> SearchSeen | None:
    """What the first page of one of our searches tells about all of it; None for other pages."""
    if step.search is None or step.number > 1:
        return None
    scope = SearchScope.from_key(step.search)
    types = [PropertyType(name) for name, words in platform.search_types.items() if scope.property_type in words]
    return SearchSeen(
        platform.name,
        step.search,
        TransactionType(scope.transaction),
        types[0] if len(types) == 1 else None,
        scope.within_province,
        page.total,
        is_divided,
        now,
    )

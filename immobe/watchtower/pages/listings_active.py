"""The filters that are set, each with the search without it: what a list shows as chips that take it away."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Engine

from immobe.storage.search import Counted, count
from immobe.storage.search_terms import SearchTerms
from immobe.watchtower.pages.listings_asked import Asked

_MOST_SUGGESTIONS = 8


class Active(NamedTuple):
    """One value of one filter, and what the terms are without it."""

    name: str
    value: Any
    without: dict[str, Any]


class Wider(NamedTuple):
    """A filter that hides listings, and how many there are without it."""

    active: Active
    found: Counted


def active(terms: SearchTerms) -> list[Active]:
    """In the order of their declaration; a filter of several values is as many."""
    found = []
    for name, field in SearchTerms.model_fields.items():
        value = getattr(terms, name)
        if value is None or value == field.default:
            continue
        if isinstance(value, list):
            found += [Active(name, one, {name: [other for other in value if other != one] or None}) for one in value]
        else:
            found.append(Active(name, value, {name: None}))
    return found


def wider(engine: Engine, asked: Asked) -> list[Wider]:
    """For a search that finds nothing: the filters without which something is found, most first."""
    tried = active(asked.terms)[:_MOST_SUGGESTIONS]
    counted = [Wider(each, count(engine, asked.terms.changed(**each.without).search())) for each in tried]
    return sorted((each for each in counted if each.found.n), key=lambda each: -each.found.n)

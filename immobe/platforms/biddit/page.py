"""The lot in a page of Biddit's catalogue, and the lots in a sitemap or in an answer of its search service.

What a catalogue page holds is not captured. These forms are read, and nothing else; a page without one is refused with
the names of the elements that it lacks:

1. `<script id="ng-state">` or `<script id="serverApp-state">`, JSON (Angular, which others saw the portal use), also
   with quotes written `&q;` as Angular did before version 17;
2. `<script id="__NEXT_DATA__">`, JSON;
3. any other `<script type="application/json">`;
4. `window.__INITIAL_STATE__ = {…}` or `window.__PRELOADED_STATE__ = {…}`.

Within them the lot may lie at any depth: an object with `referenceCode` (or `reference`) and a list `properties`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from parsel import Selector

from immobe.errors import NotAListing, UnreadablePage
from immobe.platforms import html

_SCRIPTS = "//script[@id='ng-state' or @id='serverApp-state' or @id='__NEXT_DATA__' or @type='application/json']/text()"
_STATE = re.compile(r"window\.(?:__INITIAL_STATE__|__PRELOADED_STATE__)\s*=\s*(?=\{)")
_ELEMENTS = "a lot in `script#ng-state`, `script[type='application/json']` or `window.__INITIAL_STATE__`"
_ANGULAR_ESCAPES = (("&q;", '"'), ("&s;", "'"), ("&l;", "<"), ("&g;", ">"), ("&a;", "&"))
_REFERENCE = re.compile(r"\d{4,9}")


def reference_of(lot: object) -> str | None:
    """The number of a lot, which its address ends in.

    >>> reference_of({"referenceCode": "297841"}), reference_of({"reference": "x"})
    ('297841', None)
    """
    if not isinstance(lot, dict):
        return None
    for key in ("referenceCode", "reference"):
        found = lot.get(key)
        if isinstance(found, str | int) and not isinstance(found, bool) and _REFERENCE.fullmatch(str(found)[:20]):
            return str(found)
    return None


def is_lot(value: object) -> bool:
    """Whether an object is a lot: a property in it has a `reference` too, but no properties."""
    return isinstance(value, dict) and isinstance(value.get("properties"), list) and reference_of(value) is not None


def lot_in(page: str, reference: str | None) -> dict[str, Any]:
    """The lot of that number; without a number the only one. Raises PageError."""
    found = {str(reference_of(lot)): lot for state in _states(page) for lot in _lots_below(state)}
    html.required(found, _ELEMENTS)
    if reference is None and len(found) == 1:
        return next(iter(found.values()))
    if reference not in found:
        raise NotAListing("another_lot", f"the page holds {', '.join(sorted(found)[:5])}, not lot {reference}")
    return found[reference]


def _states(page: str) -> Iterator[Any]:
    root = html.parse(page)
    for text in root.xpath(_SCRIPTS).getall():
        state = _json(text)
        if state is not None:
            yield state
    state = html.script_object(page, _STATE)
    if state is not None:
        yield state


def _json(text: str) -> Any:
    """The value of a script; None for one that holds something else."""
    if "&q;" in text:
        for escaped, plain in _ANGULAR_ESCAPES:
            text = text.replace(escaped, plain)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _lots_below(value: Any) -> Iterator[dict[str, Any]]:
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if is_lot(node):
                yield node
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)


def sitemap_locations(text: str) -> list[str]:
    """The addresses in a sitemap, in its order, each once. Raises PageError for what is no whole sitemap."""
    if "<urlset" not in text[:2000]:
        raise NotAListing("element_missing", "the text lacks <urlset>: it is no sitemap, or the format changed")
    if "</urlset>" not in text[-200:]:
        raise UnreadablePage("page_cut_off", "the sitemap ends before </urlset>: it was cut off")
    root = Selector(text=text.replace("\x00", ""), type="xml")
    return list(dict.fromkeys(location.strip() for location in root.xpath("//*[local-name()='loc']/text()").getall()))


def search_hits(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The lots in an answer of the search service: `content[].content`. Raises PageError."""
    content = answer.get("content")
    if not isinstance(content, list):
        raise NotAListing("element_missing", "the object lacks a list `content`: it is no answer of the search service")
    hits = [hit.get("content") for hit in content if isinstance(hit, dict)]
    found = [hit for hit in hits if isinstance(hit, dict) and reference_of(hit)]
    if content and not found:
        raise UnreadablePage("results_without_ids", "no search result has a `referenceCode`: the format has changed")
    return found

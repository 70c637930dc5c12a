"""Saved pages to canonical records, without any service: the whole of the mapper and the rules on one file.

A file holds a full HTML page, the platform's JSON object, or a JSON list of such objects; its content tells which.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from immobe.errors import NotAListing, PageError, UnreadablePage
from immobe.items import Listing, RawListing
from immobe.mapping.mapper import map_listing
from immobe.mapping.validation import validate
from immobe.platforms import Platform, SearchPage, get_platform
from immobe.platforms.base import linked_url, page_text

DEFAULT_MAX_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Parsed:
    """One record of a file. Not valid: the record (None when the page could not be read) and the reasons."""

    listing: Listing | None
    valid: bool
    reasons: tuple[str, ...] = ()
    # Position in the file when it holds a list of objects.
    index: int | None = None
    # False: the input itself could not be used, so there was nothing to judge.
    usable: bool = True


def parse_file(
    platform: str,
    path: Path,
    *,
    url: str | None = None,
    fetched_at: datetime | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> list[Parsed]:
    """Every record in a file. Never raises for what a file may hold; raises OSError when it cannot be opened."""
    when = fetched_at or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    try:
        text = _read(path, max_bytes)
        objects = _list_in(text)
    except PageError as error:
        return [_unusable(error)]
    if objects is not None:
        return [parse_payload(platform, o, url=url, fetched_at=when, index=i) for i, o in enumerate(objects)]
    return [parse_page(platform, text, url=url, fetched_at=when)]


def parse_page(platform: str, page: str, *, url: str | None = None, fetched_at: datetime | None = None) -> Parsed:
    """The record of one page's text."""
    portal = get_platform(platform)
    try:
        payload = portal.read_listing(page, url)
    except PageError as error:
        return _unusable(error)
    return parse_payload(platform, payload, url=url or _own_url(portal, page, payload), fetched_at=fetched_at)


def parse_payload(
    platform: str,
    payload: object,
    *,
    url: str | None = None,
    fetched_at: datetime | None = None,
    index: int | None = None,
) -> Parsed:
    """The record of a platform's object, whatever it holds; never raises."""
    portal = get_platform(platform)
    listing_id = portal.payload_id(payload) if isinstance(payload, dict) else None
    if not isinstance(payload, dict) or listing_id is None:
        return _unusable(NotAListing("no_id", f"this is no object of a {platform} listing: it has no id"), index)
    url = portal.canonical_url(url) if url and portal.listing_id(url) == listing_id else portal.listing_url(payload)
    when = fetched_at or datetime.now(UTC)
    source = RawListing(platform, listing_id, url, portal.without_private_data(payload), when, "parse")
    mapped, reasons = validate(map_listing(portal.mapping, source))
    return Parsed(mapped.listing, not reasons, reasons, index)


def parse_search_file(
    platform: str, path: Path, *, url: str | None = None, max_bytes: int = DEFAULT_MAX_BYTES
) -> SearchPage:
    """The results in a saved search page. Raises PageError when it holds none, OSError when it cannot be opened."""
    return get_platform(platform).read_search(_read(path, max_bytes), url)


def _read(path: Path, max_bytes: int) -> str:
    if not path.is_file():
        raise UnreadablePage("no_file", "this is no ordinary file")
    size = path.stat().st_size
    if size > max_bytes:
        raise UnreadablePage("too_large", f"the file holds {size:,} bytes; a page holds at most {max_bytes:,}")
    return page_text(path.read_bytes())


def _list_in(text: str) -> list[Any] | None:
    if not text.lstrip("\ufeff \t\r\n").startswith("["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadablePage("json_broken", f"the list of objects is broken: {error}") from None
    if not value:
        raise UnreadablePage("empty", "the list of objects is empty")
    return value if isinstance(value, list) else None


def _own_url(portal: Platform, page: str, payload: dict[str, Any]) -> str | None:
    url = linked_url(page)
    return url if url and portal.listing_id(url) == portal.payload_id(payload) else None


def _unusable(error: PageError, index: int | None = None) -> Parsed:
    return Parsed(None, False, (f"{error.reason}: {error}",), index, usable=False)

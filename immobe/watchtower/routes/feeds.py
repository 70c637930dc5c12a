"""Feeds for readers and calendars, which cannot sign in: who knows a feed's secret address may read it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Path, Request
from sqlalchemy import ColumnElement
from starlette.exceptions import HTTPException
from starlette.responses import Response

from immobe.alerts.feeds import Ending, Entry, atom, calendar
from immobe.geo.towns import municipality_name
from immobe.storage import feed_links
from immobe.storage.feed_links import FeedLink
from immobe.storage.saved_searches import search_by_id
from immobe.storage.search_terms import SearchTerms
from immobe.watchtower.alert_letters import facts_of, path_of, price_of
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.languages import texts

router = APIRouter(include_in_schema=False)
MOST = 100
"""Listings, or auctions, of a feed."""
HINT = 8


def new_token() -> tuple[str, bytes]:
    """256 random bits for an address, and the hash by which it is known again."""
    token = secrets.token_urlsafe(32)
    return token, hash_of(token)


def hash_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


class Feed(NamedTuple):
    """What an address leads to: which listings, and since when it exists."""

    link: FeedLink
    title: str
    path: str
    conditions: Sequence[ColumnElement[bool]]
    since: datetime


def _feed(backend: TheBackend, token: Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{43}$")]) -> Feed:
    """Raises HTTPException (404) for an address that never was, or is no longer."""
    link = feed_links.link_of(backend.engine, hash_of(token))
    found = None if link is None else _what(backend, link)
    if found is None:
        raise HTTPException(404, "There is no such feed, or not any more.")
    return found


TheFeed = Annotated[Feed, Depends(_feed)]


def _what(backend: Backend, link: FeedLink) -> Feed | None:
    if link.municipality_nis is not None:
        nis = link.municipality_nis
        terms = SearchTerms(municipality_nis=[nis])
        title = municipality_name(nis, link.language) or nis
        return Feed(link, title, f"/ui/listings?{terms.query_string()}", terms.conditions(), link.created_at)
    search = search_by_id(backend.engine, link.search_id or 0, link.user_id)
    if search is None:
        return None
    try:
        terms = SearchTerms.from_query_string(search.terms)
    except ValueError:
        return None
    return Feed(link, search.name, f"/ui/listings?{terms.query_string()}", terms.conditions(), link.created_at)


@router.get("/feeds/{token}/listings.atom")
def listings(request: Request, backend: TheBackend, feed: TheFeed) -> Response:
    """The newest listings; one whose price or status changed is updated."""
    base = backend.config.watchtower_url
    rows = feed_links.newest_listings(backend.engine, feed.conditions, MOST)
    entries = [_entry(row, base, feed.link.language) for row in rows]
    title, here = f"Immo-Bé: {feed.title}", f"{base}{request.url.path}"
    body = atom(title, here, base + feed.path, feed.link.language, entries, feed.since)
    changed = max((entry.updated for entry in entries), default=feed.since)
    return _answer(request, body, "application/atom+xml; charset=utf-8", changed)


@router.get("/feeds/{token}/auctions.ics")
def auctions(request: Request, backend: TheBackend, feed: TheFeed) -> Response:
    """When auctions end."""
    base, language = backend.config.watchtower_url, feed.link.language
    rows = feed_links.coming_auctions(backend.engine, feed.conditions, MOST)
    endings = [_ending(row, base, language) for row in rows]
    body = calendar(f"Immo-Bé: {feed.title}", endings)
    changed = max((ending.changed for ending in endings), default=feed.since)
    return _answer(request, body, "text/calendar; charset=utf-8", changed)


def _entry(row: dict[str, Any], base: str, language: str) -> Entry:
    price, facts = price_of(row, language), facts_of(row, language)
    title = " · ".join(filter(None, (facts, price))) or row["platform"].capitalize()
    summary = f"{title} · {row['platform'].capitalize()}"
    updated = max(row["first_seen_at"], row["changed_at"] or row["first_seen_at"])
    return Entry(_key(row), title, base + path_of(row), summary, row["first_seen_at"], updated)


def _ending(row: dict[str, Any], base: str, language: str) -> Ending:
    facts = facts_of(row, language)
    title = texts(language).gettext("Auction ends: %(what)s") % {"what": facts or row["platform"].capitalize()}
    street = " ".join(filter(None, (row["street"], row["house_number"])))
    town = " ".join(filter(None, (row["postal_code"], row["locality"])))
    place = ", ".join(filter(None, (street, town)))
    return Ending(_key(row), title, base + path_of(row), place, row["auction_ends_at"], row["last_seen_at"])


def _key(row: dict[str, Any]) -> str:
    return f"{row['platform']}:{row['platform_listing_id']}"


def _answer(request: Request, body: bytes, media_type: str, changed: datetime) -> Response:
    """200, or 304 when the reader has it: by ETag, or, without one, by time."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    changed = changed.astimezone(UTC).replace(microsecond=0)
    headers = {
        "ETag": etag,
        "Last-Modified": format_datetime(changed, usegmt=True),
        "Cache-Control": "private, max-age=300",
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "no-referrer",
    }
    if _has(request, etag, changed):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def _has(request: Request, etag: str, changed: datetime) -> bool:
    given = request.headers.get("if-none-match")
    if given is not None:
        return etag in {tag.strip().removeprefix("W/") for tag in given.split(",")}
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and changed <= since

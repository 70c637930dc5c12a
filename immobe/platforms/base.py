"""What every platform must tell about itself, without crawling: whose URLs are its own, and how to read its pages."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar
from urllib.parse import urlsplit

from w3lib.encoding import html_to_unicode

from immobe.errors import NotAListing, UnreadablePage
from immobe.mapping.mapper import PlatformMapping
from immobe.mapping.privacy import scrubbed
from immobe.platforms.search_scope import SearchScope as SearchScope

_SCAN_FOR_LINKS = 120_000  # characters: the head of the page
# A page may end inside `true`, `null` or `\u00e9`.
_PART_OF_A_TOKEN = re.compile(r"[a-zA-Z]{0,5}|\\?u?[0-9a-fA-F]{0,3}")
_LINK = re.compile(r"<(?:link|meta)\b[^>]{0,2000}>", re.IGNORECASE)


_HOME = re.compile(r"/?(?:(?:en|fr|nl|de)/?)?")


class Evidence(StrEnum):
    """What our reading of a platform rests on: pages that we hold, or others' reports, which nothing confirmed yet."""

    CAPTURED = "captured"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of search results. `cards` hold canonical field names; `total` counts all pages' results."""

    cards: list[dict[str, Any]]
    next_page: str | None
    total: int | None
    # The portal stopped counting: there are more results than `total`, and more than it shows.
    is_capped: bool = False
    # Ids of cards that lie outside of what was asked for: they are recorded, and not followed.
    outside: frozenset[str] = frozenset()
    # Why the walk should not go on although there are results: the page is kept for people.
    stopped: str | None = None


@dataclass(frozen=True, slots=True)
class FoundListing:
    """A listing that a page points to: its id, its URL, and the project it is a unit of."""

    platform_listing_id: str
    url: str
    project_id: str | None = None


class Platform(ABC):
    """One portal. Subclasses hold facts and pure functions; no Scrapy, no network."""

    name: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]]
    # Portals that became this one: their URLs lead here, hold no listing of their own, and are never fetched.
    alias_hosts: ClassVar[tuple[str, ...]] = ()
    results_per_page: ClassVar[int]
    max_pages: ClassVar[int]
    # The portal's property types that a crawl asks for, canonical name first.
    search_types: ClassVar[dict[str, tuple[str, ...]]]
    mapping: ClassVar[PlatformMapping]
    listing_pattern: ClassVar[re.Pattern[str]]
    evidence: ClassVar[Evidence] = Evidence.CAPTURED
    # Pages that only a browser can make: they are fetched with Chromium.
    needs_browser: ClassVar[bool] = False
    # What stands before the object in the script of a listing page that holds it.
    object_marker: ClassVar[bytes | None] = None
    # The page behind the last one of a search does not exist, and only asking tells.
    ends_with_404: ClassVar[bool] = False

    def owns(self, url: str) -> bool:
        """True when the URL's host is the platform's; no text, however malformed, is an error."""
        return _host(url) in self.hosts

    def answers_for(self, url: str) -> bool:
        """True for the platform's own URLs and those of portals that became this one."""
        return self.owns(url) or _host(url) in self.alias_hosts

    def listing_id(self, url: str) -> str | None:
        """The listing id in a listing URL; None for any other URL."""
        found = self.listing_pattern.fullmatch(urlsplit(url).path) if self.owns(url) else None
        return found["id"] if found else None

    def canonical_url(self, url: str) -> str:
        """The URL without query, fragment and trailing slash."""
        parts = urlsplit(url)
        return f"https://{parts.hostname}{parts.path.rstrip('/')}"

    def is_home(self, url: str) -> bool:
        """True for the portal's home page, in any language: where removed adverts redirect to."""
        return self.owns(url) and _HOME.fullmatch(urlsplit(url).path) is not None

    def searchable(self, scope: SearchScope) -> tuple[SearchScope, ...]:
        """The searches to make for a scope, as the portal can be asked: one for each place where it takes no list of
        places; none when it has no such search."""
        return (scope,)

    @abstractmethod
    def search_url(self, scope: SearchScope) -> str:
        """The first search page of a scope."""

    @abstractmethod
    def read_listing(self, page: str, url: str | None = None) -> dict[str, Any]:
        """The platform's object in a listing page (or the bare object as JSON), plain JSON values only.

        `url` is where the page was had, when that is known. Raises PageError.
        """

    @abstractmethod
    def read_search(self, page: str, url: str | None) -> SearchPage:
        """The results in a search page (or the bare results as JSON). Raises PageError."""

    @abstractmethod
    def payload_id(self, payload: dict[str, Any]) -> str | None:
        """The listing id that the object states."""

    @abstractmethod
    def listing_url(self, payload: dict[str, Any]) -> str:
        """The canonical URL, from the object alone."""

    @abstractmethod
    def without_private_data(self, payload: dict[str, Any]) -> dict[str, Any]:
        """A copy of the object without what identifies private persons."""

    def gone(self, page: str) -> str | None:
        """What in a page answered with 200 tells that the advert is gone, as in `removed_page`; None when nothing does.

        Asked only of pages that hold no listing.
        """
        return None

    def object_url(self, url: str) -> str | None:
        """Where the object of a listing can be had whose page (at `url`) turned out to hold none; None: nowhere.

        The crawl asks there once, and only when the portal's robots.txt allows it.
        """
        return None

    def units(self, payload: dict[str, Any]) -> list[FoundListing]:
        """The listings that a project's object names as its units."""
        return []

    def scrub_page(self, page: str) -> str:
        """A page that could not be read, without what identifies private persons."""
        return scrubbed(page)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def page_text(body: bytes, content_type: str | None = None) -> str:
    """A page's text, in the encoding it really has. Raises UnreadablePage when empty."""
    if not body.strip():
        raise UnreadablePage("empty", "the page is empty")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Not UTF-8, whatever the label says: a byte-order mark or another label decides, else Western European.
        encoding, text = html_to_unicode(content_type, body, default_encoding="cp1252")
        return body.decode("cp1252", "replace") if encoding == "utf-8" else text


def script_with(body: bytes, marker: bytes) -> str | None:
    """The rest of the script in which `marker` first stands, from there on; None when there is no such whole script.

    >>> script_with(b"<p>x</p><script>var a = 1; window.x = {};</script>", b"window.x")
    'window.x = {};'
    """
    start = body.find(marker)
    end = body.find(b"</script>", start) if start >= 0 else -1
    if end < 0:
        return None
    try:
        return body[start:end].decode()
    except UnicodeDecodeError:
        return None


def decode_json_at(page: str, start: int, what: str) -> Any:
    """The JSON value that starts at `start`, whatever follows it. Raises UnreadablePage."""
    try:
        return json.JSONDecoder().raw_decode(page, start)[0]
    except RecursionError:
        raise UnreadablePage("nested_too_deep", f"{what} is nested too deeply") from None
    except json.JSONDecodeError as error:
        # The decoder stops at the end of the page, or in a text that never closes: the rest is not there.
        if error.msg.startswith("Unterminated") or _PART_OF_A_TOKEN.fullmatch(page[error.pos :].strip()):
            raise UnreadablePage("json_cut_off", f"{what} is cut off: {error}") from None
        raise UnreadablePage("json_broken", f"{what} is broken: {error}") from None
    except ValueError as error:  # a number of thousands of digits
        raise UnreadablePage("json_broken", f"{what} is broken: {error}") from None


def as_object(value: Any, what: str) -> dict[str, Any]:
    """The value if it is a JSON object; else NotAListing."""
    if not isinstance(value, dict):
        raise NotAListing("not_an_object", f"{what} is a {type(value).__name__}, not an object")
    return value


def linked_url(page: str) -> str | None:
    """The page's own URL, as its canonical link or og:url states it.

    >>> linked_url('<link href="https://x.be/1" rel="canonical">')
    'https://x.be/1'
    """
    for tag in _LINK.findall(page[:_SCAN_FOR_LINKS]):
        if re.search(r"""rel=["']?canonical|property=["']?og:url""", tag):
            found = re.search(r"""(?:href|content)=["']?([^"'\s>]+)""", tag)
            if found:
                return found[1]
    return None

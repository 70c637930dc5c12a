"""What a page in the browser may load beside its document, and how that is fetched: by us, within all our limits."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.http import Response

from immobe.observability.metrics import DOWNLOADED_BYTES

Fetch = Callable[[Request], Awaitable[Response]]
STATIC = frozenset({"script", "stylesheet"})
"""The same for many pages: fetched without waiting for the budget, and kept."""
DATA = frozenset({"document", "xhr", "fetch"})
"""What a page is made of: each keeps the budget like a page."""
METHODS = frozenset({"GET", "HEAD", "POST"})  # POST: some portals ask for data with it
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
# Never from the browser to the portal: cookies follow people, the others are ours or the connection's.
_NOT_SENT = re.compile(
    r"cookie|host|connection|content-length|user-agent|accept-(?:encoding|language)|upgrade-.*|sec-.*|proxy-.*"
)
# Never from the portal to the browser: bodies are decoded, nothing is stored, nothing is saved as a file.
_NOT_TAKEN = re.compile(
    r"content-(?:encoding|length|disposition)|transfer-encoding|connection|keep-alive|set-cookie.*|"
    r"strict-transport-security|link|refresh"
)
KEPT_BYTES, KEPT_SECONDS = 32 * 1024 * 1024, 600.0


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a page's, by Playwright's names."""

    kind: str
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None = None


class PartForbidden(Exception):  # noqa: N818 - reads as what happened
    """This part is not fetched, and the page must do without."""


class Guard(Protocol):
    """Asked about every part that goes to the portal: see `middlewares.browser`."""

    async def admit(self, request: Request, *, is_data: bool) -> bool:
        """True at the moment when it may be sent, False when it never may. Raises PageNotMade when it cannot now."""

    def answered(self, request: Request, response: Response, *, is_data: bool) -> None:
        """Learns how the portal answers."""


class PartFetcher:
    """Fetches the parts of all pages of one crawl.

    Allowed are documents, scripts, stylesheets and data of the platform's own hosts, their subdomains and
    `extra_hosts`, over the page's scheme or https. Images, fonts, media, beacons, trackers and every other site are
    not asked.
    """

    def __init__(self, crawler: Crawler, fetch: Fetch, guard: Guard | None, extra_hosts: Collection[str] = ()) -> None:
        self._crawler, self._fetch, self._guard = crawler, fetch, guard
        self._extra_hosts = tuple(extra_hosts)
        self._decode = HttpCompressionMiddleware.from_crawler(crawler)
        self._kept = KeptParts()

    def may_load(self, page_url: str, part: Part) -> bool:
        """Whether the rules above allow it."""
        is_known = part.kind in STATIC or part.kind in DATA
        return is_known and part.method in METHODS and self._is_allowed(page_url, part.url)

    async def get(self, page_url: str, part: Part, seconds: Callable[[], float]) -> Response:
        """The part's answer, decoded, redirects followed. `seconds` tells what is left of the page's time.

        Raises PartForbidden, PageNotMade, and what a download raises.
        """
        if not self.may_load(page_url, part):
            self._crawler.stats.inc_value(f"browser/not_loaded/{part.kind}")
            raise PartForbidden(part.url)
        kept = self._kept.get(part.url) if part.kind in STATIC else None
        return kept or await self._get(page_url, part, seconds)

    async def _get(self, page_url: str, part: Part, seconds: Callable[[], float]) -> Response:
        headers = {name: value for name, value in part.headers.items() if not _NOT_SENT.fullmatch(name.lower())}
        request = Request(part.url, method=part.method, headers=headers, body=part.body or b"", dont_filter=True)
        for _ in range(MOST_REDIRECTS + 1):
            response = await self._send(request, seconds, is_data=part.kind in DATA)
            if response.status not in REDIRECTS or "Location" not in response.headers:
                if part.kind in STATIC:
                    self._kept.put(part.url, response)
                return response
            target = urljoin(request.url, (response.headers["Location"] or b"").decode("latin-1").strip())
            if not self._is_allowed(page_url, target):
                break
            request = request.replace(url=target, meta={})
            if response.status not in (307, 308):
                request = request.replace(method="GET", body=b"")
        raise PartForbidden(part.url)

    async def _send(self, request: Request, seconds: Callable[[], float], *, is_data: bool) -> Response:
        if self._guard is not None and not await self._guard.admit(request, is_data=is_data):
            raise PartForbidden(request.url)
        user_agent, language = self._crawler.settings["USER_AGENT"], self._crawler.settings["DEFAULT_REQUEST_HEADERS"]
        request.headers["User-Agent"] = user_agent
        request.headers["Accept-Language"] = language.get("Accept-Language", "en")
        self._decode.process_request(request)
        request.meta["download_timeout"] = max(0.1, seconds())
        response = await self._fetch(request)
        self._crawler.stats.inc_value("browser/parts")
        if self._guard is not None:
            self._guard.answered(request, response, is_data=is_data)
        decoded = self.decoded(request, response)
        DOWNLOADED_BYTES.add(len(decoded.body), platform=self._crawler.spider.name if self._crawler.spider else "")
        return decoded

    def decoded(self, request: Request, response: Response) -> Response:
        """The response without its compression. Raises IgnoreRequest when it grows beyond DOWNLOAD_MAXSIZE."""
        result = self._decode.process_response(request, response)
        assert isinstance(result, Response)  # noqa: S101 - Scrapy's signature covers all downloader middlewares
        return result

    def _is_allowed(self, page_url: str, url: str) -> bool:
        here, there = urlsplit(page_url), urlsplit(url)
        if there.scheme not in {here.scheme, "https"}:
            return False
        own = getattr(self._crawler.spider, "allowed_domains", None) or [here.hostname]
        hosts = [host for host in (*own, *self._extra_hosts) if host]
        return any(there.hostname == host or (there.hostname or "").endswith(f".{host}") for host in hosts)


def headers_for_browser(response: Response) -> dict[str, str]:
    """The answer's headers, without those that are not the browser's business."""
    found = {name.decode("latin-1").lower(): b", ".join(values) for name, values in response.headers.items()}
    return {name: value.decode("latin-1") for name, value in found.items() if not _NOT_TAKEN.fullmatch(name)}


@dataclass
class KeptParts:
    """Scripts and stylesheets for a while: Chromium keeps none, since all that it asks for is answered by us."""

    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[str, tuple[float, Response]] = field(default_factory=OrderedDict)
    _bytes: int = 0

    def get(self, url: str) -> Response | None:
        """The answer to this address, while it is fresh."""
        ends, response = self._kept.get(url, (0.0, None))
        return response if self.clock() < ends else None

    def put(self, url: str, response: Response) -> None:
        """Keeps an answer, unless its portal forbids that."""
        seconds = _fresh_seconds(response)
        if url in self._kept:
            self._bytes -= len(self._kept.pop(url)[1].body)
        if response.status != 200 or seconds <= 0 or len(response.body) > KEPT_BYTES:
            return
        self._kept[url] = (self.clock() + seconds, response)
        self._bytes += len(response.body)
        while self._bytes > KEPT_BYTES:
            self._bytes -= len(self._kept.popitem(last=False)[1][1].body)


def _fresh_seconds(response: Response) -> float:
    """How long an answer may be used again: as it says, at most ten minutes, and so long when it says nothing.

    >>> _fresh_seconds(Response("https://x.be", headers={"Cache-Control": "public, max-age=60"}))
    60.0
    >>> _fresh_seconds(Response("https://x.be", headers={"Cache-Control": "no-store"}))
    0.0
    """
    control = (response.headers.get("Cache-Control") or b"").decode("latin-1").lower()
    if "no-store" in control or "no-cache" in control:
        return 0.0
    named = re.search(r"max-age=(\d{1,9})", control)
    return min(float(named[1]), KEPT_SECONDS) if named else KEPT_SECONDS

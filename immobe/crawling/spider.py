"""`PlatformSpider`: what every platform's spider does. A spider itself only names its platform.

Search pages yield their cards as a DetectedPage, a request for each card, and the next page; listing pages yield the
platform's object as a RawListing, and requests for the units of a project. A removed advert (404, 410, or a redirect
to the portal's home) yields a RemovedListing; a page that cannot be read, a QuarantinedRecord.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Self
from uuid import uuid4

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from immobe.config import Config
from immobe.crawling.failures import clear_failure
from immobe.crawling.saved_scopes import scope_text
from immobe.crawling.scopes import Scope, parse_scope
from immobe.crawling.walking import Step, begin, following, parts_of, seen
from immobe.errors import NotAListing, PageError, ScopeError
from immobe.items import DetectedListing, DetectedPage, ListingKind, QuarantinedRecord, RawListing, RemovedListing
from immobe.platforms import FoundListing, Platform, SearchPage, SearchScope
from immobe.platforms.base import page_text, script_with
from immobe.platforms.search_scope import divided

# Search pages go before listings, whoever queued them; the bands tell scouts and harvesters their part of the queue.
SEARCH_PRIORITY = 100
EMPTY: Mapping[str, int | None] = MappingProxyType({})
# What a page looks like that broke off on its way, from the end of its tail to the end of its head.
_CUT = ("empty", "page_cut_off", "json_cut_off", "no_results")
Output = Request | DetectedPage | RawListing | RemovedListing | QuarantinedRecord


class Mode(StrEnum):
    """Which pages a process takes from the shared queue."""

    SCOUT = "scout"
    HARVEST = "harvest"
    ALL = "all"


class PlatformSpider(Spider):
    """Base of all spiders. `-a mode=scout|harvest|all`, `-a scope="transaction=sale province=namur"`."""

    platform: ClassVar[Platform]
    handle_httpstatus_list: ClassVar[list[int]] = [404, 410]

    def __init__(self, mode: str = Mode.ALL, scope: str = "", **arguments: Any) -> None:
        # `_job` and the like are Scrapyd's own.
        unknown = [name for name in arguments if not name.startswith("_")]
        if unknown:
            raise ScopeError(f"unknown argument {unknown[0]!r}; there are mode and scope")
        super().__init__(self.platform.name, **arguments)
        self.allowed_domains = list(self.platform.hosts)
        if mode not in tuple(Mode):
            raise ScopeError(f"unknown mode {mode!r}; there are {', '.join(Mode)}")
        self.mode = Mode(mode)
        self.last_page = self.platform.max_pages
        self.scope: Scope = parse_scope(scope)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *arguments: Any, **named: Any) -> Self:
        """A wrong argument ends the process with a message that says what there is."""
        config: Config = crawler.settings["IMMOBE_CONFIG"]
        with clear_failure():
            named["scope"] = scope_text(named.get("scope", ""), config)
            spider = super().from_crawler(crawler, *arguments, **named)
        spider.last_page = min(cls.platform.max_pages, config.search_max_pages or cls.platform.max_pages)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Nothing: the shared scheduler queues `seeds` once per run, however many processes work on it."""
        return
        yield

    def seeds(self, totals: Mapping[str, int | None] = EMPTY) -> list[Request]:
        """The first page of each search that the scope needs, none for a harvester; `totals`: see `divided`."""
        if self.mode is Mode.HARVEST:
            return []
        limit = self.last_page * self.platform.results_per_page
        searches = [s for whole in self.scope.searches(self.platform) for s in divided(whole, totals, limit)]
        return [self._search(begin(self.platform, search)) for search in self._searchable(searches)]

    def _searchable(self, searches: Iterable[SearchScope]) -> list[SearchScope]:
        """These searches as the portal can be asked for them, each once."""
        return list(dict.fromkeys(asked for search in searches for asked in self.platform.searchable(search)))

    def _units(self, payload: dict[str, Any]) -> Iterator[Output]:
        """The units that a project names: first their rows, then their requests."""
        units = [(unit, self.listing_request(unit)) for unit in self.platform.units(payload)]
        if units:
            yield DetectedPage(
                tuple(
                    DetectedListing(
                        self.platform.name,
                        unit.platform_listing_id,
                        unit.url,
                        _now(),
                        request.meta["correlation_id"],
                        {"project_id": unit.project_id, "listing_kind": ListingKind.UNIT},
                    )
                    for unit, request in units
                )
            )
        for _, request in units:
            yield request

    def request_for(self, url: str) -> Request:
        """The request of a listing's or a search page's URL, as people push them to `<spider>:start_urls`.

        Raises ValueError for a URL that is not the platform's.
        """
        if not self.platform.owns(url):
            raise ValueError(f"not a URL of {self.platform.name}: {url}")
        listing_id = self.platform.listing_id(url)
        return (
            self._search(Step(url, None)) if listing_id is None else self.listing_request(FoundListing(listing_id, url))
        )

    def parse_search(self, response: Response, search: str | None = None, **place: Any) -> Iterator[Output]:
        """A page of results: its cards, their pages, and what follows in the walk (`place`: see `Step`)."""
        step = Step(self._first_url(response), search, **place)
        if self.platform.ends_with_404 and response.status == 404 and step.number > 1:
            return
        try:
            page: SearchPage = self.platform.read_search(self._text(response), response.url)
        except PageError as error:
            yield from self._unreadable(response, error)
            return
        parts = self._searchable(parts_of(step, page, self.last_page * self.platform.results_per_page))
        requests = [self.listing_request(FoundListing(card["platform_listing_id"], card["url"])) for card in page.cards]
        # First the rows, then the requests: a listing is known to the database before it is queued.
        yield DetectedPage(
            tuple(
                DetectedListing(
                    self.platform.name,
                    card["platform_listing_id"],
                    card["url"],
                    _now(),
                    request.meta["correlation_id"],
                    card,
                )
                for card, request in zip(page.cards, requests, strict=True)
            ),
            seen(self.platform, step, page, bool(parts), _now()),
        )
        yield from (r for r in requests if r.cb_kwargs["listing_id"] not in page.outside)
        if page.stopped:
            yield self._quarantined(response, PageError("search_stopped", page.stopped))
        if parts:
            yield from (self._search(begin(self.platform, part)) for part in parts)
        elif onward := following(step, page, self.last_page):
            yield self._search(onward)

    def parse_listing(self, response: Response, listing_id: str, project_id: str | None = None) -> Iterator[Output]:
        """A listing page: its object and the units it names, or that it is unchanged, or evidence that it is gone."""
        if response.meta.get("unchanged"):
            seen = DetectedListing(
                self.platform.name,
                listing_id,
                self._first_url(response),
                _now(),
                _correlation_id(response),
                unchanged=True,
            )
            yield DetectedPage((seen,))
            return
        evidence = self._gone(response)
        if evidence:
            yield self._removed(response, listing_id, evidence)
            return
        try:
            payload = self._object(response)
            if self.platform.payload_id(payload) != listing_id:
                raise PageError(
                    "another_listing", f"the page of {listing_id} holds {self.platform.payload_id(payload)}"
                )
        except PageError as error:
            evidence = self.platform.gone(response.text) if isinstance(error, NotAListing) else None
            if evidence:
                yield self._removed(response, listing_id, evidence)
            elif elsewhere := self._object_elsewhere(response, error):
                yield self.listing_request(FoundListing(listing_id, elsewhere, project_id))
            else:
                yield from self._unreadable(response, error, listing_id)
            return
        yield RawListing(
            self.platform.name,
            listing_id,
            self.platform.canonical_url(response.url),
            self.platform.without_private_data(payload),
            _now(),
            _correlation_id(response),
            project_id,
        )
        yield from self._units(payload)

    def _object(self, response: Response) -> dict[str, Any]:
        """The platform's object. Raises PageError.

        A script that holds it is read alone: to decode the whole page takes longer than all else that is done with it.
        """
        marker = self.platform.object_marker
        script = script_with(response.body, marker) if marker else None
        if script is not None:
            with suppress(PageError):  # whatever is odd about it, the whole page tells
                return self.platform.read_listing(script, response.url)
        return self.platform.read_listing(self._text(response), response.url)

    def failed(self, failure: Failure) -> None:
        """A page that could not be had: what no middleware decided about is kept with the dead letters, not dropped."""
        request: Request = failure.request  # type: ignore[attr-defined] # Scrapy sets it
        lease = request.meta.get("lease", {})
        # Also what a middleware of others ignores: its page was wanted, and its listing must not be queued for ever.
        lease.setdefault("verdict", "dead")
        lease.setdefault("reason", _why(failure.value))
        self.logger.warning("no page %s: %s", request.url, failure.value or type(failure.value).__name__)

    def _search(self, step: Step) -> Request:
        return Request(
            step.url,
            self.parse_search,
            errback=self.failed,
            dont_filter=step.again > 0,
            cb_kwargs=step.arguments,
            priority=SEARCH_PRIORITY,
            meta={"correlation_id": uuid4().hex},
        )

    def listing_request(self, found: FoundListing) -> Request:
        return Request(
            found.url,
            self.parse_listing,
            errback=self.failed,
            cb_kwargs={"listing_id": found.platform_listing_id, "project_id": found.project_id},
            meta={"correlation_id": uuid4().hex},
        )

    def _gone(self, response: Response) -> str | None:
        if response.status in self.handle_httpstatus_list:
            return f"http_{response.status}"
        return "redirected_home" if self.platform.is_home(response.url) else None

    def _object_elsewhere(self, response: Response, error: PageError) -> str | None:
        """Another address of the object, when a sound page lacks it."""
        return self.platform.object_url(response.url) if error.reason == "element_missing" else None

    def _removed(self, response: Response, listing_id: str, evidence: str) -> RemovedListing:
        return RemovedListing(
            self.platform.name,
            listing_id,
            self.platform.canonical_url(self._first_url(response)),
            evidence,
            _now(),
            _correlation_id(response),
        )

    def _unreadable(
        self, response: Response, error: PageError, listing_id: str | None = None
    ) -> Iterator[QuarantinedRecord]:
        """A page that was cut on its way is fetched again while attempts are left; else it is kept for people."""
        lease = response.meta.get("lease", {})
        if lease and error.reason in _CUT and lease["attempts"] < self.settings.getint("RETRY_MAX_ATTEMPTS"):
            pause = self.settings.getfloat("RETRY_BACKOFF") * 2 ** (lease["attempts"] - 1)
            lease.update(verdict="retry", delay_seconds=pause, reason=error.reason)
            self.logger.info("page %s was cut and is fetched again: %s", response.url, error)
            return
        yield self._quarantined(response, error, listing_id)

    def _quarantined(self, response: Response, error: PageError, listing_id: str | None = None) -> QuarantinedRecord:
        self.logger.warning("unreadable page %s: %s", response.url, error)
        return QuarantinedRecord(
            self.platform.name,
            self._first_url(response),
            (f"{error.reason}: {error}",),
            self.platform.scrub_page(response.body.decode("utf-8", "replace")),
            _now(),
            _correlation_id(response),
            listing_id,
        )

    def _text(self, response: Response) -> str:
        if response.status in self.handle_httpstatus_list:
            raise PageError(f"http_{response.status}", f"the portal answered {response.status}")
        return page_text(response.body, (response.headers.get("Content-Type") or b"").decode("latin-1"))

    def _first_url(self, response: Response) -> str:
        """The URL first asked for, before redirects."""
        redirected: list[str] = response.meta.get("redirect_urls", [])
        return redirected[0] if redirected else response.url


def _why(error: BaseException | None) -> str:
    """The reason of a dead letter, as a code before a colon."""
    if isinstance(error, IgnoreRequest) and not isinstance(error, HttpError):
        return f"ignored: {error}"
    return f"download: {type(error).__name__}"


def _correlation_id(response: Response) -> str:
    return str(response.meta["correlation_id"])


def _now() -> datetime:
    return datetime.now(UTC)

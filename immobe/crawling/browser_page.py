"""One page in the browser: its document and parts are handed to it, and it is watched until it is finished.

The document was fetched by Scrapy like any other page and is only rendered here. Where the page wants to go to next,
and what it is refused, end it: the answer is given to Scrapy's middlewares, which judge it like any other answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, Route, WebSocketRoute
from playwright.async_api import Request as BrowserRequest
from scrapy import Request
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import HtmlResponse, Response

from immobe.crawling.browser_parts import Part, PartFetcher, PartForbidden, headers_for_browser
from immobe.errors import PageNotMade

QUIET_SECONDS = 0.5
"""So long must nothing be loading before a page is taken for finished."""
# Answers to a page's parts that mean all of us, not this part: they become the answer to the page.
REFUSALS = frozenset({403, 429, 503})
_LENGTH = "() => document.documentElement ? document.documentElement.outerHTML.length : 0"
# A page that is made of other answers can never be told unchanged by the one to its document.
_DOCUMENT_ONLY = ("Content-Encoding", "Content-Length", "Transfer-Encoding", "ETag", "Last-Modified", "Set-Cookie")


class PageOver(Exception):  # noqa: N818 - reads as what happened
    """The page has ended before it was finished; `PageLoad.outcome` says how."""


class PageLoad:
    """`begin` and `settle` are for scrapy-playwright's `playwright_page_init_callback` and a `PageMethod`."""

    def __init__(
        self,
        document: Response,
        text: str,
        parts: PartFetcher,
        *,
        seconds_left: Callable[[], float],
        settle_seconds: float,
        most_bytes: int,
    ) -> None:
        self.url, self._document, self._text, self._parts = document.url, document, text, parts
        self._seconds_left, self._settle_seconds, self._most_bytes = seconds_left, settle_seconds, most_bytes
        self.page: Page | None = None
        self.has_crashed = False
        self._document_is_sent = False
        self._loading: set[asyncio.Task[Response]] = set()
        self._last_change = 0.0
        self._over = asyncio.Event()
        self._end: Response | Exception | None = None

    async def begin(self, page: Page, request: Request) -> None:
        """Takes over all that a new page asks for."""
        page.on("crash", self._crashed)
        page.on("popup", _close)
        await page.context.route("**", _refuse)  # a popup's requests, until it is closed
        await page.route_web_socket("**", _close_socket)
        await page.route("**", self._answer)
        self.page = page

    async def settle(self, page: Page) -> None:
        """Returns when the page is finished: loaded, and nothing loading any more, or the time for that is over.

        Raises PageOver when it has ended otherwise, and DownloadCancelledError when it has become too large.
        """
        if self.page is None:
            raise PageNotMade("browser_error", f"{self.url}: its requests could not be taken over")
        loaded = asyncio.ensure_future(page.wait_for_load_state("load", timeout=0))
        over = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait({loaded, over}, return_when=asyncio.FIRST_COMPLETED)
            if loaded.done():
                loaded.result()
            await self._quiet()
        finally:
            for task in (loaded, over):
                task.cancel()
            await asyncio.gather(loaded, over, return_exceptions=True)
        self.check_size(await page.evaluate(_LENGTH))

    def check_size(self, size: int) -> None:
        """Raises DownloadCancelledError for more than DOWNLOAD_MAXSIZE."""
        if self._most_bytes and size > self._most_bytes:
            raise DownloadCancelledError(f"{self.url}: the page grew to {size} bytes; at most {self._most_bytes}")

    def outcome(self) -> Response | None:
        """How it has ended otherwise than by being finished: an answer for the middlewares, or None.

        Raises what made it fail.
        """
        if isinstance(self._end, Exception):
            raise self._end
        return self._end

    def response(self, html: str) -> HtmlResponse:
        """The finished page. Its URL is the one that was asked for, wherever its script says it is."""
        body = html.encode("utf-8", "replace")
        self.check_size(len(body))
        headers = self._document.headers.copy()
        for name in _DOCUMENT_ONLY:
            headers.pop(name, None)
        headers["Content-Type"] = "text/html; charset=utf-8"
        flags = [*self._document.flags, "browser"]
        return HtmlResponse(
            self.url, 200, headers, body, flags, self._document.request, encoding="utf-8",
            ip_address=self._document.ip_address, protocol=self._document.protocol,
        )  # fmt: skip

    async def close(self) -> None:
        """Lets go of what is still loading, and closes the page."""
        for task in self._loading:
            task.cancel()
        if self.page is not None and not self.page.is_closed():
            await self.page.close()

    async def _quiet(self) -> None:
        """Until nothing is loading any more. A page that never rests is waited for as long as it may, and then only for
        what is loading at that moment: it would lack what comes late.
        """
        loop = asyncio.get_running_loop()
        ends, self._last_change = loop.time() + self._settle_seconds, loop.time()
        last: set[asyncio.Task[Response]] | None = None
        while last is None or not all(task.done() for task in last):
            if self._over.is_set():
                raise PageOver(self.url)
            if not self._loading and loop.time() - self._last_change >= QUIET_SECONDS:
                return
            if last is None and loop.time() >= ends:
                last = set(self._loading)
            await asyncio.sleep(0.05)

    async def _answer(self, route: Route) -> None:
        """Never raises: nobody would hear it. A page that is closed meanwhile needs no answer."""
        with suppress(PlaywrightError):
            asked = route.request
            if self._is_navigation(asked):
                await self._navigate(route)
                return
            part = Part(asked.resource_type, asked.method, asked.url, asked.headers, asked.post_data_buffer)
            answer = await self._load(part)
            if answer is None:
                await route.abort("blockedbyclient")
            else:
                await route.fulfill(
                    status=answer.status, headers=headers_for_browser(answer), body=answer.body
                )  # fmt: skip

    def _is_navigation(self, asked: BrowserRequest) -> bool:
        return asked.is_navigation_request() and self.page is not None and asked.frame == self.page.main_frame

    async def _navigate(self, route: Route) -> None:
        """The first is for the document; any other leads away from it, as an answer with a redirect would."""
        if self._document_is_sent:
            location = {"Location": route.request.url}
            self._finish(Response(self.url, 302, location, request=self._document.request, flags=["browser"]))
            await route.abort("aborted")
            return
        self._document_is_sent = True
        headers = headers_for_browser(self._document) | {"content-type": "text/html; charset=utf-8"}
        await route.fulfill(status=200, headers=headers, body=self._text.encode("utf-8", "replace"))

    async def _load(self, part: Part) -> Response | None:
        """The part's answer; None when the page shall do without it, or has ended."""
        if self._over.is_set():
            return None
        task = asyncio.ensure_future(self._parts.get(self.url, part, self._seconds_left))
        self._loading.add(task)
        try:
            answer = await task
        except (PartForbidden, asyncio.CancelledError):
            return None
        except Exception as error:
            self._finish(error)
            return None
        finally:
            self._loading.discard(task)
            self._last_change = asyncio.get_running_loop().time()
        if answer.status in REFUSALS:
            self._finish(answer.replace(url=self.url, request=self._document.request))
        return answer

    def _finish(self, end: Response | Exception) -> None:
        if not self._over.is_set():
            self._end = end
            self._over.set()

    def _crashed(self, _: Page) -> None:
        self.has_crashed = True
        self._finish(PageNotMade("page_crashed", f"{self.url}: the page's process has died"))


async def _refuse(route: Route) -> None:
    with suppress(PlaywrightError):
        await route.abort("blockedbyclient")


async def _close(page: Page) -> None:
    with suppress(PlaywrightError):
        await page.close()


async def _close_socket(socket: WebSocketRoute) -> None:
    with suppress(PlaywrightError):
        await socket.close()

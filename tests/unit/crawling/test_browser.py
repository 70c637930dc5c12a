"""Starts, deaths and pauses of the browser, with scripted sessions; Chromium itself is in the integration tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import HtmlResponse, Response
from scrapy.utils.test import get_crawler

from immobe.config import Config, load_config
from immobe.crawling.browser import Browser
from immobe.crawling.browser_page import PageLoad
from immobe.crawling.browser_session import BrowserGone, BrowserSession
from immobe.errors import ConfigError, PageNotMade

Make = Callable[["Session", PageLoad], Any]


class Session:
    """Makes pages as `make` says."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self.is_alive, self.is_closed, self.pages_made, self.open, self.most_open = True, False, 0, 0, 0

    async def make(self, load: PageLoad) -> Response:
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            response: Response = await self._make(self, load)
        finally:
            self.open -= 1
        self.pages_made += 1
        return response

    async def close(self) -> None:
        self.is_alive, self.is_closed = False, True


async def made(session: Session, load: PageLoad) -> Response:
    await asyncio.sleep(0.01)
    return load.response("<html>made</html>")


async def dies(session: Session, load: PageLoad) -> Response:
    session.is_alive = False
    raise BrowserGone


class Browsers:
    """`start` for `Browser`: each start has its script, the last one for ever; an exception is a start that fails."""

    def __init__(self, *scripts: Make | Exception) -> None:
        self._scripts = list(scripts)
        self.started = list[Session]()
        self.tried = 0

    async def start(self, crawler: Crawler, config: Config) -> BrowserSession:
        self.tried += 1
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        await asyncio.sleep(0)
        if isinstance(script, Exception):
            raise script
        self.started.append(Session(script))
        return cast("BrowserSession", self.started[-1])


def browser(browsers: Browsers, **config: Any) -> Browser:
    crawler = get_crawler(Spider, {"IMMOBE_CONFIG": load_config(None, **config), "DOWNLOAD_MAXSIZE": 1000})
    crawler.engine = cast("Any", SimpleNamespace(_slot=None))

    async def fetch(request: Request) -> Response:
        raise AssertionError("nothing is loaded here")

    return Browser(crawler, fetch, None, start=browsers.start)


def document(text: bytes = b"<html></html>", **meta: Any) -> Response:
    return HtmlResponse("https://x.be/1", body=text, request=Request("https://x.be/1", meta=meta))


async def test_all_pages_share_one_start_and_no_more_are_open_than_may_be() -> None:
    browsers = Browsers(made)
    pages = browser(browsers, browser_pages=3)
    answers = await asyncio.gather(*(pages.make(document()) for _ in range(10)))
    assert {answer.body for answer in answers} == {b"<html>made</html>"}
    [session] = browsers.started
    assert session.most_open == 3


async def test_a_page_whose_browser_dies_is_made_by_the_next_one() -> None:
    browsers = Browsers(dies, made)
    answer = await browser(browsers).make(document())
    assert answer.status == 200
    assert [session.is_closed for session in browsers.started] == [True, False]


async def test_a_page_that_kills_browsers_is_an_attempt_of_its_own() -> None:
    pages = browser(Browsers(dies))
    with pytest.raises(PageNotMade) as raised:
        await pages.make(document())
    assert (raised.value.reason, raised.value.counts) == ("browser_died", True)


async def test_places_are_given_back_whatever_happens() -> None:
    pages = browser(Browsers(dies, dies, made), browser_pages=1)
    with pytest.raises(PageNotMade):
        await pages.make(document())
    for _ in range(3):
        assert (await pages.make(document())).status == 200


async def test_starts_that_fail_come_after_longer_and_longer_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("immobe.crawling.browser.full_jitter", lambda failures, base, cap: base * 100 * 2**failures)
    browsers = Browsers(ConfigError("no Chromium"))
    pages = browser(browsers)
    for _ in range(5):
        with pytest.raises(PageNotMade) as raised:
            await pages.make(document())
        assert (raised.value.reason, raised.value.counts) == ("browser_unavailable", False)
        assert 90 < (raised.value.delay_seconds or 0) <= 100
    assert browsers.tried == 1, "until the pause is over nobody tries"


async def test_a_page_has_no_more_time_than_its_attempt_has_left() -> None:
    async def never(session: Session, load: PageLoad) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    pages = browser(Browsers(never, never), browser_pages=1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for _ in range(2):
        with pytest.raises(DownloadTimeoutError):
            await pages.make(document(asked_at=began, seconds_left=0.2))
    assert loop.time() - began < 5


async def test_after_the_end_nothing_is_started() -> None:
    browsers = Browsers(made)
    pages = browser(browsers)
    await pages.make(document())
    await pages.close()
    assert browsers.started[0].is_closed
    with pytest.raises(PageNotMade) as raised:
        await pages.make(document())
    assert (raised.value.reason, raised.value.counts) == ("browser_closed", False)
    assert browsers.tried == 1


async def test_what_the_middlewares_must_judge_is_left_as_it_is() -> None:
    browsers = Browsers(made)
    for broken in (
        document(b""),
        document(b"no gzip").replace(headers={"Content-Encoding": "gzip"}),
    ):
        assert await browser(browsers).make(broken) is broken
    assert browsers.tried == 0

"""What a page in the browser may load, and what is kept of it."""

from __future__ import annotations

import pytest
from scrapy import Request, Spider
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from immobe.crawling.browser_parts import (
    KEPT_BYTES,
    KEPT_SECONDS,
    KeptParts,
    Part,
    PartFetcher,
    PartForbidden,
    headers_for_browser,
)

PAGE = "https://www.portal.be/en/1"


class PortalSpider(Spider):
    name = "portal"
    allowed_domains = ["www.portal.be", "portal.be"]  # noqa: RUF012 - as Scrapy has it


class Portal:
    """Answers by URL, and notes what it was asked."""

    def __init__(self, answers: dict[str, Response | Exception]) -> None:
        self.answers, self.asked = answers, list[Request]()

    async def fetch(self, request: Request) -> Response:
        self.asked.append(request)
        answer = self.answers[request.url]
        if isinstance(answer, Exception):
            raise answer
        return answer


def fetcher(portal: Portal, *extra_hosts: str) -> PartFetcher:
    crawler = get_crawler(PortalSpider, {"USER_AGENT": "Immo-Be/0.1"})
    crawler.spider = crawler._create_spider("portal")
    return PartFetcher(crawler, portal.fetch, None, extra_hosts)


def script(url: str, kind: str = "script", method: str = "GET", **headers: str) -> Part:
    return Part(kind, method, url, headers)


@pytest.mark.parametrize(
    ("part", "allowed"),
    [
        (script("https://www.portal.be/app.js"), True),
        (script("https://static.portal.be/app.js"), True),
        (script("https://cdn.example.be/app.js"), True),
        (script("https://api.portal.be/1", "xhr", "POST"), True),
        (script("http://www.portal.be/app.js"), False),  # down from https
        (script("https://notportal.be/app.js"), False),
        (script("https://www.portal.be.evil.example/app.js"), False),
        (script("https://www.googletagmanager.com/gtm.js"), False),
        (script("https://www.portal.be/1", "fetch", "DELETE"), False),
        (script("https://www.portal.be/1.jpg", "image"), False),
        (script("https://www.portal.be/f.woff2", "font"), False),
        (script("https://www.portal.be/film", "media"), False),
        (script("https://www.portal.be/seen", "ping"), False),
        (script("ftp://www.portal.be/1", "document"), False),
    ],
)
def test_only_what_makes_the_page_is_loaded_and_only_from_its_site(part: Part, allowed: bool) -> None:
    assert fetcher(Portal({}), "cdn.example.be").may_load(PAGE, part) == allowed


async def test_redirects_are_followed_within_the_site() -> None:
    moved = Response("https://www.portal.be/a.js", 302, {"Location": "/b.js"})
    found = Response("https://www.portal.be/b.js", 200, body=b"1")
    portal = Portal({"https://www.portal.be/a.js": moved, "https://www.portal.be/b.js": found})
    answer = await fetcher(portal).get(PAGE, script("https://www.portal.be/a.js"), lambda: 5.0)
    assert answer.body == b"1"
    away = Response("https://www.portal.be/a.js", 302, {"Location": "https://example.org/"})
    portal = Portal({"https://www.portal.be/a.js": away})
    with pytest.raises(PartForbidden):
        await fetcher(portal).get(PAGE, script("https://www.portal.be/a.js"), lambda: 5.0)
    loop = Response("https://www.portal.be/a.js", 302, {"Location": "/a.js"})
    portal = Portal({"https://www.portal.be/a.js": loop})
    with pytest.raises(PartForbidden):
        await fetcher(portal).get(PAGE, script("https://www.portal.be/a.js"), lambda: 5.0)
    assert len(portal.asked) == 6


async def test_a_part_is_asked_for_under_our_name_without_cookies_in_the_time_that_is_left() -> None:
    portal = Portal({"https://www.portal.be/1": Response("https://www.portal.be/1", 200)})
    headers = {"Cookie": "a=1", "User-Agent": "Chromium", "sec-ch-ua": "x", "X-Api-Key": "k", "accept": "*/*"}
    await fetcher(portal).get(PAGE, Part("xhr", "GET", "https://www.portal.be/1", headers), lambda: 5.0)
    [asked] = portal.asked
    sent = {name.decode(): asked.headers[name] for name in asked.headers}
    assert sent.pop("Accept-Encoding")
    assert sent == {"X-Api-Key": b"k", "Accept": b"*/*", "User-Agent": b"Immo-Be/0.1", "Accept-Language": b"en"}
    assert asked.meta["download_timeout"] == 5.0


async def test_scripts_are_kept_and_data_and_failures_are_not() -> None:
    urls = [f"https://www.portal.be/{name}" for name in ("a.js", "data", "b.js")]
    portal = Portal({url: Response(url, 200) for url in urls[:2]} | {urls[2]: DownloadTimeoutError()})
    parts = fetcher(portal)
    for _ in range(2):
        await parts.get(PAGE, script(urls[0]), lambda: 5.0)
        await parts.get(PAGE, script(urls[1], "fetch"), lambda: 5.0)
        with pytest.raises(DownloadTimeoutError):
            await parts.get(PAGE, script(urls[2]), lambda: 5.0)
    assert [asked.url for asked in portal.asked] == [*urls, *urls[1:]]


def test_kept_parts_grow_old_and_never_too_many() -> None:
    now = [0.0]
    kept = KeptParts(clock=lambda: now[0])
    third = b"x" * (KEPT_BYTES // 3)
    for number in range(4):
        kept.put(f"https://x.be/{number}", Response(f"https://x.be/{number}", body=third))
    assert kept.get("https://x.be/0") is None
    assert kept.get("https://x.be/3") is not None
    kept.put("https://x.be/3", Response("https://x.be/3", 500))
    assert kept.get("https://x.be/3") is None
    now[0] = KEPT_SECONDS
    assert kept.get("https://x.be/2") is None


def test_the_browser_gets_no_cookies_and_decoded_bodies() -> None:
    headers = {"Content-Type": "text/html", "Content-Encoding": "gzip", "Set-Cookie": "a=1", "Content-Disposition": "x"}
    assert headers_for_browser(Response("https://x.be", headers=headers)) == {"content-type": "text/html"}

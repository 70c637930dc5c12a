"""Pages that stand in the way are recognised; ordinary pages, with the same vendors' scripts in them, are not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import HtmlResponse, Response
from structlog.testing import capture_logs

from middlewares.block_signatures import SIGNATURES, challenge_kind, wall_kind
from middlewares.blocks import BlockDetectionMiddleware
from middlewares.gate import GateMiddleware
from middlewares.last_look import LastLookMiddleware
from middlewares.lease import GivenBack, Refused

URL = "https://www.immoweb.be/en/classified/1"
ROOT = Path(__file__).parents[3]
CAPTURES = ROOT.parent / "shared" / "captures"
TEXT = "Ruime woning met tuin, drie slaapkamers en garage. " * 40

BLOCKED = {
    "datadome": "<body><p>Please enable JS</p><script>var dd={'rt':'i','cid':'A','host':'geo.captcha-delivery.com'}"
    "</script><script src='https://ct.captcha-delivery.com/i.js'></script></body>",
    "cloudflare": "<title>Just a moment...</title><script>(function(){window._cf_chl_opt = {cvId: '3'};}());</script>",
    "imperva": "<iframe src='/_Incapsula_Resource'>Request unsuccessful. Incapsula incident ID: 1-2</iframe>",
    "human": "<title>Access to this page has been denied</title><div id='px-captcha'></div>",
    "akamai": "<HTML><TITLE>Access Denied</TITLE><BODY>You don't have permission. Reference&#32;#18.a edgesuite</BODY>",
}
WALLS = {
    "captcha": "<body><form><p>Bent u een mens?</p><div class='box g-recaptcha' data-sitekey='x'></div></form>",
    "login": "<body><h1>Meld u aan</h1><form><input name=user><input type='password'></form></body>",
    "shell": "<html><head><script src='/app.js'></script></head><body><div id='root'></div></body></html>",
}
ORDINARY = {
    "a captcha in the contact form": f"<body><p>{TEXT}</p><div class='g-recaptcha'></div></body>",
    "a log-in dialog": f"<body><p>{TEXT}</p><dialog><input type='password'></dialog></body>",
    "DataDome's tag": f"<body><script src='https://js.datadome.co/tags.js'></script><p>{TEXT}</p></body>",
    "Cloudflare's detection": f"<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script><p>{TEXT}</p>",
    "data in a script": "<body><script>window.classified = {\"id\": 1, \"captcha\": true};</script></body>",
    "results in attributes": "<body><script src='/a.js'></script><iw-search :results='[]'></iw-search></body>",
    "an advert that says so": f"<body><p>Just a moment from the station. No captcha here. {TEXT}</p></body>",
}  # fmt: skip


def page(text: str, status: int = 200, url: str = URL, **headers: str) -> HtmlResponse:
    named = {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return HtmlResponse(url, status, headers=named, body=text.encode())


@pytest.mark.parametrize("kind", BLOCKED)
@pytest.mark.parametrize("status", [200, 403, 503])
def test_challenges_are_recognised_with_any_status(kind: str, status: int) -> None:
    assert challenge_kind(page(BLOCKED[kind], status)) == kind


def test_headers_tell_challenges_too() -> None:
    assert challenge_kind(page("x", 403, cf_mitigated="challenge")) == "cloudflare"
    assert challenge_kind(page("", 202, x_amzn_waf_action="challenge")) == "aws_waf"


@pytest.mark.parametrize("kind", WALLS)
def test_walls_are_recognised(kind: str) -> None:
    assert wall_kind(page(WALLS[kind]), URL) == kind


def test_a_redirect_to_the_log_in_page_is_a_wall() -> None:
    assert wall_kind(page(TEXT, url="https://www.immoweb.be/nl/aanmelden?next=1"), URL) == "login"
    assert wall_kind(page("", 403), URL) == "forbidden"
    assert wall_kind(page("", 401), URL) == "login"
    assert wall_kind(page(""), URL) == "shell"
    assert wall_kind(page("", 404), URL) is None


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_pages_are_no_blocks(name: str) -> None:
    response = page(ORDINARY[name])
    assert (challenge_kind(response), wall_kind(response, URL)) == (None, None)


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("tests/platforms/**/page.*ml")), ids=lambda p: "-".join(p.parts[-3:-1])
)
def test_our_pages_in_the_portals_formats_are_no_blocks(path: Path) -> None:
    response = page(path.read_text("utf-8"))
    assert (challenge_kind(response), wall_kind(response, URL)) == (None, None)


def test_real_pages_are_no_blocks() -> None:
    paths = sorted(CAPTURES.glob("*/*.html"))
    if not paths:
        pytest.skip(f"no captures of real pages beside the checkout ({CAPTURES.name})")
    for path in paths:
        response = page(path.read_text("utf-8", "replace"))
        assert (path.name, challenge_kind(response), wall_kind(response, URL)) == (path.name, None, None)


@pytest.mark.parametrize("piece", [b"<script", b"<", b"dd={", b"<input", b'class="', b"<b>", b"<iframe ", b"<title> "])
def test_a_hostile_page_does_not_hold_the_worker(piece: bytes) -> None:
    began = time.process_time()
    response = HtmlResponse(URL, 200, body=piece * (99_000 // len(piece)))
    challenge_kind(response), wall_kind(response, URL)
    assert time.process_time() - began < 5  # quadratic patterns need minutes


def test_every_signature_says_where_it_comes_from() -> None:
    assert all(signature.source and (signature.body or signature.header) for signature in SIGNATURES)


async def test_one_warning_an_opening_and_the_platform_rests(make_crawler: Any, request_of: Any) -> None:
    crawler = make_crawler()
    blocks, gate = BlockDetectionMiddleware.from_crawler(crawler), GateMiddleware.from_crawler(crawler)
    requests = [request_of(), request_of()]
    with capture_logs() as logs:
        for request in requests:
            await gate.process_request(request)
        for request in requests:
            with pytest.raises(GivenBack, match="blocked:datadome"):
                await blocks.process_response(request, page(BLOCKED["datadome"]))
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == ["platform blocks us"]
    assert crawler.stats.values == {"blocked/datadome": 2, "blocked/open": 1}
    later = request_of()
    with pytest.raises(GivenBack, match="platform_blocked"):
        await gate.process_request(later)
    assert later.meta["lease"]["counts"] is False


async def test_who_waited_for_its_turn_when_the_block_came_is_not_sent(make_crawler: Any, request_of: Any) -> None:
    crawler = make_crawler()
    gate, last_look = GateMiddleware.from_crawler(crawler), LastLookMiddleware.from_crawler(crawler)
    blocked, waiting, robots = request_of(), request_of(), request_of(dont_obey_robotstxt=True)
    for request in (blocked, waiting):
        await gate.process_request(request)
        await last_look.process_request(request)
    with pytest.raises(GivenBack, match="blocked:datadome"):
        await BlockDetectionMiddleware.from_crawler(crawler).process_response(blocked, page(BLOCKED["datadome"]))
    with pytest.raises(GivenBack, match="platform_blocked"):
        await last_look.process_request(waiting)
    assert waiting.meta["lease"]["counts"] is False
    await last_look.process_request(robots)  # a probe may need it
    waiting.meta["probe_until"] = time.time() + 60
    await last_look.process_request(waiting)


async def test_a_page_that_alone_is_forbidden_ends_in_the_dead_letters(make_crawler: Any, request_of: Any) -> None:
    blocks = BlockDetectionMiddleware.from_crawler(make_crawler(RETRY_MAX_ATTEMPTS=2))
    first, last = request_of(attempts=1), request_of(attempts=2)
    with pytest.raises(GivenBack):
        await blocks.process_response(first, page("no", 403))
    with pytest.raises(Refused):
        await blocks.process_response(last, page("no", 403))
    assert first.meta["lease"]["counts"] is True
    assert last.meta["lease"]["verdict"] == "dead"


async def test_a_forbidden_robots_file_is_no_block(make_crawler: Any, request_of: Any) -> None:
    blocks = BlockDetectionMiddleware.from_crawler(make_crawler())
    request, response = request_of(dont_obey_robotstxt=True), Response(f"{URL}/robots.txt", 403)
    assert await blocks.process_response(request, response) is response

"""Pages that Chromium makes: each limit of a crawl holds for them, and the portal sees no more than it must."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.integration.chromium import Traces, needs_chromium
from tests.integration.scripted_server import Answer, ScriptedServer, endless_body, page, scripted_server

pytestmark = [pytest.mark.integration, needs_chromium]
ROOT = Path(__file__).parents[2]
Outcome = dict[str, Any]
Fetch = Callable[..., dict[str, Outcome]]
AD = "A house with a garden, three bedrooms and a view of the river. "


@pytest.fixture
def portal() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def fetch(portal: ScriptedServer, redis_url: str, traces: Traces) -> Fetch:
    """Fetches paths of the portal, each with a lease, in one Scrapy process: {path: outcome}, and its `stats`."""

    def run(*paths: str, config: Outcome | None = None, **settings: Any) -> dict[str, Outcome]:
        requests = [
            {"url": portal.url + path, "meta": {"lease": {"attempts": 1}, "conditional": True}} for path in paths
        ]
        job = {
            "settings": {"REDIS_URL": redis_url, "SCRAPE_TIMEOUT": 20, **settings},
            "config": {"browser_settle_timeout": 2, **(config or {})},
            "hosts": ["127.0.0.1"],
            "requests": requests,
        }
        found = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("browser_fetch.py"))],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": "/tmp", **traces.environment},
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert found.returncode == 0, found.stderr
        assert "Traceback" not in found.stderr, found.stderr
        lines = [json.loads(line) for line in found.stdout.splitlines()]
        outcomes = {line["url"].removeprefix(portal.url): line for line in lines if "url" in line}
        return {**outcomes, "stats": lines[-1]["stats"], "log": {"text": found.stderr}}

    return run


def scripted(script: str, body: str = "") -> Answer:
    """A page that says nothing but what its script adds."""
    return Answer(body=f"<html><body>{body}<script>{script}</script></body></html>".encode())


GZIP = {"Content-Encoding": "gzip"}
WRITE = f"document.body.append({AD * 3!r});"
DATA = "fetch('/data').then(a => a.text()).then(text => document.body.append(text));"


def test_a_page_is_what_its_script_makes_of_it(portal: ScriptedServer, fetch: Fetch) -> None:
    portal.script |= {
        "/page": [scripted("document.cookie = 'who=me';" + DATA)],
        "/data": [Answer(body=AD.encode() * 5, headers={"Content-Type": "text/plain", "Set-Cookie": "who=you"})],
        "/small": [Answer(body=gzip.compress(scripted(DATA.replace("/data", "/zipped")).body), headers=GZIP)],
        "/zipped": [Answer(body=gzip.compress(AD.encode() * 3), headers=GZIP)],
        "/latin": [Answer(body=f"<body>Li\u00e8ge {AD * 3}<script>document.title = 1</script>".encode("cp1252"))],
    }
    found = fetch("/page", "/latin", "/small", "/page?again")
    assert AD in found["/small"]["text"], "of compressed parts"
    assert found["/page"]["status"] == 200
    assert AD in found["/page"]["text"]
    assert "Li\u00e8ge" in found["/latin"]["text"], "in the encoding that it really has"
    assert found["/page"]["final_url"] == f"{portal.url}/page"
    for visit in portal.visits:
        assert visit.headers["User-Agent"] == "Immo-Be/0.1"
        known = {"Host", "Accept", "Accept-Language", "Accept-Encoding", "User-Agent", "Referer"}
        assert set(visit.headers) <= known, visit.headers


def test_nothing_is_loaded_that_no_reader_needs(portal: ScriptedServer, fetch: Fetch) -> None:
    portal.script["/page"] = [
        scripted(
            WRITE
            + "fetch('http://localhost:1/track').catch(() => document.body.append('refused '));"
            + "navigator.sendBeacon('/beacon'); window.open('/popup'); new Image().src = '/pixel.png';"
            + "navigator.serviceWorker && navigator.serviceWorker.register('/worker.js').catch(() => {});"
            + "new WebSocket('ws://' + location.host + '/socket');",
            "<img src=/photo.jpg><video src=/film.mp4></video><link rel=stylesheet href=/style.css>"
            "<style>@font-face{font-family:F;src:url(/font.woff2)} body{font-family:F}</style>"
            "<link rel=icon href=/i.ico>",
        )
    ]
    found = fetch("/page")
    assert "refused" in found["/page"]["text"]
    assert set(portal.paths()) == {"/robots.txt", "/page", "/style.css"}
    assert found["stats"]["browser/not_loaded/image"] >= 2
    assert found["stats"]["browser/not_loaded/font"] == 1


def test_where_a_script_leads_is_judged_like_a_redirect(portal: ScriptedServer, fetch: Fetch) -> None:
    portal.script |= {
        "/off": [scripted("location = 'https://example.org/'")],
        "/late": [scripted(WRITE + "addEventListener('load', () => setTimeout(() => location = 'http://x.be/', 100))")],
        "/refresh": [Answer(body=b"<meta http-equiv=refresh content='0; url=http://x.be/'><body>away</body>")],
        "/form": [scripted("document.forms[0].submit()", "<form action='http://x.be/'></form>")],
        "/moved": [scripted("location.replace('/new')")],
        "/new": [scripted(WRITE)],
        "/loop": [scripted("location.reload()")],
        "/sent": [Answer(302, headers={"Location": "https://example.org/"})],
    }
    found = fetch("/off", "/late", "/refresh", "/form", "/sent", "/moved", "/loop")
    for path in ("/off", "/late", "/refresh", "/form", "/sent"):
        assert found[path]["lease"] == {"attempts": 1, "verdict": "dead", "reason": "redirect_off_site"}, path
    assert found["/moved"]["final_url"] == f"{portal.url}/new"
    assert AD in found["/moved"]["text"]
    assert found["/loop"]["lease"]["reason"] == "too_many_redirects"
    assert portal.paths().count("/loop") == 6


def test_sizes_are_limited_whatever_grows(portal: ScriptedServer, fetch: Fetch) -> None:
    huge = Answer(body=b"x" * 1_100_000)
    portal.script |= {
        "/document": [huge],
        "/part": [scripted("fetch('/data')")],
        "/data": [huge],
        "/grown": [scripted("document.body.append('x'.repeat(1100000))")],
    }
    found = fetch("/document", "/part", "/grown", "/fine")
    for path in ("/document", "/part", "/grown"):
        assert found[path]["lease"] == {"attempts": 1, "verdict": "dead", "reason": "too_large"}, path
    assert found["/fine"]["status"] == 200


def test_no_page_takes_longer_than_it_may(portal: ScriptedServer, fetch: Fetch) -> None:
    portal.script |= {
        "/busy": [scripted("while (true) {}")],
        "/waits": [scripted("fetch('/endless')")],
        "/endless": [Answer(raw=endless_body)],
        "/polls": [scripted(WRITE + "setInterval(() => fetch('/news'), 50)")],
    }
    began = time.monotonic()
    found = fetch("/busy", "/waits", "/polls", "/fine", SCRAPE_TIMEOUT=12)
    assert time.monotonic() - began < 60
    for path in ("/busy", "/waits"):
        assert (found[path]["lease"]["verdict"], found[path]["lease"]["reason"]) == ("retry", "timeout"), path
    assert found["/polls"].get("status") == 200, "a page that never rests is taken as it is after a while"
    assert found["/fine"]["status"] == 200


def test_refused_data_is_a_refused_page(portal: ScriptedServer, fetch: Fetch) -> None:
    portal.script |= {
        "/limited": [scripted("fetch('/429')", AD * 5)],
        "/429": [Answer(429, headers={"Retry-After": "300"})],
        "/blocked": [scripted("fetch('/403')", AD * 5)],
        "/403": [Answer(403)],
        "/missing": [scripted("fetch('/404')", AD * 5)],
        "/404": [Answer(404)],
    }
    found = fetch("/missing", "/limited", "/blocked")
    assert found["/missing"]["status"] == 200, "that is the script's own business"
    assert found["/limited"]["lease"]["reason"] == "http_429"
    assert found["/limited"]["lease"]["delay_seconds"] >= 300
    assert found["/blocked"]["lease"]["reason"] == "blocked:forbidden"


def test_robots_are_obeyed_within_a_page_and_data_keeps_the_budget(portal: ScriptedServer, fetch: Fetch) -> None:
    portal.script |= {
        "/robots.txt": [Answer(body=b"User-agent: *\nDisallow: /private")],
        "/page": [scripted(WRITE + "fetch('/private/1').catch(() => 0); fetch('/data/1'); fetch('/data/2')")],
    }
    found = fetch("/page", THROTTLE_ENABLED=True, BUDGET_INTERVAL=0.7, config={"browser_settle_timeout": 10})
    assert found["/page"]["status"] == 200
    assert not [path for path in portal.paths() if path.startswith("/private")]
    times = [visit.at for visit in portal.visits]
    assert len(times) == 4
    assert all(later - earlier > 0.6 for earlier, later in pairwise(times))


def test_a_page_is_never_told_unchanged_by_its_document(portal: ScriptedServer, fetch: Fetch) -> None:
    portal.script["/page"] = [page(AD * 3, ETag='"shell"')]
    for _ in range(2):
        assert fetch("/page")["/page"]["status"] == 200
    assert all("If-None-Match" not in visit.headers for visit in portal.visits)


def test_scripts_are_fetched_once_for_many_pages_in_few_contexts(portal: ScriptedServer, fetch: Fetch) -> None:
    script = Answer(body=WRITE.encode(), headers={"Content-Type": "text/javascript"})
    portal.script |= {"/app.js": [script]}
    paths = [f"/{number}" for number in range(9)]
    portal.script |= {path: [Answer(body=b"<body><script src=/app.js></script>")] for path in paths}
    limits = {"browser_pages": 2, "browser_contexts": 2, "browser_pages_per_context": 3}
    found = fetch(*paths, config=limits)
    assert all(AD in found[path]["text"] for path in paths)
    assert portal.paths().count("/app.js") <= 2, "as many as were open at first"
    assert found["stats"]["playwright/page_count/max_concurrent"] <= 2
    assert found["stats"]["playwright/context_count"] == 3
    assert found["stats"]["playwright/context_count/max_concurrent"] <= 2


@pytest.mark.parametrize("setting", [{"chrome_path": "/no/chromium"}, {"browser_cdp_url": "http://127.0.0.1:1"}])
def test_without_a_browser_pages_wait_in_the_queue(portal: ScriptedServer, fetch: Fetch, setting: Outcome) -> None:
    portal.script["/robots.txt"] = [Answer(body=b"User-agent: *\nDisallow:")]
    found = fetch("/1", "/2", config=setting)
    for path in ("/1", "/2"):
        lease = found[path]["lease"]
        assert (lease["verdict"], lease["reason"], lease["counts"]) == ("retry", "browser_unavailable", False)


def test_only_pages_go_to_the_browser(portal: ScriptedServer, fetch: Fetch) -> None:
    portal.script |= {
        "/object": [Answer(body=b'{"id": 1}', headers={"Content-Type": "application/json"})],
        "/gone": [Answer(410)],
        "/file": [Answer(body=AD.encode() * 3, headers={"Content-Disposition": "attachment"})],
    }
    found = fetch("/object", "/gone", "/file")
    assert [found[path]["status"] for path in ("/object", "/gone", "/file")] == [200, 410, 200]
    assert "browser/starts" not in found["stats"], "not even started"

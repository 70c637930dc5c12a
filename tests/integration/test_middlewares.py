"""The downloader middlewares in real Scrapy processes against a scripted portal; outcomes are read from the leases."""

from __future__ import annotations

import gzip
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import brotli
import pytest
import redis
from backports import zstd

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]


def _beside(name: str) -> ModuleType:
    """A module of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


server_kit = _beside("scripted_server")
Answer, page = server_kit.Answer, server_kit.page
Outcome = dict[str, Any]
Fetch = Callable[..., dict[str, Outcome]]


@pytest.fixture
def portal() -> Iterator[Any]:
    with server_kit.scripted_server() as server:
        yield server


def begin(portal: Any, redis_url: str | None, requests: list[Outcome], **settings: Any) -> subprocess.Popen[str]:
    job = {
        "settings": {"REDIS_URL": redis_url, **settings},
        "hosts": ["127.0.0.1"],
        "requests": [{**r, "url": portal.url + r["url"]} for r in requests],
    }
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("fetch.py"))],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(job))
    process.stdin.close()
    process.stdin = None
    return process


def end(process: subprocess.Popen[str], portal: Any) -> dict[str, Outcome]:
    """{path: outcome}, with the crawl's stats under `stats` and its log under `log`."""
    out, log = process.communicate(timeout=90)
    assert process.returncode == 0, log
    outcomes: dict[str, Outcome] = {"log": {"text": log}}
    for line in out.splitlines():
        found = json.loads(line)
        if "stats" in found:
            outcomes["stats"] = found["stats"]
        else:
            outcomes[found["url"].removeprefix(portal.url)] = found
    assert "Traceback" not in log, log
    return outcomes


@pytest.fixture
def fetch(portal: Any, redis_url: str) -> Fetch:
    """Fetches paths of the portal, each with a lease, in one Scrapy process."""

    def run(*paths: str | Outcome, away: bool = False, **settings: Any) -> dict[str, Outcome]:
        url = "redis://127.0.0.1:1/0" if away else redis_url
        wanted = [p if isinstance(p, dict) else leased(p) for p in paths]
        return end(begin(portal, url, wanted, **settings), portal)

    return run


def leased(path: str, attempts: int = 1, **meta: Any) -> Outcome:
    return {"url": path, "meta": {"lease": {"attempts": attempts}, "correlation_id": "c0ffee", **meta}}


def test_each_failure_has_its_verdict(portal: Any, fetch: Fetch) -> None:
    portal.script |= {
        "/500": [Answer(500)],
        "/521": [Answer(521)],
        "/408": [Answer(408)],
        "/429": [Answer(429, headers={"Retry-After": "120"})],
        "/503": [Answer(503, headers={"Retry-After": "Wed, 21 Oct 2065 07:28:00 GMT"})],
        "/last": [Answer(502)],
        "/400": [Answer(400)],
        "/404": [Answer(404)],
        "/cut": [Answer(raw=server_kit.cut_body)],
        "/gone": [Answer(raw=server_kit.cut_connection)],
        "/slow": [Answer(delay=30)],
        "/loris": [Answer(raw=server_kit.endless_headers)],
        "/endless": [Answer(raw=server_kit.endless_body)],
        "/broken-gzip": [Answer(body=b"no gzip", headers={"Content-Encoding": "gzip"})],
        "/broken-zstd": [Answer(body=b"no zstd", headers={"Content-Encoding": "zstd"})],
    }
    paths = [path for path in portal.script if path not in ("/robots.txt", "/last")]
    found = fetch(*paths, leased("/last", attempts=5), "/fine", SCRAPE_TIMEOUT=2, RETRY_MAX_ATTEMPTS=5)

    def verdict(path: str) -> tuple[str | None, str | None]:
        return found[path]["lease"].get("verdict"), found[path]["lease"].get("reason")

    assert {path: verdict(path) for path in paths} == {
        "/500": ("retry", "http_500"),
        "/521": ("retry", "http_521"),
        "/408": ("retry", "http_408"),
        "/429": ("retry", "http_429"),
        "/503": ("retry", "http_503"),
        "/400": ("dead", "http_400"),
        "/404": (None, None),
        "/cut": ("retry", "data_loss"),
        "/gone": ("retry", "connection_lost"),
        "/slow": ("retry", "timeout"),
        "/loris": ("retry", "timeout"),
        "/endless": ("retry", "timeout"),
        "/broken-gzip": ("retry", "undecodable"),
        "/broken-zstd": ("retry", "undecodable"),
    }
    assert verdict("/last") == ("dead", "http_502")
    assert found["/404"]["status"] == 404
    assert found["/fine"]["status"] == 200
    assert 120 <= found["/429"]["lease"]["delay_seconds"] <= 150
    assert 86400 <= found["/503"]["lease"]["delay_seconds"] <= 86430
    assert 0 <= found["/500"]["lease"]["delay_seconds"] <= 30
    assert found["stats"]["retry/count"] == 12
    assert found["stats"]["retry/reason_count/timeout"] == 3
    assert found["stats"]["retry/max_reached"] == 1
    assert "retry_count=5" in found["log"]["text"]


def test_without_a_lease_a_failure_is_repeated_at_once(portal: Any, fetch: Fetch) -> None:
    portal.script |= {"/later": [Answer(503), page("Here it is. " * 20)], "/never": [Answer(500)]}
    found = fetch({"url": "/later"}, {"url": "/never"})
    assert found["/later"]["status"] == 200
    assert "HttpError" in found["/never"]["error"]
    assert portal.paths().count("/never") == 3


def test_sizes_are_bounded_before_and_after_decompression(portal: Any, fetch: Fetch) -> None:
    bomb = b"0" * 50_000_000
    portal.script |= {
        "/announced": [Answer(body=b"x" * 1_500_000)],
        "/unannounced": [Answer(raw=server_kit.big_body_without_length)],
        "/gzip": [Answer(body=gzip.compress(bomb), headers={"Content-Encoding": "gzip"})],
        "/br": [Answer(body=brotli.compress(bomb, quality=3), headers={"Content-Encoding": "br"})],
        "/zstd": [Answer(body=zstd.compress(bomb), headers={"Content-Encoding": "zstd"})],
        "/double": [Answer(body=gzip.compress(gzip.compress(bomb)), headers={"Content-Encoding": "gzip, gzip"})],
        "/small": [Answer(body=gzip.compress(page("a" * 500).body), headers={"Content-Encoding": "gzip"})],
    }
    paths = ["/announced", "/unannounced", "/gzip", "/br", "/zstd", "/double"]
    found = fetch(*paths, "/small")
    assert {path: found[path]["lease"].get("reason") for path in paths} == dict.fromkeys(paths, "too_large")
    assert {found[path]["lease"]["verdict"] for path in paths} == {"dead"}
    assert found["/small"]["length"] > 500


def test_redirects_stay_on_the_site_and_end(portal: Any, fetch: Fetch) -> None:
    def to(location: str) -> list[Any]:
        return [Answer(302, headers={"Location": location})]

    portal.script |= {
        "/host": to("http://localhost:1/secret"),
        "/file": to("file:///etc/hostname"),
        "/data": to("data:text/html,hello"),
        "/relative": to("fine"),
        "/protocol": to("//example.org/x"),
        "/loop": to("/loop"),
        **{f"/hop{n}": to(f"/hop{n + 1}") for n in range(6)},
    }
    found = fetch("/host", "/file", "/data", "/relative", "/protocol", "/loop", "/hop0", "/hop1")
    reasons = {path: found[path]["lease"].get("reason") for path in found if path.startswith("/")}
    assert reasons == {
        "/host": "redirect_off_site",
        "/file": "redirect_off_site",
        "/data": "redirect_off_site",
        "/protocol": "redirect_off_site",
        "/relative": None,
        "/loop": "too_many_redirects",
        "/hop0": "too_many_redirects",
        "/hop1": None,
    }
    assert found["/hop1"]["meta"]["redirect_times"] == 5
    assert portal.paths().count("/loop") == 6


def test_the_time_limit_is_that_of_all_redirects_together(portal: Any, fetch: Fetch) -> None:
    portal.script |= {f"/slow{n}": [Answer(302, headers={"Location": f"/slow{n + 1}"}, delay=0.7)] for n in range(5)}
    found = fetch("/slow0", SCRAPE_TIMEOUT=2)
    assert found["/slow0"]["lease"]["reason"] == "timeout"
    assert portal.paths()[1:] == ["/slow0", "/slow1", "/slow2"]


def test_a_block_is_an_outcome_of_its_own_and_stops_the_platform(portal: Any, fetch: Fetch, redis_url: str) -> None:
    datadome = b"<html><body><script>var dd={'rt':'c','host':'geo.captcha-delivery.com'}</script></body></html>"
    portal.script |= {"/listing": [Answer(200, datadome), page("The listing itself. " * 20)]}
    found = fetch("/listing", "/another", CONCURRENT_REQUESTS=1)
    lease, other = found["/listing"]["lease"], found["/another"]["lease"]
    assert (lease["verdict"], lease["reason"], lease["counts"]) == ("retry", "blocked:datadome", False)
    assert 50 < lease["delay_seconds"] <= 60 + 60  # and spread
    assert "status" not in found["/listing"]
    assert (other["verdict"], other["reason"], other["counts"]) == ("retry", "platform_blocked", False)
    assert portal.paths() == ["/robots.txt", "/listing"]
    assert found["stats"]["blocked/datadome"] == 1
    assert found["stats"]["blocked/open"] == 1
    assert found["log"]["text"].count("platform blocks us") == 1

    # The next process finds the circuit open; when the pause is over it sends one probe, which closes it at its end.
    assert fetch("/another")["/another"]["lease"]["reason"] == "platform_blocked"
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        state = json.loads(client.get("immobe:blocks:fetch"))
        client.set("immobe:blocks:fetch", json.dumps({**state, "until": 0}))
    portal.script["/moved"] = [Answer(301, headers={"Location": "/listing"})]
    found = fetch("/moved", CONCURRENT_REQUESTS=1)
    assert found["/moved"]["status"] == 200
    assert fetch("/another")["/another"]["status"] == 200
    assert found["stats"]["blocked/open"] == 0


def test_robots_are_fetched_once_and_obeyed_by_all_workers(portal: Any, redis_url: str) -> None:
    portal.script["/robots.txt"] = [Answer(body=b"User-agent: *\nDisallow: /api\nCrawl-delay: 7", delay=0.5)]
    wanted = [leased(f"/page{n}") for n in range(5)] + [leased("/api/1")]
    workers = [begin(portal, redis_url, wanted) for _ in range(2)]
    for found in (end(worker, portal) for worker in workers):
        assert all(found[f"/page{n}"]["status"] == 200 for n in range(5))
        assert found["/api/1"]["lease"] == {"attempts": 1, "verdict": "dead", "reason": "robots_forbidden"}
    assert portal.paths().count("/robots.txt") == 1
    assert "/api/1" not in portal.paths()


@pytest.mark.parametrize("answer", [Answer(503), Answer(429), Answer(raw=server_kit.cut_connection)])
def test_nothing_is_fetched_while_robots_cannot_be_had(portal: Any, fetch: Fetch, answer: Any) -> None:
    portal.script["/robots.txt"] = [answer]
    lease = fetch("/page")["/page"]["lease"]
    assert (lease["verdict"], lease["reason"], lease["counts"]) == ("retry", "robots_unavailable", False)
    assert 50 < lease["delay_seconds"] <= 60 + 60  # and spread
    assert set(portal.paths()) == {"/robots.txt"}


def test_robots_follow_the_redirects_of_their_site_and_403_means_none(portal: Any, fetch: Fetch) -> None:
    portal.script |= {
        "/robots.txt": [Answer(301, headers={"Location": "/rules"})],
        "/rules": [Answer(body=b"User-agent: Immo-Be\nDisallow: /secret")],
    }
    found = fetch("/secret", "/page")
    assert found["/secret"]["lease"]["reason"] == "robots_forbidden"
    assert found["/page"]["status"] == 200


def test_an_unchanged_page_costs_one_short_answer(portal: Any, fetch: Fetch) -> None:
    listing = page("The listing itself. " * 20, ETag='"v1"', Last_Modified="Tue, 24 Nov 2026 10:00:00 GMT")
    portal.script["/listing"] = [listing, Answer(304)]
    assert fetch(leased("/listing", conditional=True))["/listing"]["status"] == 200
    found = fetch(leased("/listing", conditional=True), leased("/other"))
    assert found["/listing"]["status"] == 304
    assert found["/listing"]["meta"]["unchanged"] is True
    sent = portal.visits[-2].headers if portal.visits[-2].path == "/listing" else portal.visits[-1].headers
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"v1"', "Tue, 24 Nov 2026 10:00:00 GMT")


def test_nothing_internal_is_told_to_the_portal(portal: Any, fetch: Fetch) -> None:
    fetch(leased("/page", conditional=True, deadline=5, secret="c0ffee"))
    ordinary = {"Host", "Accept", "Accept-Language", "Accept-Encoding", "User-Agent"}
    for visit in portal.visits:
        assert set(visit.headers) == ordinary
        assert visit.headers["User-Agent"] == "Immo-Be/0.1"
        assert "c0ffee" not in str(visit.headers)


def test_without_redis_a_worker_keeps_to_its_share_and_to_all_rules(portal: Any, fetch: Fetch) -> None:
    portal.script["/robots.txt"] = [Answer(body=b"User-agent: *\nDisallow: /api")]
    found = fetch(
        "/1", "/2", "/3", "/api", away=True, THROTTLE_ENABLED=True, BUDGET_INTERVAL=0.1, HARVESTER_WORKERS=4
    )  # fmt: skip
    assert found["/api"]["lease"]["reason"] == "robots_forbidden"
    times = [visit.at for visit in portal.visits]
    assert len(times) == 4
    assert all(later - earlier > 0.3 for earlier, later in pairwise(times))


def test_a_refusal_pauses_the_domain_for_other_workers_too(portal: Any, fetch: Fetch) -> None:
    portal.script["/busy"] = [Answer(429, headers={"Retry-After": "300"})]
    quick = {"THROTTLE_ENABLED": True, "BUDGET_INTERVAL": 0.05}
    fetch("/busy", **quick)
    lease = fetch("/page", **quick)["/page"]["lease"]
    assert (lease["verdict"], lease["reason"], lease["counts"]) == ("retry", "budget", False)
    assert 280 < lease["delay_seconds"] <= 300 + 60  # and spread
    assert "/page" not in portal.paths()


def scrapy_workers(portal: Any, redis_url: str, workers: int, per_worker: int) -> list[float]:
    """Real Scrapy processes on one domain; when each request reached the server."""
    running = [
        begin(portal, redis_url, [leased(f"/{worker}/{n}") for n in range(per_worker)], THROTTLE_ENABLED=True,
              BUDGET_INTERVAL=0.05, BUDGET_PATIENCE=600, BUDGET_JITTER=0)
        for worker in range(workers)
    ]  # fmt: skip
    for process in running:
        found = end(process, portal)
        assert sum("status" in outcome for outcome in found.values()) == per_worker
    return sorted(visit.at for visit in portal.visits)


def most_in_a_window(times: list[float], seconds: float) -> int:
    first = most = 0
    for last, time in enumerate(times):
        while time - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def bare_workers(portal: Any, redis_url: str, workers: int, per_worker: int) -> list[float]:
    """As scrapy_workers, with processes that only wait their turns and send: they start at once."""
    worker = str(Path(__file__).with_name("budget_worker.py"))
    command = [sys.executable, worker, portal.url.rpartition(":")[2], redis_url, str(per_worker)]
    running = [subprocess.Popen(command, env={"PYTHONPATH": str(ROOT)}) for _ in range(workers)]
    assert [process.wait(timeout=90) for process in running] == [0] * workers
    return sorted(visit.at for visit in portal.visits)


def test_eight_workers_together_keep_the_budget(portal: Any, redis_url: str) -> None:
    """20 requests a second, without jitter: no window of 10 s has more than 200 x 1.02."""
    times = bare_workers(portal, redis_url, workers=8, per_worker=28)
    assert len(times) == 8 * 28
    assert times[-1] - times[0] > 10
    print(f"{most_in_a_window(times, 10)} in the fullest 10 s, {len(times) / (times[-1] - times[0]):.1f}/s")
    assert most_in_a_window(times, 10) <= 204


@pytest.mark.slow
def test_eight_workers_keep_the_budget_for_a_minute(portal: Any, redis_url: str) -> None:
    times = scrapy_workers(portal, redis_url, workers=8, per_worker=140)
    print(f"{most_in_a_window(times, 10)} in the fullest 10 s, {len(times) / (times[-1] - times[0]):.1f}/s")
    assert most_in_a_window(times, 10) <= 204

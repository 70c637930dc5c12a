"""What operators start: detection, scouts, one listing now, emptying; with real crawls of the replica."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from redis import Redis

from immobe.embedded import ServiceUrls
from immobe.items import DetectedListing
from immobe.storage.engine import make_engine
from immobe.storage.writer import ListingWriter
from tests.faults.crawl_servers import ReplicaServer
from tests.integration.scripted_server import scripted_server
from tests.integration.watchtower_service import Service, prepare, serving, serving_anew, until

pytestmark = pytest.mark.integration
LISTINGS = 40
LISTING = "https://www.immoweb.be/en/classified/house/for-sale/namur/5000/20820613"


@pytest.fixture(scope="module")
def running(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving_anew(services, tmp_path_factory.mktemp("watchtower")) as service:
        yield service


@pytest.fixture
def service(running: Service, redis_url: str) -> Service:
    """Without listings; limits begin anew."""
    running.ask("DELETE FROM listings")
    return running


def add_listings(service: Service, *keys: tuple[str, str]) -> None:
    engine = make_engine(service.config, service.database_url)
    seen = datetime.now(UTC)
    items = [DetectedListing(*key, f"https://example.org/{key[1]}", seen, "c" * 32) for key in keys]
    assert ListingWriter(engine).write(items) == [None] * len(keys)
    engine.dispose()


def pushed(redis_url: str, platform: str) -> list[dict[str, Any]]:
    with Redis.from_url(redis_url) as client:
        return [json.loads(message) for message in client.lrange(f"{platform}:start_urls", 0, -1)]


@pytest.mark.parametrize(
    ("url", "platform", "canonical_url", "listing_id"),
    [
        (f"{LISTING}?searchId=1#x", "immoweb", LISTING, "20820613"),
        ("https://www.zimmo.be/nl/panden/", "zimmo", "https://www.zimmo.be/nl/panden", None),
        ("https://www.logic-immo.be/fr/vente/x-123.htm", "zimmo", None, None),
        ("http://hebbes.be/", "zimmo", None, None),
    ],
)
def test_detect_tells_whose_a_url_is(
    service: Service, url: str, platform: str, canonical_url: str | None, listing_id: str | None
) -> None:
    found = service.program("read").post("/detect", json={"url": url}).json()
    assert (found["platform"], found["canonical_url"]) == (platform, canonical_url)
    assert (found["platform_listing_id"], found["known"], found["queued"]) == (listing_id, False, False)


def test_detect_asks_no_host_and_refuses_unknown_ones(service: Service, redis_url: str) -> None:
    program = service.program()
    with scripted_server() as portal:
        odd = [
            f"{portal.url}/x",
            "https://www.immoweb.be@127.0.0.1/x",
            "https://www.immoweb.be.evil.example/x",
            "https://evil.example/?u=https://www.immoweb.be/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "http://[::1",
            "https://user:pass@www.immoweb.be/x",
            "https://www.immoweb.be:8443/x",
            "",
            "www.immoweb.be",
        ]
        for url in odd:
            assert program.post("/detect", json={"url": url, "queue": True}).status_code == 422, url
        results = program.post("/detect", json={"urls": [*odd, LISTING], "queue": True}).json()["results"]
        assert [bool(result["error"]) for result in results] == [True] * len(odd) + [False]
        assert portal.paths() == []
    assert [message["url"] for message in pushed(redis_url, "immoweb")] == [LISTING]


def test_detect_queues_what_is_new_once_and_its_id_follows(service: Service, redis_url: str) -> None:
    add_listings(service, ("immoweb", "11111111"))
    known = LISTING.replace("20820613", "11111111")
    program = service.program()
    page = f'<a href="{LISTING}?a=1&amp;b=2">x</a> <a href="{known}">y</a> <a href="http://x.example/">z</a> {LISTING}'
    answer = program.post("/detect", json={"text": page, "queue": True}, headers={"X-Correlation-ID": "from-a-test-1"})
    assert answer.headers["x-correlation-id"] == "from-a-test-1"
    states = [(one["platform_listing_id"], one["known"], one["queued"]) for one in answer.json()["results"]]
    assert states == [("20820613", False, True), ("11111111", True, False), ("20820613", False, True)]
    assert pushed(redis_url, "immoweb") == [{"url": LISTING, "priority": 0, "correlation_id": "from-a-test-1"}]
    again = program.post("/detect", json={"url": LISTING, "queue": True}).json()
    assert (again["known"], again["stage"], again["queued"]) == (True, "discovered", False)
    assert len(pushed(redis_url, "immoweb")) == 1
    [row] = service.ask("SELECT correlation_id FROM listings WHERE platform_listing_id = '20820613'")
    assert row["correlation_id"] == "from-a-test-1"


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'{"url": 1}', b'{"url": "x", "text": "y"}', b"\xff", b"{}"])
def test_unusable_bodies_are_problems(service: Service, body: bytes) -> None:
    answer = service.program().post("/detect", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.json()["status"] == answer.status_code
    assert service.program().post("/detect", content=body).status_code == 415


def test_clearing_takes_confirmation_and_is_noted(service: Service) -> None:
    add_listings(service, ("immoweb", "1"), ("immoweb", "2"), ("zimmo", "A"))
    program = service.program()
    for wrong in ({}, {"confirm": "yes"}, {"platform": "immoweb", "confirm": "clear listings"}):
        assert program.post("/ui/clear-listings", json=wrong).status_code == 409
    right = {"platform": "immoweb", "confirm": "clear listings of immoweb"}
    browser = service.signed_in()
    token = {"X-CSRF-Token": browser.token("/ui/account"), "Accept": "application/json"}
    assert browser.client.post("/ui/clear-listings", data=right, headers=token).json() == {
        "platform": "immoweb",
        "deleted": 2,
    }
    assert [row["platform"] for row in service.ask("SELECT platform FROM listings")] == ["zimmo"]
    [noted] = service.ask("SELECT * FROM audit_log WHERE action = 'clear-listings'")
    assert (noted["actor"], noted["outcome"], noted["address"]) == ("user:ada", "done", "127.0.0.1")
    assert noted["details"] == {"platform": "immoweb", "deleted": 2}


def test_people_get_pages_and_htmx_gets_parts(service: Service) -> None:
    browser = service.signed_in()
    form = {"url": LISTING, "csrf_token": browser.token("/ui/account")}
    page = browser.client.post("/ui/manual-scrape", data=form)
    assert (page.status_code, page.headers["content-type"]) == (202, "text/html; charset=utf-8")
    assert "<html" in page.text
    part = browser.client.post("/ui/manual-scrape", data=form, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert 'data-follow="/ui/manual-scrape/' in part.text


@contextmanager
def scrapyd(*statuses: int) -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """Answers schedule.json with these statuses one after the other, and knows no job; (URL, forms that came)."""
    forms: list[dict[str, list[str]]] = []
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(
                200, {"status": "ok", "versions": [], "currstate": None, "pending": [], "running": [], "finished": []}
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            forms.append({"path": [self.path], "auth": [self.headers.get("Authorization", "")], **parse_qs(body)})
            status = left.pop(0) if left else 200
            ok = {"node_name": "n", "status": "ok", "jobid": forms[-1]["jobid"][0]}
            self._say(status, ok if status == 200 else {"status": "error", "message": "no such project"})

        def _say(self, status: int, answer: dict[str, object]) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://user:secret@127.0.0.1:{server.server_port}", forms
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_scouts_go_through_scrapyd(database_url: str, redis_url: str, tmp_path: Path) -> None:
    prepare(database_url)
    with (
        scrapyd(200, 500, 500) as (url, forms),
        serving(database_url, redis_url, tmp_path, scrapyd_url=url, saved_scopes={"n": "province=namur"}) as service,
    ):
        program = service.program()
        unknown = program.post("/ui/run-scouts", json={"platforms": ["nowhere"]})
        wrong = program.post("/ui/run-scouts", json={"scope": "province=atlantis"})
        assert (unknown.status_code, wrong.status_code, forms) == (422, 422, [])
        answer = program.post("/ui/run-scouts", json={"platforms": ["immoweb", "zimmo"], "scope": "@n"})
        assert answer.status_code == 202
        assert [job["state"] for job in answer.json()["jobs"]] == ["started", "refused"]
        assert answer.json()["jobs"][0]["job"] == forms[0]["jobid"][0]
        expected = {"project": ["immobe"], "spider": ["immoweb"], "mode": ["scout"], "scope": ["province=namur"]}
        assert expected.items() <= forms[0].items()
        assert forms[0]["path"] == ["/schedule.json"]
        assert forms[0]["auth"][0].startswith("Basic ")
        assert program.post("/ui/run-scouts", json={"platforms": ["immoweb"]}).status_code == 503
        again = program.post("/ui/run-scouts", json={"platforms": ["immoweb"], "scope": "@n"})
        assert again.json()["jobs"] == answer.json()["jobs"][:1], "it is under way, and not started twice"
        assert len(forms) == 3


def test_scouts_and_one_listing_in_processes_of_our_own(database_url: str, redis_url: str, tmp_path: Path) -> None:
    """A listing of the replica is scraped by order, in a crawl that ends by itself; a scout finds the others."""
    prepare(database_url)
    with ReplicaServer(LISTINGS) as replica, pytest.MonkeyPatch.context() as environment:
        environment.setenv("THROTTLE_ENABLED", "false")
        with serving(database_url, redis_url, tmp_path, replica_url=replica.url) as service:
            program = service.program()

            def all_ended() -> bool:
                jobs = program.get("/ui/run-scouts").json()["jobs"]
                assert all(job["exit_code"] in (None, 0) for job in jobs), crawl_log(tmp_path)
                return all(job["state"] == "ended" for job in jobs)

            first = scrape(program, {"url": url_on(replica)})
            row = service.ask("SELECT * FROM listings WHERE stage = 'scraped' ORDER BY scraped_at")[0]
            assert row["platform_listing_id"] == first["platform_listing_id"]
            assert row["correlation_id"] == first["correlation_id"]
            until(all_ended, "the crawl for one listing ends by itself")

            taken = program.post("/ui/run-scouts", json={"platforms": ["immoweb"]}).json()["jobs"]
            assert [(job["platform"], job["through"]) for job in taken] == [("immoweb", "pool")]
            until(all_ended, "the scout ends")
            found = service.ask("SELECT * FROM listings WHERE stage = 'discovered' ORDER BY id")
            assert len(found) > LISTINGS // 2

            chosen = found[len(found) // 2]["platform_listing_id"]
            scrape(program, {"platform": "immoweb", "platform_listing_id": chosen})
            until(all_ended, "the crawl ends by itself")
            left = service.ask("SELECT * FROM listings WHERE stage = 'discovered'")
            assert len(left) < len(found)
            assert program.get("/ui/manual-scrape/999999").status_code == 404
            assert service.client().get("/ui/manual-scrape/1").status_code == 401


def scrape(program: httpx.Client, order: dict[str, str]) -> dict[str, Any]:
    """Orders one listing; its outcome, once it is stored."""
    taken = program.post("/ui/manual-scrape", json=order)
    assert taken.status_code == 202, taken.text
    path = f"/ui/manual-scrape/{taken.json()['id']}"
    until(lambda: program.get(path).json()["state"] == "stored", "the listing is stored")
    return dict(program.get(path).json())


def url_on(replica: ReplicaServer) -> str:
    """Of one of Immoweb's listings."""
    answer = httpx.get(f"{replica.url}/_replica/listings?platform=immoweb", trust_env=False)
    return str(json.loads(answer.text.splitlines()[0])["url"])


def crawl_log(folder: Path) -> str:
    return (folder / "logs" / "watchtower-immoweb.log").read_text()

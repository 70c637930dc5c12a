"""Limits are exact over processes, tell when to come again, and go on while Redis is away; so do sessions."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from immobe.config import load_config
from immobe.embedded import ServiceUrls
from immobe.watchtower.openapi import document, limits_of
from tests.faults.tcp_proxy import Mode, TcpProxy
from tests.integration.watchtower_service import (
    NAME,
    PASSWORD,
    Service,
    command,
    prepare,
    serving,
    serving_anew,
    until,
)

pytestmark = pytest.mark.integration
LISTING = "https://www.immoweb.be/en/classified/house/for-sale/namur/5000/20820613"
URL = {"url": "https://www.zimmo.be/nl/"}


@pytest.fixture(scope="module")
def running(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving_anew(services, tmp_path_factory.mktemp("watchtower")) as service:
        yield service


@pytest.fixture
def service(running: Service, redis_url: str) -> Service:
    """For all tests that need no other settings; limits begin anew."""
    return running


def test_two_processes_share_limits_and_sessions(database_url: str, redis_url: str, tmp_path: Path) -> None:
    prepare(database_url)
    with command(database_url, redis_url, tmp_path, "--workers=2", LOG_LEVEL="INFO") as started:
        service = Service(started.url(), None, database_url, load_config(None, database_url=database_url))
        headers = {"Authorization": f"Bearer {service.key()}", "Connection": "close"}

        def ask(_: int) -> httpx.Response:
            return httpx.post(f"{service.url}/detect", json=URL, headers=headers, timeout=30, trust_env=False)

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(ask, range(130)))
        assert Counter(answer.status_code for answer in answers) == {200: 100, 429: 30}
        assert all(1 <= int(a.headers["retry-after"]) <= 60 for a in answers if a.status_code == 429)
        browser = service.signed_in()
        browser.client.headers["Connection"] = "close"  # so that either process answers
        for _ in range(8):
            assert browser.client.get("/ui/account").status_code == 200
        service.close()
        workers = {line.split("worker=")[1].split()[0] for line in started.written().splitlines() if "path=/" in line}
        assert len(workers) == 2, "both have answered"


ACTIONS = [
    ("/detect", {"json": URL}, 100, 60),
    ("/ui/run-scouts", {"json": {"platforms": ["immoweb"]}}, 5, 3600),
    ("/ui/manual-scrape", {"json": {"url": LISTING}}, 20, 60),
    ("/ui/clear-listings", {"json": {"confirm": "clear listings"}}, 1, 3600),
    ("/api/v1/saved-searches", {"json": {"name": "x", "terms": ""}}, 60, 3600),
]


def test_every_limit_that_programs_meet_is_tested(service: Service) -> None:
    """As the application's own routes have them."""
    assert service.app
    limited = {path for (method, path), _ in limits_of(service.app).items() if method == "POST"}
    documented = {path for path, operations in document(service.app)["paths"].items() if "post" in operations}
    assert limited & documented == {path for path, *_ in ACTIONS}


@pytest.mark.parametrize(("path", "body", "limit", "longest"), ACTIONS)
def test_every_action_has_its_limit(
    service: Service, path: str, body: dict[str, object], limit: int, longest: int
) -> None:
    program = service.program()
    for _ in range(2):
        # What is refused before it is looked at counts for nothing.
        assert program.post(path, json={"unknown": 1}).status_code == 422
        assert service.client().post(path, **body).status_code == 401
    if path == "/ui/clear-listings":
        assert program.post(path, json={"confirm": "yes"}).status_code == 409
    statuses = [program.post(path, **body).status_code for _ in range(limit)]
    assert 429 not in statuses
    refused = program.post(path, **body)
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert longest - 30 < int(refused.headers["retry-after"]) <= longest


def test_signing_in_is_throttled(service: Service) -> None:
    browser = service.browser()
    form = {"csrf_token": browser.token(), "name": "nobody", "password": "wrong"}
    statuses = [browser.client.post("/ui/sign-in", data=form).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    right = browser.client.post("/ui/sign-in", data=form | {"name": NAME, "password": PASSWORD})
    assert right.status_code == 429, "the right password does not help either"


def test_clients_behind_a_trusted_proxy_are_counted_apart(database_url: str, redis_url: str, tmp_path: Path) -> None:
    prepare(database_url)
    statuses = {}
    for trusted in (("127.0.0.1",), ()):
        with serving(database_url, redis_url, tmp_path, watchtower_trusted_proxies=trusted) as service:
            program = service.program()

            def clear(address: str, program: httpx.Client = program) -> int:
                headers = {"X-Forwarded-For": address}
                return program.post(
                    "/ui/clear-listings", json={"confirm": "clear listings"}, headers=headers
                ).status_code

            statuses[trusted] = [clear(f"198.51.100.{number}") for number in (1, 2, 1)]
    assert statuses == {("127.0.0.1",): [200, 200, 429], (): [200, 429, 429]}


def test_limits_go_on_while_redis_is_away_and_come_back(database_url: str, redis_url: str, tmp_path: Path) -> None:
    prepare(database_url)
    parts = urlsplit(redis_url)
    assert parts.port
    with TcpProxy(parts.port) as proxy:
        through = redis_url.replace(f":{parts.port}", f":{proxy.port}")
        with serving(
            database_url, through, tmp_path, redis_circuit_breaker_threshold=2, redis_circuit_breaker_timeout=1
        ) as service:
            program = service.program()
            assert program.post("/detect", json=URL).status_code == 200
            proxy.mode = Mode.RESET
            proxy.cut()
            statuses = [program.post("/detect", json=URL).status_code for _ in range(101)]
            assert statuses == [200] * 100 + [429]
            assert int(program.post("/detect", json=URL).headers["retry-after"]) >= 1
            queued = program.post("/ui/manual-scrape", json={"url": LISTING})
            assert queued.status_code == 503, "what cannot be queued is not promised"
            assert "retry-after" in queued.headers
            until(lambda: _breaker(program) == 2.0, "the breaker opens")
            answer = program.get("/ready")
            assert answer.status_code == 503
            assert answer.json()["dependencies"]["redis"]["state"] == "down"
            assert answer.json()["dependencies"]["database"]["state"] == "up"
            assert program.get("/health").status_code == 200
            assert program.get("/api/v1/listings").status_code == 200
            proxy.mode = Mode.PASS
            until(lambda: program.get("/ready").status_code == 200, "Redis is found again")
            until(lambda: _breaker(program) == 0.0, "the breaker closes")
            until(lambda: program.post("/detect", json=URL).status_code == 200, "limits are Redis' again")


def _breaker(program: httpx.Client) -> float:
    text = program.get("/metrics").text
    return float(text.split("\nredis_circuit_breaker_state ")[1].split()[0])


def test_a_service_that_hangs_is_told_in_bounded_time(database_url: str, redis_url: str, tmp_path: Path) -> None:
    prepare(database_url)
    database, redis = urlsplit(database_url), urlsplit(redis_url)
    assert database.port
    assert redis.port
    with (
        TcpProxy(database.port) as to_postgres,
        TcpProxy(redis.port) as to_redis,
        serving(
            database_url.replace(f":{database.port}", f":{to_postgres.port}"),
            redis_url.replace(f":{redis.port}", f":{to_redis.port}"),
            tmp_path,
            watchtower_ready_seconds=0.5,
            scrapyd_url="http://127.0.0.1:1",
        ) as service,
    ):
        client = service.client()
        assert client.get("/ready").json()["status"] == "degraded", "Scrapyd is down, and not needed"
        to_postgres.mode = to_redis.mode = Mode.DROP
        for _ in range(3):
            answer = client.get("/ready", timeout=5)
            assert answer.status_code == 503
            found = answer.json()["dependencies"]
            assert [found[name]["state"] for name in ("database", "redis")] == ["down", "down"]
            assert answer.elapsed.total_seconds() < 3
        to_postgres.mode = to_redis.mode = Mode.PASS
        to_postgres.cut()
        to_redis.cut()


def test_bodies_are_bounded(database_url: str, redis_url: str, tmp_path: Path) -> None:
    prepare(database_url)
    with serving(database_url, redis_url, tmp_path, watchtower_max_body_bytes=10_000) as service:
        program = service.program()
        assert program.post("/detect", json={"text": "x" * 9_000}).status_code == 200
        assert program.post("/detect", json={"text": "x" * 11_000}).status_code == 413
        pieces = (b"x" * 1_000 for _ in range(20))
        headers = {"Content-Type": "application/json"}
        assert program.post("/detect", content=pieces, headers=headers).status_code == 413

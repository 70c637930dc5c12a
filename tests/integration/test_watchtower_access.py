"""Who gets in: the set-up, sessions, CSRF tokens, keys, origins; and that nobody else changes anything."""

import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import create_engine, text

from immobe.config import Config, load_config
from immobe.embedded import ServiceUrls
from immobe.storage.engine import make_engine
from immobe.watchtower.security.keys import setup_token
from tests.integration.watchtower_service import (
    NAME,
    OTHER_NAME,
    PASSWORD,
    Browser,
    Service,
    command,
    prepare,
    serving,
    serving_anew,
)

pytestmark = pytest.mark.integration
FOREIGN = {"Origin": "https://evil.example"}
LISTING = "https://www.immoweb.be/en/classified/house/for-sale/namur/5000/20820613"

MUTATING = {
    "/detect": {"json": {"url": LISTING, "queue": True}},
    "/ui/run-scouts": {"json": {"platforms": ["immoweb"]}},
    "/ui/manual-scrape": {"json": {"url": LISTING}},
    "/ui/clear-listings": {"json": {"confirm": "clear listings"}},
    "/ui/sign-in": {"data": {"name": NAME, "password": PASSWORD}},
    "/ui/sign-out": {"data": {}},
    "/ui/set-up": {"data": {"token": "x", "name": "eve", "password": PASSWORD, "again": PASSWORD}},
    "/ui/account/password": {"data": {"current": PASSWORD, "password": "p" * 20, "again": "p" * 20}},
    "/ui/account/keys": {"data": {"name": "k", "scope": "operate"}},
    "/ui/account/keys/{key_id}/revoke": {"data": {}},
}
"""Requests that would change something. Every other route is asked too, with an empty form."""


@pytest.fixture(scope="module")
def running(services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving_anew(services, tmp_path_factory.mktemp("watchtower")) as service:
        yield service


@pytest.fixture(scope="module")
def operator(running: Service) -> Browser:
    """NAME, signed in."""
    return running.signed_in()


@pytest.fixture
def service(running: Service, redis_url: str) -> Service:
    """For all tests of this module: NAME stays signed in, and limits begin anew."""
    return running


def stored(service: Service) -> str:
    """What the database holds of users, keys, listings and the audit log."""
    engine = create_engine(service.database_url)
    with engine.connect() as connection:
        tables = ("users", "api_keys", "audit_log", "listings")
        found = [connection.execute(text(f"SELECT t::text FROM {table} t")).scalars().all() for table in tables]
    engine.dispose()
    return str(found)


def changing(service: Service) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, address, what is sent) for each route of the application that is not only for reading."""
    assert service.app
    for route in iter_route_contexts(service.app.routes):
        for method in (route.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            yield method, re.sub(r"{[^}]*}", "1", route.path or ""), MUTATING.get(route.path or "", {"data": {}})


def test_requests_that_would_change_something_are_of_routes_that_exist(service: Service) -> None:
    assert service.app
    routes = {route.path for route in iter_route_contexts(service.app.routes) if "POST" in (route.methods or set())}
    assert set(MUTATING) <= routes
    assert len(list(changing(service))) >= len(MUTATING)


def test_nothing_changes_without_a_credential(service: Service, subtests: pytest.Subtests) -> None:
    client, before = service.client(), stored(service)
    for method, path, sent in changing(service):
        with subtests.test(f"{method} {path}"):
            answer = client.request(method, path, **sent)
            assert answer.status_code in {401, 403}, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
    assert stored(service) == before


def test_nothing_changes_from_a_foreign_origin(service: Service, operator: Browser, subtests: pytest.Subtests) -> None:
    """Whoever asks: a session with its token, or a key."""
    token = {"X-CSRF-Token": operator.token("/ui/account")}
    program = service.program()
    before = stored(service)
    for method, path, sent in changing(service):
        for headers in (FOREIGN, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            for client in (operator.client, program):
                with subtests.test(f"{method} {path} {headers}"):
                    answer = client.request(method, path, headers={**token, **headers}, **sent)
                    assert answer.status_code == 403, answer.text
    assert stored(service) == before


def test_nothing_changes_without_the_forms_token(
    service: Service, operator: Browser, subtests: pytest.Subtests
) -> None:
    others = service.browser().token()
    before = stored(service)
    for method, path, sent in changing(service):
        if path == "/ui/set-up":  # there is an operator: it is not there any more
            continue
        for token in ({}, {"X-CSRF-Token": others}, {"X-CSRF-Token": "é".encode()}, {"X-CSRF-Token": ""}):
            with subtests.test(f"{method} {path} {token}"):
                answer = operator.client.request(method, path, headers=token, **sent)
                assert answer.status_code == 403, answer.text
    assert stored(service) == before


@pytest.mark.parametrize("path", ["/ui/run-scouts", "/ui/manual-scrape", "/ui/clear-listings", "/detect"])
def test_a_key_that_may_only_read_changes_nothing(service: Service, path: str) -> None:
    program = service.program("read")
    assert program.get("/api/v1/listings").status_code == 200
    assert program.post("/detect", json={"url": LISTING}).status_code == 200
    before = stored(service)
    assert program.post(path, **MUTATING[path]).status_code == 403
    assert stored(service) == before


def test_keys_are_not_kept_and_end(service: Service, operator: Browser) -> None:
    made = operator.send("/ui/account/keys", "/ui/account", name="backup", scope="operate")
    assert (made.status_code, made.headers["Location"]) == (303, "/ui/account")
    assert "immobe_" not in made.text
    assert "<code>" not in operator.client.get("/ui/feeds").text, "another page shows nothing of it"
    page = operator.client.get("/ui/account")
    assert "no-store" in page.headers["Cache-Control"]
    key = page.text.split("<code>")[1].split("</code>")[0]
    assert key.startswith("immobe_")
    assert len(key) > 40
    assert key not in stored(service)
    assert key not in operator.client.get("/ui/account").text
    program = service.client(headers={"Authorization": f"Bearer {key}"})
    assert program.post("/detect", json={"url": LISTING}).status_code == 200
    assert program.post("/ui/account/keys", data={"name": "x"}).status_code == 403, "keys make no keys"
    number = page.text.split("/ui/account/keys/")[-1].split("/")[0]
    assert operator.send(f"/ui/account/keys/{number}/revoke", "/ui/account").status_code == 303
    assert program.post("/detect", json={"url": LISTING}).status_code == 401
    assert program.get("/api/v1/listings").status_code == 401, "a wrong key is told, also where anybody may read"
    assert {"add-key", "revoke-key", "sign-in"} <= {row["action"] for row in audit(service)}


def audit(service: Service) -> list[dict[str, object]]:
    engine = create_engine(service.database_url)
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(text("SELECT * FROM audit_log ORDER BY id")).mappings()]
    engine.dispose()
    return rows


def test_a_key_expires(service: Service) -> None:
    key = service.key(days=1)
    client = service.client(headers={"Authorization": f"Bearer {key}"})
    assert client.post("/detect", json={"url": LISTING}).status_code == 200
    engine = create_engine(service.database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE api_keys SET expires_at = now()"))
    engine.dispose()
    assert client.post("/detect", json={"url": LISTING}).status_code == 401


def test_a_session_ends_everywhere_at_sign_out_and_at_a_new_password(service: Service) -> None:
    browser = service.signed_in(OTHER_NAME)
    copy = service.browser(cookies=dict(browser.client.cookies))
    assert copy.client.get("/ui/account").status_code == 200
    assert browser.send("/ui/sign-out", "/ui/account").status_code == 303
    assert copy.client.get("/ui/account").headers["location"] == "/ui/sign-in?next=%2Fui%2Faccount"

    browser, copy = service.signed_in(OTHER_NAME), service.signed_in(OTHER_NAME)
    new = "another long password"
    wrong = browser.send("/ui/account/password", "/ui/account", current="no", password=new, again=new)
    assert wrong.status_code == 422
    changed = browser.send("/ui/account/password", "/ui/account", current=PASSWORD, password=new, again=new)
    assert changed.status_code == 303
    assert browser.client.get("/ui/account").status_code == 200
    assert copy.client.get("/ui/account").status_code == 303
    assert service.browser().sign_in(PASSWORD, OTHER_NAME).status_code == 401
    assert service.browser().sign_in(new, OTHER_NAME).status_code == 303


def test_cookies_cannot_be_read_forged_or_sent_in_the_clear(database_url: str, redis_url: str, tmp_path: Path) -> None:
    prepare(database_url)
    with serving(database_url, redis_url, tmp_path, watchtower_trusted_proxies=("127.0.0.1",)) as service:
        plain = service.browser()
        answer = plain.sign_in()
        assert "secure" not in answer.headers["set-cookie"].lower()
        behind_tls = service.browser(headers={"Accept": "text/html", "X-Forwarded-Proto": "https"})
        token = behind_tls.token()
        # httpx does not send secure cookies over http; a browser behind a proxy has https.
        page = behind_tls.client.get("/ui/sign-in")
        assert page.headers["strict-transport-security"].startswith("max-age=")
        cookie = SimpleCookie(page.headers["set-cookie"])["immobe_csrf"].value
        csrf = {"Cookie": f"immobe_csrf={cookie}"}
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"csrf_token": token, "name": NAME, "password": PASSWORD}
        signed = behind_tls.client.post("/ui/sign-in", data=form, headers=csrf)
        assert signed.status_code == 303
        set_cookies = [value.lower() for value in signed.headers.get_list("set-cookie")]
        assert set_cookies
        assert all("httponly" in one and "samesite=lax" in one and "; secure" in one for one in set_cookies)
        session = plain.client.cookies["immobe_session"]
        forged = service.browser(cookies={"immobe_session": session[:-2] + ("AA" if session[-2:] != "AA" else "BB")})
        assert forged.client.get("/ui/account").status_code == 303


def test_forwarded_headers_of_strangers_are_not_believed(service: Service) -> None:
    answer = service.client().get("/health", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"})
    assert "strict-transport-security" not in answer.headers


def test_the_first_start_prints_a_token_that_works_once(database_url: str, redis_url: str, tmp_path: Path) -> None:
    with command(database_url, redis_url, tmp_path) as started:
        url = started.url()
        token = started.written().split("one-time token is ")[1].split()[0]
        service = Service(url, None, database_url, _config(database_url))
        form = {"name": "grace", "password": PASSWORD, "again": PASSWORD}
        browser, other = service.browser(), service.browser()
        assert 'href="/ui/set-up"' in browser.client.get("/ui").text
        others_token = other.token("/ui/set-up")
        assert browser.send("/ui/set-up", "/ui/set-up", **form | {"token": "setup_wrong"}).status_code == 422
        assert browser.send("/ui/set-up", "/ui/set-up", **form | {"token": token, "again": "x"}).status_code == 422
        short = form | {"token": token, "password": "short", "again": "short"}
        assert browser.send("/ui/set-up", "/ui/set-up", **short).status_code == 422
        assert browser.send("/ui/set-up", "/ui/set-up", **form | {"token": token}).status_code == 303
        assert browser.client.get("/ui/account").status_code == 200
        assert browser.client.get("/ui/set-up").status_code == 404
        again = other.client.post("/ui/set-up", data={**form, "token": token, "csrf_token": others_token})
        assert again.status_code == 404
        assert token not in stored(service)
        assert PASSWORD not in stored(service)
        service.close()
    with command(database_url, redis_url, tmp_path) as started:
        started.url()
        assert "one-time token" not in started.written()


def _config(database_url: str) -> Config:
    return load_config(None, database_url=database_url)


def test_an_earlier_set_up_token_ends_with_the_next(database_url: str, redis_url: str, tmp_path: Path) -> None:
    prepare(database_url, operator=False)
    engine = make_engine(_config(database_url), database_url)
    first, second = setup_token(engine), setup_token(engine)
    engine.dispose()
    form = {"name": "grace", "password": PASSWORD, "again": PASSWORD}
    with serving(database_url, redis_url, tmp_path) as service:
        browser = service.browser()
        assert browser.send("/ui/set-up", "/ui/set-up", **form, token=first).status_code == 422
        assert browser.send("/ui/set-up", "/ui/set-up", **form, token=second).status_code == 303


def test_reading_takes_a_credential_when_it_is_asked_for(database_url: str, redis_url: str, tmp_path: Path) -> None:
    prepare(database_url)
    with serving(database_url, redis_url, tmp_path, watchtower_read_access="credential") as service:
        anybody, program = service.client(), service.program("read")
        for path in ("/api/v1/listings", "/api/v1/events", "/api/v1/stats", "/api/v1/runs", "/api/v1/coverage"):
            assert anybody.get(path).status_code == 401
            assert program.get(path).status_code == 200
        assert anybody.get("/ui", headers={"Accept": "text/html"}).headers["location"] == "/ui/sign-in?next=%2Fui"
        assert anybody.get("/health").status_code == 200


def test_nobody_is_sent_elsewhere_after_signing_in(service: Service) -> None:
    for target in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        browser = service.browser()
        answer = browser.send("/ui/sign-in", name=NAME, password=PASSWORD, next=target)
        assert answer.headers["location"] == "/ui"


def test_an_unsafe_configuration_does_not_start(database_url: str, redis_url: str, tmp_path: Path) -> None:
    with command(database_url, redis_url, tmp_path, ALLOW_DEV_DEFAULTS="false", CORS_ORIGINS="*") as started:
        assert started.process.wait(60) == 2
        for said in ("WATCHTOWER_SECRET_KEY", "CORS_ORIGINS", "ENABLE_TRUSTED_HOST"):
            assert said in started.written()


def test_answers_have_security_headers(database_url: str, redis_url: str, tmp_path: Path) -> None:
    prepare(database_url)
    allowed = {"enable_trusted_host": True, "allowed_hosts": ("127.0.0.1", "immobe.example.org")}
    origin = "https://maps.example.org"
    with serving(database_url, redis_url, tmp_path, cors_origins=(origin,), **allowed) as service:
        client = service.client()
        for path in ("/health", "/ui", "/ui/sign-in", "/api/v1/listings", "/nowhere", "/static/base.css"):
            _has_security_headers(client.get(path, headers={"Accept": "text/html"}))
            _has_security_headers(client.get(path))
        assert client.get("/health", headers={"Host": "evil.example"}).status_code == 400
        assert client.get("/docs").status_code == 404
        assert client.get("/openapi.json").status_code == 404
        asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        allowed_answer = client.options("/api/v1/listings", headers=asked)
        assert allowed_answer.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in allowed_answer.headers
        refused = client.options("/api/v1/listings", headers={**asked, **FOREIGN})
        assert "access-control-allow-origin" not in refused.headers
        posted = service.program().post("/detect", json={"url": LISTING}, headers={"Origin": origin})
        assert posted.status_code == 200


def _has_security_headers(answer: httpx.Response) -> None:
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert len(answer.headers["x-correlation-id"]) == 32
    assert "<script>" not in answer.text
    assert " style=" not in answer.text
    assert " onclick=" not in answer.text

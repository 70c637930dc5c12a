"""Watchtower for tests: served by uvicorn on a free port, and browsers and programs that ask it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import structlog
import uvicorn
from fastapi import FastAPI
from sqlalchemy import create_engine, insert, select, text

from immobe.config import Config, load_config
from immobe.embedded import ServiceUrls
from immobe.listening import listen
from immobe.storage import users
from immobe.storage.access_models import UserRow
from immobe.storage.engine import make_engine
from immobe.storage.schema import migrate
from immobe.watchtower.app import create_app
from immobe.watchtower.security import keys, passwords
from tests.integration.databases import fresh_database

ROOT = Path(__file__).parents[2]
NAME, OTHER_NAME, PASSWORD = "ada", "grace", "a long enough password"
_PASSWORD_HASH = passwords.hashed(PASSWORD)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Browser:
    """A client that keeps cookies and sends forms with the token of the page."""

    client: httpx.Client

    def token(self, path: str = "/ui/sign-in") -> str:
        found = _TOKEN.search(self.client.get(path).text)
        assert found, f"{path} has no form"
        return found[1]

    def send(self, path: str, page: str = "/ui/sign-in", **form: Any) -> httpx.Response:
        """The form, as the page would send it."""
        return self.client.post(path, data={"csrf_token": self.token(page), **form})

    def sign_in(self, password: str = PASSWORD, name: str = NAME) -> httpx.Response:
        return self.send("/ui/sign-in", name=name, password=password)


@dataclass
class Service:
    """A running Watchtower. `operator` is there from the start, `key` makes keys."""

    url: str
    app: FastAPI | None
    database_url: str
    config: Config
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, **options: Any) -> httpx.Client:
        made = httpx.Client(base_url=self.url, timeout=30, trust_env=False, **options)
        self.clients.append(made)
        return made

    def browser(self, **options: Any) -> Browser:
        options.setdefault("headers", {"Accept": "text/html"})
        return Browser(self.client(**options))

    def signed_in(self, name: str = NAME) -> Browser:
        browser = self.browser()
        assert browser.sign_in(name=name).status_code == 303
        return browser

    def key(self, scope: str = "operate", *, days: int | None = None) -> str:
        engine = make_engine(self.config, self.database_url)
        try:
            with engine.connect() as connection:
                maker = connection.scalar(select(UserRow.id).order_by(UserRow.id).limit(1))
            return keys.new_key(engine, f"a {scope} key", scope, user_id=maker, days=days)[1]  # type: ignore[arg-type]
        finally:
            engine.dispose()

    def program(self, scope: str = "operate") -> httpx.Client:
        return self.client(headers={"Authorization": f"Bearer {self.key(scope)}"})

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Rows of a query on its database; none of one that answers nothing."""
        engine = create_engine(self.database_url)
        with engine.begin() as connection:
            answer = connection.execute(text(query))
            rows = [dict(row) for row in answer.mappings()] if answer.returns_rows else []
        engine.dispose()
        return rows

    def close(self) -> None:
        for client in self.clients:
            client.close()


def prepare(database_url: str, *, operator: bool = True) -> None:
    """The schema, and the operators NAME and OTHER_NAME."""
    migrate(database_url)
    if not operator:
        return
    engine = make_engine(load_config(None), database_url)
    token = keys.setup_token(engine)
    assert token
    assert users.first_user(engine, NAME, _PASSWORD_HASH, keys.hash_of(token))
    with engine.begin() as connection:
        connection.execute(insert(UserRow).values(name=OTHER_NAME, password_hash=_PASSWORD_HASH))
    engine.dispose()


@contextmanager
def serving(database_url: str, redis_url: str, folder: Path, **settings: Any) -> Iterator[Service]:
    """Watchtower in a thread of this process."""
    _log_plainly()
    config = load_config(None, immobe_data_dir=folder, database_url=database_url, redis_url=redis_url, **settings)
    app = create_app(config, ServiceUrls(config.database_url or "", redis_url))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, proxy_headers=False, server_header=False)
    )
    listener = listen("127.0.0.1", 0, what="the test")
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    service = Service(f"http://127.0.0.1:{listener.getsockname()[1]}", app, database_url, config)
    try:
        until(lambda: server.started, "uvicorn has started")
        yield service
    finally:
        service.close()
        server.should_exit = True
        thread.join(40)
        listener.close()


def _log_plainly() -> None:
    """As the product does. structlog's own way draws every local value of a failure, which takes minutes.

    To the process's own output: pytest gives each subtest another `sys.stdout`, and Python dies when the server's
    thread writes to one that goes away.
    """
    if not structlog.is_configured():
        plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        output = structlog.PrintLoggerFactory(sys.__stdout__)
        structlog.configure(processors=[structlog.processors.add_log_level, plain], logger_factory=output)


@contextmanager
def serving_anew(services: ServiceUrls, folder: Path) -> Iterator[Service]:
    """With a database of its own, for the tests of a module. Its Scrapyd does not exist: no crawl is ever started."""
    with fresh_database(services.database_url) as url:
        prepare(url)
        with serving(url, services.redis_url, folder, scrapyd_url="http://127.0.0.1:1") as service:
            yield service


@contextmanager
def command(database_url: str, redis_url: str, folder: Path, *arguments: str, **variables: str) -> Iterator[Started]:
    """`immobe watchtower …` as people start it, in processes of its own."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "IMMOBE_DATA_DIR": str(folder),
        "LOG_LEVEL": "WARNING",
        **variables,
    }
    log = folder / "watchtower.log"
    with log.open("w") as output:
        process = psutil.Popen(
            [sys.executable, "-u", "-m", "immobe", "watchtower", "--port=0", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    started = Started(process, log)
    try:
        yield started
    finally:
        started.end()


@dataclass
class Started:
    """The command's process and what it wrote."""

    process: psutil.Popen
    log: Path

    def written(self) -> str:
        return self.log.read_text()

    def url(self) -> str:
        """Where it serves, once it does."""
        until(lambda: "http://" in self.written() or self.process.poll() is not None, "it says where it serves")
        assert self.process.poll() is None, self.written()
        url = self.written().split("Watchtower on ")[1].split()[0]
        until(lambda: _answers(url), "it answers")
        return url

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return int(self.process.wait(30))
        except (psutil.TimeoutExpired, subprocess.TimeoutExpired):
            self.process.kill()
            raise AssertionError("Watchtower did not end") from None


def until(found: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Waits for a condition."""
    patience = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < patience, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False

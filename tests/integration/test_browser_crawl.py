"""Crawls of a market whose pages need JavaScript, while browsers are killed: all is stored, and no process is left."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from immobe.config import load_config
from immobe.crawling.chromium import find_chromium
from immobe.storage.schema import migrate
from tests.integration.chromium import Traces, needs_chromium, until
from tests.integration.crawls import ROOT, crawl_command, crawl_environment, replica_of, rows, truth

pytestmark = [pytest.mark.integration, needs_chromium]
PAGES = 3


class Crawl:
    """One crawl process at a time, on a replica that needs a browser."""

    def __init__(self, address: str, database_url: str, redis_url: str, folder: Path, traces: Traces) -> None:
        self.address, self.database_url, self.redis_url, self.traces = address, database_url, redis_url, traces
        self._folder = folder

    def start(self, **variables: str) -> subprocess.Popen[bytes]:
        ours = {
            "BROWSER_PLATFORMS": "immoweb",
            "BROWSER_PAGES": str(PAGES),
            "BROWSER_PAGES_PER_CONTEXT": "10",
            "QUEUE_LEASE_SECONDS": "2",
            "RETRY_BACKOFF": "0.5",
            **self.traces.environment,
        }
        environment = crawl_environment(
            self.address, self.database_url, self.redis_url, self._folder, **(ours | variables)
        )
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(crawl_command("immoweb"), cwd=ROOT, env=environment, stderr=log)

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    def stored(self) -> set[str]:
        found = rows(self.database_url, "SELECT platform_listing_id FROM listings WHERE stage = 'scraped'")
        return {row["platform_listing_id"] for row in found}

    def stat(self, name: str) -> int:
        """Of the last crawl that ended."""
        return int(re.findall(rf"'{name}': (\d+)", self.log)[-1])

    def assert_all_is_stored(self) -> None:
        assert self.stored() == set(truth(self.address))
        assert rows(self.database_url, "SELECT * FROM quarantine") == []
        with redis.Redis.from_url(self.redis_url) as client:
            assert client.hlen("immoweb:requests:d") == 0, "nothing is left in the queue"
            assert client.hlen("immoweb:requests:x") == 0, "no page was given up"


@pytest.fixture
def crawl_of(database_url: str, redis_url: str, tmp_path: Path, traces: Traces) -> Iterator[Callable[..., Crawl]]:
    migrate(database_url)
    replicas = []

    def begin(listings: int, javascript: str = "immoweb") -> Crawl:
        replica = replica_of(listings, 4, f"--javascript={javascript}", "--platforms=immoweb")
        replicas.append(replica)
        return Crawl(replica.__enter__(), database_url, redis_url, tmp_path, traces)

    yield begin
    for replica in replicas:
        replica.__exit__(None, None, None)


def kill_browsers(crawl: Crawl, process: subprocess.Popen[bytes], times: int, pages_between: int) -> None:
    """Kills Chromium, or every third time its driver, when so many more pages are stored and a new one is there."""
    for number in range(times):
        goal = number * pages_between + 1
        assert until(lambda: len(crawl.stored()) >= goal and crawl.traces.browsers(), 60), crawl.log[-5000:]  # noqa: B023
        assert process.poll() is None, "the crawl ended before all were killed"
        browsers = crawl.traces.browsers()
        for victim in crawl.traces.drivers() if number % 3 == 1 else browsers:
            victim.kill()
        assert until(lambda: not any(browser.is_running() for browser in browsers), 10)  # noqa: B023


def crawl_with_kills(crawl: Crawl, times: int, pages_between: int) -> None:
    process = crawl.start()
    kill_browsers(crawl, process, times, pages_between)
    assert process.wait(240) == 0, crawl.log[-5000:]
    assert crawl.traces.gone()
    crawl.assert_all_is_stored()
    assert crawl.stat("browser/restarts") == times
    assert crawl.stat("playwright/page_count/max_concurrent") <= PAGES
    assert crawl.stat("playwright/context_count/max_concurrent") <= 2
    assert "Traceback" not in crawl.log, crawl.log


def test_a_crawl_survives_three_deaths_of_its_browser(crawl_of: Callable[..., Crawl]) -> None:
    crawl_with_kills(crawl_of(40), times=3, pages_between=8)


@pytest.mark.slow
def test_a_crawl_survives_ten_deaths_of_its_browser(crawl_of: Callable[..., Crawl]) -> None:
    crawl_with_kills(crawl_of(220), times=10, pages_between=15)


@pytest.mark.slow
def test_a_page_whose_process_dies_is_tried_again(crawl_of: Callable[..., Crawl]) -> None:
    crawl = crawl_of(20)
    process = crawl.start()
    assert until(lambda: len(crawl.stored()) >= 3 and crawl.traces.renderers(), 60), crawl.log[-5000:]
    for renderer in crawl.traces.renderers():
        renderer.kill()
    assert process.wait(120) == 0, crawl.log[-5000:]
    crawl.assert_all_is_stored()
    assert crawl.stat("browser/starts") == 1, "the others live on"


@pytest.mark.slow
def test_a_browser_that_hangs_is_replaced(crawl_of: Callable[..., Crawl]) -> None:
    crawl = crawl_of(20)
    process = crawl.start(BROWSER_PAGE_TIMEOUT="8")
    assert until(lambda: len(crawl.stored()) >= 3 and crawl.traces.browsers(), 60), crawl.log[-5000:]
    [browser] = crawl.traces.browsers()
    browser.suspend()
    assert process.wait(120) == 0, crawl.log[-5000:]
    assert not browser.is_running()
    crawl.assert_all_is_stored()
    assert crawl.stat("browser/restarts") >= 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_no_browser_outlives_its_crawl(crawl_of: Callable[..., Crawl], number: signal.Signals) -> None:
    crawl = crawl_of(30)
    process = crawl.start()
    assert until(lambda: len(crawl.stored()) >= 3 and crawl.traces.browsers(), 60), crawl.log[-5000:]
    process.send_signal(number)
    code = process.wait(60)
    assert (code == 0) == (number is signal.SIGTERM)
    assert crawl.traces.gone(), crawl.traces.processes()
    assert crawl.start().wait(120) == 0, "another process goes on"
    crawl.assert_all_is_stored()


def test_a_crawl_of_other_platforms_does_not_even_import_it(crawl_of: Callable[..., Crawl]) -> None:
    crawl = crawl_of(10, javascript="")
    assert crawl.start(BROWSER_PLATFORMS="zimmo", PYTHONPROFILEIMPORTTIME="1").wait(120) == 0, crawl.log[-5000:]
    assert re.search(r"\| +immobe.crawling.replica_handler\n", crawl.log), (
        "the browser's handler was imported, for others"
    )
    assert not re.search(r"\| +(?:scrapy_)?playwright", crawl.log)
    crawl.assert_all_is_stored()


@contextmanager
def remote_chromium(traces: Traces, port: int) -> Iterator[subprocess.Popen[str]]:
    """A Chromium of somebody else's, that listens."""
    with tempfile.TemporaryDirectory(prefix="immobe-chromium-", ignore_cleanup_errors=True) as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--remote-debugging-port={port}"]
        command = [str(find_chromium(load_config(None))), *options, f"--user-data-dir={profile}"]
        environment = {**os.environ, **traces.environment}
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stderr is not None
            assert any("DevTools listening on" in line for line in process.stderr)
            try:
                yield process
            finally:
                process.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.slow
def test_a_remote_browser_is_found_again_when_it_was_replaced_and_left_running(
    crawl_of: Callable[..., Crawl], traces: Traces
) -> None:
    crawl, port = crawl_of(30), free_port()
    with remote_chromium(traces, port):
        process = crawl.start(BROWSER_CDP_URL=f"http://127.0.0.1:{port}", CHROME_PATH="/no/chromium")
        assert until(lambda: len(crawl.stored()) >= 3 and traces.renderers(), 60), crawl.log[-5000:]
    assert until(lambda: "the browser does not start" in crawl.log, 60), crawl.log[-5000:]
    with remote_chromium(traces, port) as chromium:
        assert process.wait(200) == 0, crawl.log[-5000:]
        assert chromium.poll() is None
    crawl.assert_all_is_stored()
    assert crawl.stat("playwright/context_count/remote/True") >= 2

"""Scrapyd's dashboard as `scripts/dashboard.sh` installs and starts it, in a real browser."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from playwright.sync_api import Page, sync_playwright

from immobe.config import load_config
from immobe.crawling.chromium import find_chromium
from immobe.storage.schema import migrate
from tests.integration.chromium import needs_chromium
from tests.integration.crawls import ROOT, replica_of, truth
from tests.integration.scrapyd_service import PASSWORD, Service, immobe, scrapyd_of
from tests.integration.watchtower_service import until

pytestmark = [pytest.mark.integration, pytest.mark.slow, needs_chromium]


@contextmanager
def dashboard_of(scrapyd: Service, log: Path) -> Iterator[tuple[str, psutil.Popen]]:
    """Its URL and process, once it answers; the first time it installs itself."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = scrapyd.environment | {"DASHBOARD_PORT": str(port)}
    with log.open("wb") as output:
        process = psutil.Popen(["scripts/dashboard.sh"], cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        until(lambda: _answers(port) or process.poll() is not None, "the dashboard answers", seconds=600)
        assert process.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 401
    except httpx.HTTPError:
        return False


@contextmanager
def browser(password: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        program = find_chromium(load_config(None))
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        context = chromium.new_context(http_credentials={"username": "immobe", "password": password})
        yield context.new_page()
        chromium.close()


def test_jobs_logs_and_counts_of_our_spiders(database_url: str, redis_url: str, tmp_path: Path) -> None:
    migrate(database_url)
    log = tmp_path / "dashboard.log"
    with (
        replica_of(60) as replica,
        scrapyd_of(replica, database_url, redis_url, tmp_path) as scrapyd,
        dashboard_of(scrapyd, log) as (url, process),
    ):
        job = immobe(scrapyd, "scrapyd", "start", "immoweb", "--mode=all").split()[0]
        until(lambda: job not in immobe(scrapyd, "scrapyd", "jobs"), "the crawl has ended", 180)

        folder = tmp_path / "data/dashboard"
        password = (folder / "password").read_text()
        assert {(folder / name).stat().st_mode & 0o777 for name in ("password", "secret_key")} == {0o600}
        assert len(password) > 40
        assert password != (folder / "secret_key").read_text()
        listening = {c.laddr.ip for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}
        assert httpx.get(f"{url}/1/jobs/", auth=("immobe", "wrong"), trust_env=False).status_code == 401

        counts = tmp_path / f"data/scrapyd/logs/immobe/immoweb/{job}.json"
        until(
            lambda: counts.exists() and '"finish_reason": "finished"' in counts.read_text(), "logparser has read it", 60
        )
        with browser(password) as page:
            page.goto(f"{url}/1/jobs/")
            page.locator("tr", has_text=job).first.wait_for()
            assert re.search(rf"immobe\s+immoweb\s+{job}", page.inner_text("body"))

            page.goto(f"{url}/1/log/stats/immobe/immoweb/{job}/")
            said = page.inner_text("body")
            items = re.search(r"scraped_items\s+(\d+)", said)
            pages = re.search(r"crawled_pages\s+(\d+)", said)
            assert items, said
            assert pages, said
            assert int(items[1]) >= len(truth(replica))
            assert int(pages[1]) >= len(truth(replica))
            assert re.search(r"finish_reason\s+finished", said)
            assert re.search(r"log_error_count\s+0", said)

            page.goto(f"{url}/1/log/utf8/immobe/immoweb/{job}/")
            assert "INFO: Spider closed (finished)" in page.content()
        written = log.read_text()
        assert password not in written
        assert PASSWORD not in written

"""Platforms that fail in every way, in one process with one that works: it is not touched by them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import redis

from immobe.embedded import ServiceUrls
from tests.faults.crawl_servers import ReplicaServer
from tests.integration.harvest_pool import ROOT, Pool, scouted

pytestmark = pytest.mark.integration
SETTINGS = """
from immobe.settings import *

SPIDER_MODULES = ["spiders", "failing"]
"""
PLATFORMS = """
from immobe.crawling.spider import PlatformSpider
from immobe.errors import ImmobeError
from immobe.platforms import PLATFORMS
from immobe.platforms.immoweb import Immoweb


def spider(name, **attributes):
    platform = type(name, (Immoweb,), {"name": name})()
    PLATFORMS[name] = platform
    return type(name, (PlatformSpider,), {"name": name, "platform": platform, "__module__": __name__, **attributes})


def fail(error):
    def call(*arguments, **named):
        raise error
    return call


Refusing = spider("refusing", __init__=fail(ImmobeError("refuses on purpose")))  # ends by SystemExit
Raising = spider("raising", seeds=fail(RuntimeError("raises on purpose")))  # when the scheduler opens
Misreading = spider("misreading", parse_listing=fail(ValueError("misreads on purpose")))
Blocked = spider("blocked", custom_settings={"REPLICA_URL": "%s"})
"""


class Refusal(BaseHTTPRequestHandler):
    """A portal that lets nobody in."""

    def do_GET(self) -> None:
        self.send_response(404 if self.path.endswith("/robots.txt") else 403)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def refusal() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusal) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def pool(services: ServiceUrls, refusal: str, tmp_path: Path) -> Iterator[Pool]:
    """A full queue of immoweb, and a page each for platforms that fail."""
    (tmp_path / "failing_settings.py").write_text(SETTINGS)
    (tmp_path / "failing").mkdir()
    (tmp_path / "failing" / "__init__.py").touch()
    (tmp_path / "failing" / "importing.py").write_text("from nowhere import nothing")
    (tmp_path / "failing" / "platforms.py").write_text(PLATFORMS % refusal)
    with (
        ReplicaServer(60) as replica,
        scouted(services, replica, tmp_path) as after_scout,
        after_scout.copy(services) as database_url,
    ):
        variables = {"SCRAPY_SETTINGS_MODULE": "failing_settings", "PYTHONPATH": f"{tmp_path}:{ROOT}"}
        pool = Pool(replica, database_url, services.redis_url, tmp_path, variables, only_scouted=False)
        try:
            yield pool
        finally:
            pool.close()


def test_failing_platforms_leave_the_others_working(pool: Pool) -> None:
    pages = [one["url"] for one in pool.replica.truth.values()][:3]
    with closing(redis.Redis.from_url(pool.redis_url)) as client:
        for platform in ("misreading", "blocked"):
            client.lpush(f"{platform}:start_urls", *pages)
    process = pool.run("--workers=1")
    pool.until(pool.everything_is_stored, "the platform that works")
    pool.until(lambda: pool.log.count("refuses on purpose") >= 3, "the refusing one is started again")
    pool.until(lambda: pool.log.count("raises on purpose") >= 3, "the raising one is started again")
    pool.until(lambda: "Spider error processing" in pool.log, "the misreading one has read")
    pool.until(lambda: "outcome=BLOCKED" in pool.log, "the blocked one has asked")
    shown = "immoweb waiting, misreading waiting, blocked waiting, refusing restarting, raising restarting"
    pool.until(lambda: states(pool) >= set(shown.split(", ")), "all is shown")
    assert [entry.restarts for entry in pool.registered()] == [0], "the process itself is as it was"
    assert "A spider's module is left out" in pool.log
    process.terminate()
    assert pool.end(process, 10) == 0


def states(pool: Pool) -> set[str]:
    return {state for entry in pool.registered() for state in entry.platforms.split(", ")}

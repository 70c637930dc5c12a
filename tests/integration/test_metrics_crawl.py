"""A real crawl over a scripted site: every way a scrape can end, in its log line, in metrics, in the run record."""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from scrapy import Request, Spider
from scrapy.core.scheduler import Scheduler
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.exceptions import DropItem, IgnoreRequest
from scrapy.http import Response
from sqlalchemy import Engine, text

from immobe.config import load_config
from immobe.items import DetectedPage, QuarantinedRecord, RawListing, RemovedListing
from immobe.observability.exposition import render
from immobe.observability.logs import configure_logs
from immobe.redis import make_redis

pytestmark = pytest.mark.integration
HIDDEN = "the seller's telephone"
DEAD_PROCESS = """
INSERT INTO scrape_runs (id, run_id, platform, mode, scope, worker, host, pid, started_at, heartbeat_at)
VALUES ('dead', 'r0', 'zimmo', 'all', '', 'w', 'h', 1, now() - interval '2 h', now() - interval '1 h')
"""

# {listing: (outcome, reason)}; None: there is no line, the page went on under another request or comes again later.
ENDINGS = {
    "ok": ("SUCCESS", None),
    "moved": ("SUCCESS", None),
    "flaky": ("SUCCESS", None),
    "gone": ("GONE", "http_404"),
    "bad": ("FAILED", "json_cut_off"),
    "dead": ("FAILED", "http_500"),
    "broken": ("FAILED", "zero_division_error"),
    "unstorable": ("FAILED", "value_error"),
    "dropped": ("FAILED", "drop_item"),
    "nothing": ("FAILED", "no_result"),
    "forbidden": ("FAILED", "ignore_request"),
    "slow": ("TIMEOUT", "download_timeout_error"),
    "late": ("TIMEOUT", "deadline"),
    "captcha": ("BLOCKED", "captcha"),
    "later": None,
}


class Site(BaseHTTPRequestHandler):
    asked: Counter[str]
    over: threading.Event

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self.asked[name] += 1
        if name == "slow":
            self.over.wait(20)
            return
        once = {"moved": (1, 302), "flaky": (2, 503)}.get(name, (0, 200))
        status = once[1] if self.asked[name] <= once[0] else {"gone": 404, "dead": 500}.get(name, 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/listing/moved")
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *arguments: Any) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[str]:
    handler = type("Handler", (Site,), {"asked": Counter(), "over": threading.Event()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    handler.over.set()  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


def crawl(site: str, database_url: str, run_id: str = "r1") -> tuple[list[dict[str, Any]], str]:
    """(lines, stderr) of a process that crawls the site: this file, run as a program."""
    command = [sys.executable, __file__, site, database_url, run_id]
    folder = Path(__file__).parents[2]
    process = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder, check=False)
    assert process.returncode == 0, process.stderr[-5000:]
    return [json.loads(line) for line in process.stderr.splitlines()], process.stderr


def test_every_ending_is_told_once_everywhere(site: str, engine: Engine, database_url: str, redis_url: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(DEAD_PROCESS))
    lines, said = crawl(site, database_url)
    scrapes = {line["platform_listing_id"]: line for line in lines if line["event"] == "scrape"}
    assert len(scrapes) == sum(line["event"] == "scrape" for line in lines), "one line a scrape"
    ended = {name: (line["outcome"], line.get("reason")) for name, line in scrapes.items()}
    assert ended == {name: ending for name, ending in ENDINGS.items() if ending}
    assert HIDDEN not in said
    _check_lines(lines, scrapes)
    _check_metrics(render(make_redis(redis_url), engine))
    _check_run(engine)


def _check_lines(lines: list[dict[str, Any]], scrapes: dict[str, dict[str, Any]]) -> None:
    for name, line in scrapes.items():
        assert line["correlation_id"] == f"c-{name}"
        assert line["platform"] == "immoweb"
        assert line["url"].endswith(f"/listing/{name}")
        assert line["duration_seconds"] >= 0
    assert scrapes["flaky"]["attempts"] == 3
    assert scrapes["captcha"]["attempts"] == 4, "as the lease says"
    assert (scrapes["ok"]["status_code"], scrapes["ok"]["bytes"]) == (200, 5)
    assert scrapes["slow"]["duration_seconds"] >= 0.5
    of_pipeline = [line for line in lines if line["event"].startswith("in the pipeline")]
    assert of_pipeline
    for line in of_pipeline:
        assert line["correlation_id"] == f"c-{line['event'].split()[-1]}", "from the page to the commit"
    errors = {line["correlation_id"]: line for line in lines if line["level"] == "error"}
    assert "ZeroDivisionError" in errors["c-broken"]["exception"]
    assert errors["c-unstorable"]["platform_listing_id"] == "unstorable"
    assert all("correlation_id" not in line for line in lines if line["logger"] == "scrapy.core.engine"
               and line["level"] == "info")  # fmt: skip


def _check_metrics(answer: bytes) -> None:
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.decode())
        for sample in family.samples
    }
    statuses = Counter(ending[0] for ending in ENDINGS.values() if ending)
    assert {status: samples["scrapes_total", "immoweb", status] for status in statuses} == statuses
    assert samples["scrape_duration_seconds_count", "immoweb"] == sum(statuses.values())
    assert samples["pages_total", "search", "immoweb"] == 1
    assert samples["retries_total", "immoweb", "http_503"] == 2
    assert samples["retries_total", "immoweb", "quota"] == 1
    assert samples["blocked_total", "immoweb", "captcha"] == 1
    assert samples["quarantined_total", "immoweb", "json_cut_off"] == 1
    assert samples["scout_duration_seconds_count", "immoweb"] == 1
    assert samples["last_run_ended_timestamp_seconds", "all", "immoweb"] > 0


def _check_run(engine: Engine) -> None:
    with engine.connect() as connection:
        rows = {row["id"]: row for row in connection.execute(text("SELECT * FROM scrape_runs")).mappings()}
    assert rows.pop("dead")["finish_reason"] == "lost", "the next process that starts says so"
    [row] = rows.values()
    counts = {name: row[f"{name}_count"] for name in ("stored", "gone", "failed", "timeout", "blocked", "quarantined")}
    assert counts == {"stored": 3, "gone": 1, "failed": 7, "timeout": 2, "blocked": 1, "quarantined": 1}
    assert (row["run_id"], row["finish_reason"], row["search_page_count"]) == ("r1", "finished", 1)
    assert row["retry_count"] >= 3
    assert 0 < row["scout_seconds"] <= (row["ended_at"] - row["started_at"]).total_seconds()
    assert row["stats"]["item_scraped_count"] == 6


def test_without_a_database_a_crawl_still_runs_and_tells(site: str) -> None:
    lines, _ = crawl(site, "postgresql+psycopg2://nobody@127.0.0.1:1/none")
    assert sum(line["event"] == "scrape" for line in lines) == sum(ending is not None for ending in ENDINGS.values())
    assert any(line["event"].startswith("Counts wait") for line in lines)
    assert any(line["event"].startswith("The run record waits") for line in lines)


# --- The crawl, run in a process of its own ---------------------------------------------------------------------------


class Decisions:
    """Stands for the middlewares that decide: they note it in the lease."""

    def process_request(self, request: Request) -> None:
        if request.url.endswith("/forbidden"):
            raise IgnoreRequest

    def process_response(self, request: Request, response: Response) -> Response:
        decided = {
            "captcha": {"verdict": "retry", "reason": "blocked:captcha"},
            "later": {"verdict": "retry", "reason": "quota"},
            "late": {"verdict": "dead", "reason": "deadline"},
        }.get(request.url.rpartition("/")[2])
        if decided:
            request.meta["lease"].update(decided)
            raise IgnoreRequest
        return response


class Storage:
    async def process_item(self, item: Any) -> Any:
        name = getattr(item, "platform_listing_id", None)
        if name:
            structlog.get_logger("pipeline").info(f"in the pipeline: {name}")
        if name == "unstorable":
            raise ValueError("no place for it")
        if name == "dropped":
            raise DropItem("not wanted")
        return item


class SiteSpider(Spider):
    name = "immoweb"
    handle_httpstatus_list = (404,)

    def __init__(self, site: str, run_id: str) -> None:
        super().__init__()
        self.site, self.run_id = site, run_id

    async def start(self) -> AsyncIterator[Request]:
        yield Request(f"{self.site}/search", self.parse_search, meta={"correlation_id": "c-search"})

    def parse_search(self, response: Response) -> Iterator[Any]:
        yield DetectedPage(())
        for name in ENDINGS:
            yield Request(
                f"{self.site}/listing/{name}",
                self.parse_listing,
                cb_kwargs={"listing_id": name},
                meta={
                    "correlation_id": f"c-{name}",
                    "lease": {"attempts": 4 if name == "captcha" else 1},
                    "download_timeout": 0.5 if name == "slow" else 30,
                },
                dont_filter=True,
            )

    def parse_listing(self, response: Response, listing_id: str) -> Iterator[Any]:
        now, correlation_id = datetime.now(UTC), f"c-{listing_id}"
        known = (self.name, listing_id, response.url)
        if response.status == 404:
            yield RemovedListing(*known, "http_404", now, correlation_id)
        elif listing_id == "bad":
            reasons = ("json_cut_off: it ends early",)
            yield QuarantinedRecord(self.name, response.url, reasons, HIDDEN, now, correlation_id, listing_id)
        elif listing_id == "broken":
            yield 1 / 0
        elif listing_id != "nothing":
            yield RawListing(*known, {"seller": HIDDEN}, now, correlation_id)


class JoinedRun(Scheduler):
    """Says which run the process has joined, as the shared scheduler does."""

    def open(self, spider: SiteSpider) -> Any:
        self.stats.set_value("run/id", spider.run_id)
        return super().open(spider)


SETTINGS = {
    "LOG_INSTALL_ROOT_HANDLER": False,
    "LOG_FORMATTER": "immobe.extensions.log_format.PrivateLogFormatter",
    "LOG_JSON": True,
    "LOG_LEVEL": "DEBUG",
    "TELNETCONSOLE_ENABLED": False,
    "RETRY_EXCEPTIONS": [],
    "CONCURRENT_REQUESTS_PER_DOMAIN": 32,
    "METRICS_FLUSH_SECONDS": 0.1,
    "RUN_HEARTBEAT_SECONDS": 0.2,
    "SCHEDULER": JoinedRun,
    "EXTENSIONS": {
        "immobe.extensions.scrapes.Scrapes": 100,
        "immobe.extensions.flush_metrics.FlushMetrics": 110,
        "immobe.extensions.runs.RunRecords": 120,
    },
    "DOWNLOADER_MIDDLEWARES": {
        "immobe.extensions.hooks.BeginScrape": 1,
        Decisions: 500,
        "immobe.extensions.hooks.NoteException": 10_000,
    },
    "SPIDER_MIDDLEWARES": {"immobe.extensions.hooks.ResumeScrape": 1},
    "ITEM_PIPELINES": {Storage: 1},
}


def run_as_program(site: str, database_url: str, run_id: str) -> None:
    configure_logs("DEBUG", json=True, role="harvester")
    process = AsyncCrawlerProcess({**SETTINGS, "IMMOBE_CONFIG": load_config(None), "DATABASE_URL": database_url})
    process.crawl(SiteSpider, site=site, run_id=run_id)
    process.start()


if __name__ == "__main__":
    run_as_program(*sys.argv[1:])

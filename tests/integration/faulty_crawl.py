"""Crawl processes on a replica that answers badly: to start, to watch, and to ask what they have left behind."""

import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import redis

from immobe.crawling.keys import queue_of
from immobe.crawling.leases_dead import DeadLetters
from immobe.redis.namespace import namespace
from tests.integration.crawls import ROOT, as_json, crawl_command, crawl_environment, rows, truth

QUICK = {
    "RETRY_BACKOFF": "0.2",
    "RETRY_LONGEST_DELAY": "1",
    "CRAWLER_DOWNLOAD_TIMEOUT": "2",
    "SCRAPE_TIMEOUT": "3",
    "QUEUE_LEASE_SECONDS": "5",
    "REVISIT_SHORTEST_DAYS": "0",  # every page is due in every crawl
    "REVISIT_LONGEST_DAYS": "0",
}


class FaultyCrawl:
    """Crawl processes on one replica, and what they leave behind."""

    def __init__(self, address: str, database_url: str, redis_url: str, folder: Path) -> None:
        self.address, self.database_url = address, database_url
        self.redis = redis.Redis.from_url(redis_url)
        self._circuit = f"{namespace(address)}:blocks:immoweb"
        self._environment = crawl_environment(address, database_url, redis_url, folder, **QUICK)
        self._running: list[subprocess.Popen[bytes]] = []
        self._folder = folder

    def start(self, processes: int, *arguments: str, **variables: str) -> None:
        command = crawl_command("immoweb", *arguments)
        for _ in range(processes):
            with (self._folder / f"log{len(self._running)}").open("wb") as log:
                environment = self._environment | variables
                self._running.append(subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log))

    def run(self, processes: int = 2, seconds: float = 120, **variables: str) -> float:
        """A crawl to its own end; how many seconds it took."""
        started = time.monotonic()
        self.start(processes, **variables)
        self.finish(seconds)
        return time.monotonic() - started

    def finish(self, seconds: float = 120) -> None:
        """Waits until all processes have ended by themselves."""
        for process in self._running:
            assert process.wait(seconds) == 0, self.log()[-3000:]

    def log(self) -> str:
        """What all processes said."""
        return "".join((self._folder / f"log{number}").read_text() for number in range(len(self._running)))

    def stop(self) -> None:
        """As an operator does; what is in work is given back."""
        for process in self._running:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        assert [process.wait(60) for process in self._running]

    def close(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()
        self.redis.close()

    def until(self, holds: Callable[[], object], what: str, seconds: float = 60) -> None:
        """Looks again and again. Fails when it never comes."""
        ends = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < ends, f"never: {what}"
            assert any(process.poll() is None for process in self._running), f"all have ended before: {what}"
            time.sleep(0.1)

    def ask(self, path: str, method: str = "GET", **content: Any) -> Any:
        body = json.dumps(content).encode() if method == "PUT" else None
        with urlopen(Request(f"{self.address}/_replica/{path}", body, method=method)) as answer:
            return json.load(answer)

    def faults(self, spec: str) -> None:
        self.ask("faults", "PUT", spec=spec)
        self.ask("requests", "DELETE")

    @property
    def requests(self) -> dict[str, int]:
        found: dict[str, int] = Counter(self.ask("requests").get("immoweb", {}))
        return found

    @property
    def circuit(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.redis.get(self._circuit) or "{}")
        return found

    def probe_with(self, url: str) -> None:
        """As if the circuit's pause were over, and this page the next to be asked for; one that the run has not met."""
        self.redis.set(self._circuit, json.dumps(self.circuit | {"until": 0, "probe_until": 0}))
        self.redis.lpush("immoweb:start_urls", url)

    def listings(self) -> dict[str, dict[str, Any]]:
        return {row["platform_listing_id"]: row for row in rows(self.database_url)}

    def letters(self) -> list[tuple[str, str]]:
        """(reason, URL) of each dead letter."""
        page = DeadLetters(queue_of(self.redis, "immoweb")).page(0, 10_000)
        return [(letter.reason, json.loads(letter.payload)["url"]) for letter in page]


def assert_stored_as_it_is(crawl: FaultyCrawl) -> None:
    """Every listing of the market has a scraped row that says what the market says."""
    market, stored = truth(crawl.address), crawl.listings()
    assert {number for number in market if stored.get(number, {}).get("stage") != "scraped"} == set()
    wrong = {
        (number, field): (value, stored[number][field])
        for number, facts in market.items()
        for field, value in facts.items()
        if field in stored[number] and field != "url" and value != as_json(stored[number][field])
    }
    assert wrong == {}


def assert_market_as_ever(crawl: FaultyCrawl) -> None:
    """No row was taken off the market by a fault, and nothing was given up."""
    market = truth(crawl.address)
    gone = [n for n, row in crawl.listings().items() if row["stage"] == "gone" or row["status"] == "withdrawn"]
    assert set(gone) & set(market) == set()
    assert rows(crawl.database_url, "SELECT * FROM quarantine") == []
    assert crawl.letters() == []

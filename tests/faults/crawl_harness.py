"""Crawls the replica with real `scrapy crawl` processes while a test breaks things, and tells what came out."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
import redis

from immobe.config import child_environment, load_config
from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_dead import DeadLetters
from immobe.redis import make_redis
from tests.faults.crawl_servers import ReplicaServer

ROOT = Path(__file__).parents[2]
LEASE_SECONDS = 2.0
LONG_LEASE = {"QUEUE_LEASE_SECONDS": "60"}
"""For faults that no lease may outlast: a busy machine must not let one expire."""
CONCURRENCY = 8
HELD = 16 + CONCURRENCY + 20 + 16
"""Pages that a worker holds at most: claimed ahead, on their way here, between spider and commit (`crawl_settings.py`
bounds these by bytes), finished but not acknowledged."""
_MORE_PAGES = 5
_PARTS = ("", ":d", ":l", ":o", ":t", ":z", ":s")


@dataclass
class Outcome:
    """What a crawl under faults ended with."""

    lost: set[str]
    """Listings of the market without a scraped row."""
    unexpected: set[str]
    """Rows that are no listing of the market, or not scraped."""
    double: int
    """Rows beyond one a listing."""
    quarantined: int
    refetched: int
    """Answers beyond one a page."""
    dead: Counter[str]
    """What the dead letters are about: a listing's id, or else the letter's reason."""
    left: dict[str, int]
    """Queue keys, and the fallback file, that are not empty."""


@dataclass
class Worker:
    """One process, and the files that it writes to."""

    process: subprocess.Popen[bytes]
    log: Path
    report: Path

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    @property
    def has_joined(self) -> bool:
        """Whether it has reached the queue and works on a run."""
        return " run " in self.log.read_text()

    def send(self, number: signal.Signals) -> None:
        if self.runs:
            self.process.send_signal(number)


@dataclass
class MarketCrawl:
    """Worker processes on one market. Nothing of it starts by itself; `conftest.py` makes it and ends it."""

    replica: ReplicaServer
    redis_url: str
    """For workers: it may be a proxy's."""
    database_url: str
    folder: Path
    client: redis.Redis
    """Straight to the server."""
    variables: dict[str, str] = field(default_factory=dict)
    """Environment of every worker, on top of the harness's."""
    workers: list[Worker] = field(default_factory=list)
    faults: int = 0
    recovery_seconds: float | None = None
    """The longest time from a fault's end to the next row; None: nothing had to recover."""
    let_at: float = 0.0
    """When pages were last let through the gate."""

    @property
    def fallback(self) -> Path:
        return Path(self.variables.get("REDIS_FALLBACK_QUEUE", str(self.folder / "fallback.json")))

    def start(self, count: int = 1, *arguments: str, **variables: str) -> list[Worker]:
        """More workers; `arguments` as in `mode=harvest`."""
        started = [self._start_one(arguments, variables) for _ in range(count)]
        self.workers += started
        return started

    def begin(self, count: int, *arguments: str, **variables: str) -> list[Worker]:
        """Workers that have all joined the run before any page is answered: late ones would begin another run."""
        before = self._joined()
        started = self.start(count, *arguments, **variables)
        self.until(lambda: self._joined() >= before + count, "workers join the run")
        return started

    def let(self, pages: int | None) -> None:
        """So many more pages are answered; None: all."""
        self.replica.let(pages)
        self.let_at = time.monotonic()

    def let_and_store(self, pages: int, rows: int = 1) -> None:
        """So many more pages are answered; goes on when at least `rows` more rows are stored.

        When these pages were fetched before, so that no row comes of them, some more are answered.
        """
        goal = self.stored() + rows
        self.let(pages)
        self.until(lambda: self.stored() >= goal or self._let_on(), f"{rows} more rows")

    def _let_on(self) -> bool:
        """Some more pages, when those that were let are answered and have had time to become rows; False."""
        if time.monotonic() - self.let_at > 1.0 and self.replica.left() == 0:
            self.let(_MORE_PAGES)
        return False

    def stored(self) -> int:
        """Scraped rows; -1 while the database does not answer."""
        try:
            return int(self.ask("SELECT count(*) FROM listings WHERE stage = 'scraped'")[0][0])
        except psycopg2.OperationalError:
            return -1

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        url = self.database_url.replace("+psycopg2", "")
        with closing(psycopg2.connect(url, connect_timeout=5)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def until(self, found: Callable[[], object], what: str, seconds: float = 90.0) -> None:
        """Goes on when `found()` is true; fails after `seconds`, or when a worker ends with an error."""
        deadline = time.monotonic() + seconds
        while not found():
            for worker in self.workers:
                code = worker.process.poll()
                assert code is None or code <= 0, f"a worker ended with {code}: {self.logs()}"
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}. {self.logs()}"
            time.sleep(0.02)

    def kill(self, *victims: Worker) -> None:
        """SIGKILL to each; goes on when they are gone."""
        for victim in victims:
            victim.send(signal.SIGKILL)
            victim.process.wait(10)
            self.faults += 1

    def kill_one(self, draw: random.Random) -> None:
        """SIGKILL to one of those that have joined the run and live."""
        self.kill(draw.choice([worker for worker in self.workers if worker.runs and worker.has_joined]))

    def fault_is_over(self, pages: int | None = None) -> None:
        """Counts a fault that ends now, and waits until the crawl has recovered."""
        self.faults += 1
        self.recover(pages)

    def recover(self, pages: int | None = None) -> None:
        """Goes on when the next row is stored, and notes how long that took; so many more pages are answered."""
        began, before = time.monotonic(), self.stored()
        self.let(pages)
        self.until(lambda: self.stored() > before or self._let_on(), "a row after the fault")
        self.recovery_seconds = max(self.recovery_seconds or 0.0, time.monotonic() - began)

    def end(self, *workers: Worker, seconds: float = 90.0) -> None:
        """Goes on when these workers have ended."""
        self.until(lambda: not any(worker.runs for worker in workers), "workers end", seconds)

    def run_to_end(self, seconds: float = 120.0) -> Outcome:
        """All pages are answered, every worker that lives ends by itself; what came of it."""
        self.let(None)
        self.end(*self.workers, seconds=seconds)
        return self.outcome()

    def outcome(self) -> Outcome:
        rows = self.ask("SELECT platform_listing_id, stage FROM listings")
        payloads = self.ask("SELECT count(*), count(DISTINCT listing_id) FROM listing_payloads")[0]
        scraped = {number for number, stage in rows if stage == "scraped"}
        market, dead = set(self.replica.truth), self._dead()
        answered = self.replica.answered()
        return Outcome(
            lost=market - scraped - dead.keys(),
            unexpected={number for number, stage in rows if number not in market or stage != "scraped"} - dead.keys(),
            double=len(rows) - len({number for number, _ in rows}) + payloads[0] - payloads[1],
            quarantined=int(self.ask("SELECT count(*) FROM quarantine")[0][0]),
            refetched=answered.total() - len(answered),
            dead=dead,
            left=self._left(),
        )

    def total(self, name: str) -> float:
        """Sum over the workers that ended in order."""
        return sum(report[name] for report in self.reports())

    def failures(self) -> int:
        """How often workers said that Redis cannot be used."""
        return self.log().count("Redis cannot be used")

    def reports(self) -> list[dict[str, Any]]:
        """What workers that ended in order say of themselves: see `crawl_extension.py`."""
        return [json.loads(line) for worker in self.workers for line in worker.report.read_text().splitlines()]

    def logs(self) -> str:
        """The end of what each worker said."""
        return "\n".join(f"{worker.log.name}:\n{worker.log.read_text()[-1500:]}" for worker in self.workers)

    def log(self) -> str:
        """All that the workers said."""
        return "\n".join(worker.log.read_text() for worker in self.workers)

    def close(self) -> None:
        """Ends what still runs, frozen ones too."""
        for worker in self.workers:
            worker.send(signal.SIGKILL)
            worker.process.wait(10)

    def _start_one(self, arguments: tuple[str, ...], variables: dict[str, str]) -> Worker:
        number = len(list(self.folder.glob("worker-*.log")))
        log, report = self.folder / f"worker-{number}.log", self.folder / f"worker-{number}.json"
        options = [f"-a{argument}" for argument in arguments]
        with log.open("wb") as errors, report.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "scrapy", "crawl", "immoweb", *options],
                cwd=ROOT,
                env=self.environment(**variables),
                stdout=output,
                stderr=errors,
            )
        return Worker(process, log, report)

    def environment(self, **variables: str) -> dict[str, str]:
        """Of a process of ours that works with these services."""
        config = load_config(
            None,
            database_url=self.database_url,
            redis_url=self.redis_url,
            replica_url=self.replica.url,
            immobe_data_dir=self.folder,
        )
        ours = {
            "SCRAPY_SETTINGS_MODULE": "tests.faults.crawl_settings",
            "THROTTLE_ENABLED": "false",
            "QUEUE_LEASE_SECONDS": str(LEASE_SECONDS),
            "QUEUE_MAX_ATTEMPTS": "20",  # the harness's own kills must not make dead letters
            "CRAWLER_CONCURRENT_REQUESTS": str(CONCURRENCY),
            "CRAWLER_DOWNLOAD_TIMEOUT": "300",  # the gate holds pages for as long as a test needs
            "REDIS_CIRCUIT_BREAKER_THRESHOLD": "3",
            "REDIS_CIRCUIT_BREAKER_TIMEOUT": "0.5",
            "REDIS_FALLBACK_QUEUE": str(self.folder / "fallback.json"),
            "DATABASE_STATEMENT_TIMEOUT": "4",
            "LOG_LEVEL": "INFO",
        }
        return child_environment(config, **(ours | self.variables | variables))

    def _joined(self) -> int:
        return int(self.client.zcard("immoweb:requests:w"))

    def _dead(self) -> Counter[str]:
        letters = DeadLetters(LeasedQueue(self.client, "immoweb:requests", "immoweb:dupefilter")).page(0, 1000)
        return Counter(_subject(letter.payload) or letter.reason for letter in letters)

    def _left(self) -> dict[str, int]:
        sizes = {f"immoweb:requests{part}": _size(self.client, f"immoweb:requests{part}") for part in _PARTS}
        sizes["immoweb:start_urls"] = _size(self.client, "immoweb:start_urls")
        sizes["fallback"] = self.fallback.stat().st_size if self.fallback.is_file() else 0
        return {name: size for name, size in sizes.items() if size}


def straight_to(url: str) -> redis.Redis:
    """A client that waits longer than workers do."""
    return make_redis(url, socket_timeout=10)


def _size(client: redis.Redis, key: str) -> int:
    kind = client.type(key)
    sizes = {b"zset": client.zcard, b"hash": client.hlen, b"set": client.scard, b"list": client.llen}
    return 0 if kind == b"none" else int(sizes[kind](key))


def _subject(payload: bytes) -> str | None:
    """The listing that a dead letter's request was for."""
    try:
        return str(json.loads(payload)["cb_kwargs"]["listing_id"])
    except (ValueError, KeyError, TypeError):
        return None

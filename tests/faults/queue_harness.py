"""Crawls an imaginary site with real worker processes while a test breaks things, and tells what came out."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_dead import DeadLetters
from tests.faults import queue_worker
from tests.faults.queue_worker import Site


@dataclass
class Outcome:
    """What a crawl under faults ended with."""

    lost: set[int]
    """Pages that should be stored and are not."""
    unexpected: set[int]
    refetched: int
    """Pages stored more than once, beyond the first time."""
    dead: Counter[int]
    left: dict[str, int]
    """Queue keys that are not empty."""
    kills: int
    seconds: float
    stats: list[dict[str, Any]] = field(default_factory=list)

    def total(self, name: str) -> int:
        """Sum over the workers that ended by themselves."""
        return sum(one[name] for one in self.stats)


class CrawlUnderFaults:
    """Worker processes on one site. A worker that dies is started again, as a supervisor would."""

    def __init__(self, folder: Path, url: str, *, workers: int = 3, **options: Any) -> None:
        self.options: dict[str, Any] = {
            "url": url, "pages": 2000, "poison": [], "failing": [], "retried": [], "seconds_a_page": 0.001,
            "concurrency": 16, "lease_seconds": 1.0, "max_attempts": 20, "buffer_bytes": 1 << 26,
            "socket_timeout": 0.5, "threshold": 3, "breaker_seconds": 0.5, "journal": str(folder / "fallback.json"),
            "run": "r1", "out": str(folder / "stored"), "crash_at": None,
        } | options  # fmt: skip
        self.folder, self.url = folder, url
        self.site = Site(*(self.options[name] for name in ("pages", "poison", "failing", "retried")))
        self.kills = 0
        self.stats: list[dict[str, Any]] = []
        self._began = time.monotonic()
        self._workers: dict[int, subprocess.Popen[str]] = {}
        self._wanted = range(workers)
        self._errors = (folder / "workers.log").open("a")
        self._watch()

    def stored(self) -> list[int]:
        """Pages stored so far, in order."""
        path = Path(self.options["out"])
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def wait_until_stored(self, count: int, seconds: float = 30) -> None:
        """Goes on until so many different pages are stored."""
        deadline = time.monotonic() + seconds
        while len(set(self.stored())) < count:
            self._watch()
            assert time.monotonic() < deadline, f"{len(set(self.stored()))} pages stored, not {count}: {self.log()}"
            time.sleep(0.02)

    def kill_one(self, draw: random.Random, number: signal.Signals = signal.SIGKILL) -> None:
        """One worker of those that run gets a signal."""
        self._watch()
        running = [worker for worker in self._workers.values() if worker.poll() is None]
        if running:
            draw.choice(running).send_signal(number)
            self.kills += 1

    def signal_all(self, number: signal.Signals) -> None:
        for worker in self._workers.values():
            if worker.poll() is None:
                worker.send_signal(number)

    def run_to_end(self, seconds: float = 60) -> Outcome:
        """Waits until all workers say that the crawl is over, and reads the outcome."""
        deadline = time.monotonic() + seconds
        while not self._watch():
            assert time.monotonic() < deadline, f"the crawl does not end: {self.log()}"
            time.sleep(0.02)
        return self.outcome()

    def outcome(self) -> Outcome:
        stored = Counter(self.stored())
        expected = self.site.expected()
        with redis.Redis.from_url(self.url) as client:
            queue = LeasedQueue(client, "site:requests", "site:dupefilter")
            dead = Counter(int(letter.payload) for letter in DeadLetters(queue).page(0, 1000))
            pending = queue.pending()._asdict() | {
                part: client.hlen(f"site:requests:{part}") for part in ("o", "t")
            }  # fmt: skip
        left = {name: count for name, count in pending.items() if count and name != "dead"}
        journal = Path(self.options["journal"])
        if journal.exists() and journal.stat().st_size:
            left["journal"] = journal.stat().st_size
        refetched = sum(stored.values()) - len(stored)
        took = time.monotonic() - self._began
        lost, unexpected = expected - stored.keys(), stored.keys() - expected
        return Outcome(lost, unexpected, refetched, dead, left, self.kills, took, self.stats)

    def log(self) -> str:
        """The end of what workers said."""
        return (self.folder / "workers.log").read_text()[-3000:]

    def close(self) -> None:
        for worker in self._workers.values():
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.kill()
            worker.communicate(timeout=10)
        self._errors.close()

    def _watch(self) -> bool:
        """Starts what is missing; True when every worker has ended by itself."""
        ended = 0
        for number in self._wanted:
            worker = self._workers.get(number)
            if worker is not None and worker.poll() is None:
                continue
            if worker is not None and worker.returncode == 0:
                if worker.stdout and not worker.stdout.closed:
                    self.stats.append(json.loads(worker.communicate()[0]))
                ended += 1
                continue
            if worker is not None:
                assert worker.returncode < 0, self.log()
                worker.communicate()
                self.options["crash_at"] = None  # once is enough
            self._workers[number] = subprocess.Popen(
                [sys.executable, queue_worker.__file__, json.dumps(self.options)],
                stdout=subprocess.PIPE, stderr=self._errors, text=True,
            )  # fmt: skip
        return ended == len(self._wanted)

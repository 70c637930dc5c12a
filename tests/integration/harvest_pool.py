"""A pool as a process of its own, for tests that break it; and the queue as a scout leaves it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import redis

from immobe.config import child_environment, load_config
from immobe.embedded import ServiceUrls
from immobe.harvesting.registry import Entry, harvesters
from tests.faults.crawl_servers import ReplicaServer
from tests.integration.databases import drop_database

ROOT = Path(__file__).parents[2]
LEASE_SECONDS = 1.5


@dataclass
class Pool:
    """`immobe harvest` on a queue of its own. Nothing of it starts by itself; `close` ends what runs."""

    replica: ReplicaServer
    database_url: str
    redis_url: str
    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    only_scouted: bool = True
    """Leaves alone the other platforms, which have nothing to do, unless a test names them."""
    processes: list[psutil.Popen] = field(default_factory=list)
    seen: set[psutil.Process] = field(default_factory=set)

    def run(self, *arguments: str, **variables: str) -> psutil.Popen:
        """Starts `immobe harvest`; its lines go to `log`."""
        platform = ["--platform=immoweb"] if self.only_scouted and "--platform" not in " ".join(arguments) else []
        command = [sys.executable, "-m", "immobe", "harvest", *platform, *arguments]
        return self._start(command, variables)

    def scout(self) -> None:
        """Fills the queue."""
        command = [sys.executable, "-m", "scrapy", "crawl", "immoweb", "-a", "mode=scout"]
        assert self._start(command, {}).wait(60) == 0, self.log

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def _log(self) -> Path:
        return self.folder / "pool.log"

    def workers(self) -> list[psutil.Process]:
        """Worker processes of the pool started last."""
        try:
            children = self.processes[-1].children()
        except psutil.NoSuchProcess:
            return []
        found = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
        self.seen.update(found)
        return found

    def at_work(self, number: int) -> list[psutil.Process]:
        """Goes on when so many workers crawl."""
        with closing(redis.Redis.from_url(self.redis_url)) as client:
            self.until(lambda: len(self._ready(client)) >= number, f"{number} workers at work")
        return self.workers()

    def let(self, pages: int) -> None:
        """Goes on when so many more pages were answered, and what came of them is stored."""
        goal, rows = self.replica.answered().total() + pages, self.stored() + 1
        self.replica.let(pages)
        self.until(lambda: self.replica.answered().total() >= goal, f"{pages} more pages")
        self.until(lambda: self.stored() >= rows, "a row of these")

    def until(self, found: Callable[[], object], what: str, seconds: float = 30.0) -> None:
        """Goes on when `found()` is true."""
        deadline = time.monotonic() + seconds
        while not found():
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}. {self.log[-6000:]}"
            time.sleep(0.02)

    def end(self, process: psutil.Popen, seconds: float = 30.0) -> int:
        """Its exit code; fails when it does not end, or leaves a worker behind."""
        try:
            code = int(process.wait(seconds))
        except psutil.TimeoutExpired:
            raise AssertionError(f"does not end: {self.log[-6000:]}") from None
        assert not [worker for worker in self.seen if worker.is_running()], "a worker is left"
        return code

    def stored(self) -> int:
        """Listings that were fetched."""
        return int(self._ask("SELECT count(*) FROM listings WHERE stage = 'scraped'")[0][0])

    def ended(self, mode: str) -> list[str | None]:
        """Why the runs of a mode ended, as their records say; sorted."""
        return [row[0] for row in self._ask(f"SELECT finish_reason FROM scrape_runs WHERE mode = '{mode}' ORDER BY 1")]

    def waiting(self) -> dict[str, int]:
        """{what: requests} of the queue: `exist`, `leased`, `dead`."""
        with closing(redis.Redis.from_url(self.redis_url)) as client:
            count = {"exist": client.hlen("immoweb:requests:d"), "leased": client.zcard("immoweb:requests:l")}
            return count | {"dead": client.hlen("immoweb:requests:x")}

    def queue(self, url: str) -> None:
        """As people do."""
        with closing(redis.Redis.from_url(self.redis_url)) as client:
            client.lpush("immoweb:start_urls", url)

    def registered(self) -> list[Entry]:
        """What Redis says about the pools."""
        with closing(redis.Redis.from_url(self.redis_url)) as client:
            return harvesters(client)

    def everything_is_stored(self) -> bool:
        """Every listing of the market, and the queue is empty."""
        return self.stored() == len(self.replica.truth) and self.waiting() == {"exist": 0, "leased": 0, "dead": 0}

    def environment(self, **variables: str) -> dict[str, str]:
        config = load_config(
            None,
            database_url=self.database_url,
            redis_url=self.redis_url,
            replica_url=self.replica.url,
            immobe_data_dir=self.folder,
        )
        ours = {
            "THROTTLE_ENABLED": "false",
            "QUEUE_LEASE_SECONDS": str(LEASE_SECONDS),
            "REDIS_FALLBACK_QUEUE": str(self.folder / "fallback"),
            "CRAWLER_CONCURRENT_REQUESTS": "8",
            "HARVESTER_RESTART_SECONDS": "0.2",
            "LOG_LEVEL": "INFO",
            "COLUMNS": "160",
        }
        return child_environment(config, **(ours | self.variables | variables))

    def close(self) -> None:
        for process in (*self.processes, *self.seen):
            if process.is_running():
                process.kill()
        for process in self.processes:
            process.wait()

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        url = self.database_url.replace("+psycopg2", "")
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    def _start(self, command: list[str], variables: dict[str, str]) -> psutil.Popen:
        with self._log.open("ab") as log:
            process = psutil.Popen(command, cwd=ROOT, env=self.environment(**variables), stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def _ready(self, client: redis.Redis) -> list[Entry]:
        pids = {worker.pid for worker in self.workers()}
        return [one for one in harvesters(client) if one.pid in pids and one.state in ("working", "waiting")]


@dataclass(frozen=True)
class Scouted:
    """PostgreSQL and Redis after a scout, to begin from again and again."""

    database: str
    keys: dict[bytes, bytes]

    @contextmanager
    def copy(self, services: ServiceUrls) -> Iterator[str]:
        """URL of a database like it; the session's Redis is made like it too."""
        server = services.database_url.rpartition("/")[0]
        name = f"{self.database}_copy"
        _ask(services, f"CREATE DATABASE {name} TEMPLATE {self.database}")
        with closing(redis.Redis.from_url(services.redis_url)) as client:
            client.flushall()
            for key, value in self.keys.items():
                client.restore(key, 0, value)
        try:
            yield f"{server}/{name}"
        finally:
            drop_database(partial(_ask, services), name)


@contextmanager
def scouted(services: ServiceUrls, replica: ReplicaServer, folder: Path) -> Iterator[Scouted]:
    """Runs a scout once."""
    name = "harvest_template"
    _ask(services, f"CREATE DATABASE {name}")
    try:
        with closing(redis.Redis.from_url(services.redis_url)) as client:
            client.flushall()
            replica.let(None)
            Pool(replica, f"{services.database_url.rpartition('/')[0]}/{name}", services.redis_url, folder).scout()
            keys: list[Any] = client.keys()
            dumps = {key: client.dump(key) for key in keys}
        yield Scouted(name, dumps)
    finally:
        drop_database(partial(_ask, services), name)


def _ask(services: ServiceUrls, query: str) -> None:
    with closing(psycopg2.connect(services.database_url.replace("+psycopg2", ""))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(query)

"""The whole product as plain processes, as a service manager keeps them: whatever is killed is started again alike."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import psycopg2
import redis

from immobe.config import Config, child_environment
from immobe.embedded import running_urls, service_status
from immobe.harvesting.registry import harvesters
from immobe.redis import make_redis
from tests.integration.crawls import ROOT, crawl_environment, rows, truth

SERVERS = ("PostgreSQL", "Valkey")
USER, PASSWORD = "operator", "a long enough password"
QUICK = {  # what takes a minute or more in life; each has its test with its own value
    "THROTTLE_ENABLED": "true",
    "BUDGET_JITTER": "0",
    "RUN_HEARTBEAT_SECONDS": "1",
    "METRICS_FLUSH_SECONDS": "1",
    "QUEUE_LEASE_SECONDS": "10",
    "REDIS_CIRCUIT_BREAKER_TIMEOUT": "5",
    "RETRY_BACKOFF": "1",
    "GATE_SPREAD": "1",
}
_STORED = "SELECT platform, platform_listing_id FROM listings WHERE stage = 'scraped'"


@dataclass
class Part:
    """One service: a command of ours or another's, and what it starts."""

    name: str
    command: list[str]
    environment: dict[str, str]
    folder: Path
    process: psutil.Popen | None = None

    def start(self) -> None:
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = psutil.Popen(self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def family(self) -> list[psutil.Process]:
        """It first; empty when it has ended."""
        return family_of(self.process) if self.process and self.runs() else []

    def kill(self) -> None:
        """SIGKILL to all of it at once, as systemd leaves nothing of a service whose memory ran out."""
        kill(self.family())

    def stop(self) -> None:
        """In order."""
        if self.process and self.runs():
            family = self.family()
            self.process.terminate()
            psutil.wait_procs(family, 60)
            kill(family)


@dataclass
class System:
    """`start` brings everything up, `revive` is the service manager: Restart=always."""

    config: Config
    replica_url: str
    folder: Path
    platforms: tuple[str, ...]
    variables: dict[str, str]
    parts: dict[str, Part] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    database_url: str = ""
    redis_url: str = ""

    def start(self) -> None:
        self.up()
        database, queue = running_urls(self.config)
        assert database
        assert queue
        self.database_url, self.redis_url = database, queue
        self.immobe("migrate")
        self.add("scrapyd", "scrapyd", "serve", f"--port={self._port('scrapyd')}")
        seconds_until(self.scrapyd_answers, "Scrapyd answers")
        self.immobe("scrapyd", "deploy")
        self.add("watchtower", "watchtower", f"--port={self._port('watchtower')}")
        for name in ("harvester-1", "harvester-2"):
            self.add(name, "harvest", "--workers=1", *(f"--platform={platform}" for platform in self.platforms))
        seconds_until(self.watchtower_answers, "Watchtower answers")
        seconds_until(lambda: len(self.at_work()) == 2, "two workers are at work")

    def add(self, name: str, *arguments: str, program: tuple[str, ...] = (sys.executable, "-m", "immobe")) -> Part:
        part = self.parts[name] = Part(name, [*program, *arguments], self.environment(), self.folder)
        part.start()
        return part

    def up(self) -> None:
        """Embedded servers: what was killed comes back, at its old address."""
        _run([sys.executable, "-m", "immobe", "up"], child_environment(self.config))

    def immobe(self, *arguments: str) -> str:
        """A command that ends well; its output."""
        return _run([sys.executable, "-m", "immobe", *arguments], self.environment())

    def environment(self) -> dict[str, str]:
        ours = {
            "IMMOBE_DATA_DIR": str(self.config.immobe_data_dir),
            "SCRAPYD_URL": self.scrapyd_url,
            "SCRAPYD_USERNAME": USER,
            "SCRAPYD_PASSWORD": PASSWORD,
            "LOG_LEVEL": "INFO",
        }
        return crawl_environment(
            self.replica_url, self.database_url, self.redis_url, self.folder, **(QUICK | ours | self.variables)
        )

    @property
    def scrapyd_url(self) -> str:
        return f"http://127.0.0.1:{self._port('scrapyd')}"

    @property
    def watchtower_address(self) -> str:
        return f"127.0.0.1:{self._port('watchtower')}"

    def scrapyd_answers(self) -> bool:
        return _answers(f"{self.scrapyd_url}/daemonstatus.json")

    def watchtower_answers(self) -> bool:
        return _answers(f"http://{self.watchtower_address}/ready")

    def schedule(self, platform: str, job: str, **form: str) -> None:
        """Scrapyd's own API, as other programs use it."""
        sent = {"project": "immobe", "spider": platform, "jobid": job, **form}
        url = f"{self.scrapyd_url}/schedule.json"
        answer = httpx.post(url, data=sent, auth=(USER, PASSWORD), timeout=60, trust_env=False)
        assert answer.json()["status"] == "ok", answer.text

    def kill(self, name: str) -> None:
        """A part, or a server of `SERVERS`."""
        if name in SERVERS:
            kill(self.server(name))
        else:
            self.parts[name].kill()

    def revive(self) -> list[str]:
        """Starts what has ended; its names."""
        dead = [name for name in SERVERS if not self.server(name)]
        if dead:
            self.up()
        for part in self.parts.values():
            if not part.runs():
                part.start()
                dead.append(part.name)
        return dead

    def server(self, name: str) -> list[psutil.Process]:
        """An embedded server's processes, it first; empty when it does not run."""
        pid = service_status(self.config)[SERVERS.index(name)].pid
        try:
            return family_of(psutil.Process(pid)) if pid else []
        except psutil.NoSuchProcess:
            return []

    def workers(self, harvester: str) -> list[psutil.Process]:
        return self.parts[harvester].family()[1:]

    def at_work(self) -> set[int]:
        """Process ids of the workers that crawl, as they say of themselves."""
        with self.redis() as client:
            return {one.pid for one in harvesters(client) if one.state in ("working", "waiting")}

    def redis(self) -> redis.Redis:
        return make_redis(self.redis_url, socket_timeout=5)

    def stored(self) -> set[tuple[str, str]]:
        """(platform, listing id) of what was fetched."""
        return {(row["platform"], row["platform_listing_id"]) for row in rows(self.database_url, _STORED)}

    def expected(self) -> set[tuple[str, str]]:
        """The same of what the replica shows today."""
        return {(platform, one) for platform in self.platforms for one in truth(self.replica_url, platform)}

    def nothing_to_do(self) -> bool:
        """No request is in a queue, and no order is open."""
        with self.redis() as client:
            if any(client.hlen(f"{platform}:requests:d") for platform in self.platforms):
                return False
        return not rows(self.database_url, "SELECT job FROM crawl_orders WHERE closed_at IS NULL")

    def stop(self) -> None:
        """Our processes; the servers are their owner's to stop."""
        for part in reversed(self.parts.values()):
            part.stop()

    def _port(self, name: str) -> int:
        """A free one, the same for as long as this lives."""
        if name not in self.ports:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.ports[name] = free.getsockname()[1]
        return self.ports[name]


@contextmanager
def whole_system(
    config: Config, replica_url: str, folder: Path, platforms: tuple[str, ...], **variables: str
) -> Iterator[System]:
    """It runs, for `own_services`' config; its processes are stopped at the end. Logs lie in `folder`."""
    system = System(config, replica_url, folder, platforms, variables)
    try:
        system.start()
        yield system
    finally:
        system.stop()


def family_of(process: psutil.Process) -> list[psutil.Process]:
    """It and all below it."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill(processes: list[psutil.Process]) -> None:
    """SIGKILL; goes on when all have ended."""
    for process in processes:
        if process.is_running():
            process.kill()
    _, alive = psutil.wait_procs(processes, 20)
    assert not alive, f"{alive} outlived SIGKILL"


def seconds_until(found: Callable[[], object], what: str, patience_seconds: float = 300.0) -> float:
    """How long it took until `found()` was true. A service that is away is a no."""
    began = time.monotonic()
    while not quietly(found):
        assert time.monotonic() < began + patience_seconds, f"not within {patience_seconds:.0f} s: {what}"
        time.sleep(0.2)
    return time.monotonic() - began


def quietly(found: Callable[[], object]) -> object:
    """Its answer; None while PostgreSQL or Redis is away."""
    try:
        return found()
    except (psycopg2.OperationalError, redis.ConnectionError, redis.TimeoutError):
        return None


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, auth=(USER, PASSWORD), timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout

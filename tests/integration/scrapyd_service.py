"""A real Scrapyd for tests: `immobe scrapyd serve`, on a free port, whose crawls crawl a replica."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.integration.crawls import ROOT, crawl_environment
from tests.integration.watchtower_service import until

USER, PASSWORD = "operator", "a long enough password: 100%"


@dataclass
class Service:
    """A Scrapyd in `folder`, which outlives it: a later one finds the queue and the jobs of an earlier one there."""

    folder: Path
    environment: dict[str, str]
    port: int
    process: psutil.Popen | None = None
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def temporary(self) -> Path:
        """Where Scrapyd and its crawls put their temporary files."""
        return self.folder / "temporary"

    def client(self, **options: Any) -> httpx.Client:
        made = httpx.Client(base_url=self.url, timeout=60, trust_env=False, **{"auth": (USER, PASSWORD), **options})
        self.clients.append(made)
        return made

    def start(self) -> None:
        """Until it answers."""
        command = [sys.executable, "-m", "immobe", "scrapyd", "serve", f"--port={self.port}"]
        with (self.folder / "scrapyd.out").open("ab") as output:
            self.process = psutil.Popen(command, cwd=ROOT, env=self.environment, stdout=output, stderr=output)
        until(self._answers, f"Scrapyd answers; it said {self.said()}")

    def scrapyd(self) -> psutil.Process:
        """Scrapyd itself, below our command."""
        assert self.process
        return self.process.children()[0]

    def crawls(self) -> list[psutil.Process]:
        """Crawl processes of this Scrapyd and of earlier ones that still run."""
        folder = str(self.folder / "data" / "scrapyd")
        return [p for p in psutil.process_iter(["cwd", "cmdline"]) if _is_crawl(p, folder)]

    def kill(self) -> None:
        """SIGKILL to Scrapyd alone, as the kernel does it when memory is short; its crawls are orphans."""
        self.scrapyd().kill()
        assert self.process
        assert self.process.wait(30) != 0

    def stop(self) -> int:
        """In order."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return int(self.process.wait(60))

    def said(self) -> str:
        return (self.folder / "scrapyd.out").read_text()

    def log_of(self, job: str, spider: str = "immoweb") -> str:
        return (self.folder / f"data/scrapyd/logs/immobe/{spider}/{job}.log").read_text()

    def _answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.said()
        try:
            return self.client().get("/daemonstatus.json").status_code == 200
        except httpx.HTTPError:
            return False


def immobe(service: Service, *arguments: str) -> str:
    """A command of the product that ends well, with Scrapyd's URL and credentials; its output."""
    done = subprocess.run(
        [sys.executable, "-m", "immobe", *arguments],
        cwd=ROOT,
        env=service.environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def scrapyd_of(address: str, database_url: str, redis_url: str, folder: Path, **variables: str) -> Iterator[Service]:
    """It runs; what it started is killed at the end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "IMMOBE_DATA_DIR": str(folder / "data"),
        "SCRAPYD_URL": f"http://127.0.0.1:{port}",
        "SCRAPYD_USERNAME": USER,
        "SCRAPYD_PASSWORD": PASSWORD,
        "RUN_HEARTBEAT_SECONDS": "1",
        **variables,
    }
    environment = crawl_environment(address, database_url, redis_url, folder, **settings)
    service = Service(folder, environment, port)
    service.temporary.mkdir(exist_ok=True)
    environment["TMPDIR"] = str(service.temporary)
    try:
        service.start()
        yield service
    finally:
        for client in service.clients:
            client.close()
        if service.process and service.process.poll() is None:
            service.stop()
        for crawl in service.crawls():
            crawl.kill()


def _is_crawl(process: psutil.Process, folder: str) -> bool:
    return process.info["cwd"] == folder and "scrapyd.runner" in (process.info["cmdline"] or ())

"""What tests of whole crawls share: the replica as a process, crawl processes on it, and what they must have stored."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg2
import psycopg2.extras

from immobe.config import child_environment, load_config

ROOT = Path(__file__).parents[2]
Crawl = Callable[..., list[str]]
"""The fixture `crawl`."""
Invoke = Callable[..., str]
"""The fixture `invoke`."""


@contextmanager
def replica_of(listings: int, seed: int = 3, *options: str) -> Iterator[str]:
    """The address of `immobe replica` with that market."""
    command = [
        sys.executable,
        "-m",
        "immobe",
        "replica",
        "--port=0",
        f"--listings={listings}",
        f"--seed={seed}",
        *options,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def truth(address: str, platform: str = "immoweb") -> dict[str, dict[str, Any]]:
    """{listing id: facts} of what a portal of the replica shows on its day."""
    with urlopen(f"{address}/_replica/listings?platform={platform}") as lines:
        return {(o := json.loads(line))["platform_listing_id"]: o for line in lines}


def set_day(address: str, day: int) -> None:
    body = json.dumps({"day": day}).encode()
    with urlopen(Request(f"{address}/_replica/day", body, {"Content-Type": "application/json"}, method="PUT")):
        pass


def crawl_command(platform: str, *arguments: str) -> list[str]:
    """A crawl process, with arguments of the spider."""
    return [sys.executable, "-m", "scrapy", "crawl", platform, *(f"-a{a}" for a in arguments)]


def crawl_environment(
    address: str, database_url: str, redis_url: str, folder: Path, **variables: str
) -> dict[str, str]:
    """Environment of a crawl of the replica that waits for no budget, unless `variables` say otherwise."""
    config = load_config(None, database_url=database_url, redis_url=redis_url, replica_url=address)
    defaults = {
        "REDIS_FALLBACK_QUEUE": str(folder / "fallback"),
        "THROTTLE_ENABLED": "false",
        "SCRAPY_SETTINGS_MODULE": "immobe.settings",
    }
    return child_environment(config, **(defaults | variables))


def run_crawl(
    address: str, database_url: str, redis_url: str, folder: Path, platform: str, *arguments: str, **variables: str
) -> str:
    """Runs a crawl process to its end; its log."""
    command = crawl_command(platform, *arguments)
    environment = crawl_environment(address, database_url, redis_url, folder, **({"LOG_LEVEL": "INFO"} | variables))
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return done.stderr


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A crawl process that writes its log there; it is killed if it still runs at the end."""
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=stderr)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def immobe(database_url: str, redis_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the product, run to its end."""
    environment = child_environment(load_config(None, database_url=database_url, redis_url=redis_url))
    command = [sys.executable, "-m", "immobe", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def rows(database_url: str, query: str = "SELECT * FROM listings") -> list[dict[str, Any]]:
    with (
        psycopg2.connect(database_url.replace("+psycopg2", "")) as connection,
        connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor,
    ):
        cursor.execute(query)
        return [dict(row) for row in cursor.fetchall()]


def as_json(value: Any) -> Any:
    """A stored value as the truth's JSON writes it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value

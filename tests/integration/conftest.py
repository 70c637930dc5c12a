"""Real PostgreSQL and Valkey for integration tests: one pair a session, an empty database each for every test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine
from typer.testing import CliRunner

from immobe.cli import app
from immobe.config import load_config
from immobe.crawling.keys import queue_of
from immobe.crawling.leases import LeasedQueue
from immobe.embedded import ServiceUrls, ensure_services
from immobe.redis import make_redis
from immobe.storage.engine import make_engine
from immobe.storage.schema import migrate
from tests.integration.chromium import traces as traces
from tests.integration.crawls import ROOT, Crawl, Invoke, crawl_command, crawl_environment
from tests.integration.databases import fresh_database
from tests.integration.own_services import own_services


@pytest.fixture(scope="session")
def services() -> Iterator[ServiceUrls]:
    """Servers of this test session's own, whatever the environment names; stopped and removed at the end."""
    with own_services() as config:
        yield ensure_services(config)


@pytest.fixture
def database_url(services: ServiceUrls) -> Iterator[str]:
    """URL (`postgresql+psycopg2://…`) of a fresh, empty database that is dropped after the test."""
    with fresh_database(services.database_url) as url:
        yield url


@pytest.fixture
def redis_url(services: ServiceUrls) -> str:
    """URL (`redis://…/0`) of the session's Valkey, emptied before the test."""
    with redis.Redis.from_url(services.redis_url) as client:
        client.flushall()
    return services.redis_url


@pytest.fixture
def crawl(database_url: str, redis_url: str, tmp_path: Path) -> Crawl:
    """Runs crawl processes of Immoweb side by side to their end; their logs."""

    def run(address: str, *arguments: str, processes: int = 1, **variables: str) -> list[str]:
        settings = {"LOG_LEVEL": "INFO"} | variables
        environment = crawl_environment(address, database_url, redis_url, tmp_path, **settings)
        command = crawl_command("immoweb", *arguments)
        running = [
            subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
            for _ in range(processes)
        ]
        try:
            return [process.communicate(timeout=120)[1] for process in running]
        finally:
            for process in running:
                process.kill()
                process.wait()

    return run


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The product's own engine on the test's database, which is migrated."""
    migrate(database_url)
    engine = make_engine(load_config(env_file=None), database_url)
    yield engine
    engine.dispose()


@pytest.fixture(name="redis")
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    with make_redis(redis_url) as client:
        yield client


@pytest.fixture
def queue(redis: redis.Redis) -> LeasedQueue:
    """Immoweb's, empty."""
    return queue_of(redis, "immoweb")


@pytest.fixture
def invoke(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Invoke:
    """A command of the product in this process, which ends well; its output."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.chdir(tmp_path)  # no .env of the developer's

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, arguments, env=dict(os.environ))
        assert result.exit_code == 0, result.output
        return result.output

    return run

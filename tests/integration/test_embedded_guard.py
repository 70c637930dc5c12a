"""Embedded servers that are killed come back by themselves while somebody works with them."""

import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from immobe.config import Config, child_environment
from immobe.embedded import ServiceUrls, ensure_services, killed_services, service_status, stop_services
from immobe.embedded.guard import Guard
from tests.integration.crawls import crawl_command, replica_of, rows, running, truth
from tests.integration.own_services import own_services
from tests.integration.test_worker_queue import eventually

pytestmark = pytest.mark.integration


@pytest.fixture
def config() -> Iterator[Config]:
    """Embedded services of this test's own, in a folder that everybody may enter."""
    with own_services() as config:
        yield config


@pytest.fixture
def urls(config: Config) -> ServiceUrls:
    return ensure_services(config)


@pytest.fixture
def guard(config: Config, urls: ServiceUrls) -> Iterator[Guard]:
    guard = Guard(config, urls)
    yield guard
    guard.end()
    if guard.is_alive():
        guard.join(30)


def kill(config: Config, *names: str) -> None:
    for service in service_status(config):
        if service.name in names and service.pid:
            process = psutil.Process(service.pid)
            process.kill()
            process.wait(10)


def answers(urls: ServiceUrls) -> bool:
    try:
        with redis.Redis.from_url(urls.redis_url) as client:
            client.ping()
        psycopg2.connect(urls.database_url.replace("+psycopg2", "")).close()
    except (redis.RedisError, psycopg2.OperationalError):
        return False
    return True


def test_killed_servers_come_back_where_they_were(
    config: Config, urls: ServiceUrls, guard: Guard, caplog: pytest.LogCaptureFixture
) -> None:
    guard.start()
    with redis.Redis.from_url(urls.redis_url) as client:
        client.set("kept", "yes")
        client.execute_command("WAITAOF", 1, 0, 5000)
    for names in (("Valkey",), ("PostgreSQL",), ("PostgreSQL", "Valkey")):
        kill(config, *names)
        eventually(lambda: answers(urls), 60)
        eventually(lambda names=names: all(f"{name}: started on" in caplog.text for name in names))
        caplog.clear()
    with redis.Redis.from_url(urls.redis_url) as client:
        assert client.get("kept") == b"yes"


def test_what_was_stopped_in_order_stays_down(config: Config, urls: ServiceUrls, guard: Guard) -> None:
    guard.start()
    assert stop_services(config) == ["Valkey", "PostgreSQL"]
    assert killed_services(config) == []
    guard.join(2)
    assert [service.state for service in service_status(config)] == ["stopped", "stopped"]
    again = ensure_services(config)
    kill(config, "Valkey")
    eventually(lambda: answers(again), 60)


def test_a_port_that_was_taken_meanwhile_is_told(
    config: Config, urls: ServiceUrls, guard: Guard, caplog: pytest.LogCaptureFixture
) -> None:
    kill(config, "Valkey")
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", int(urls.redis_url.rpartition(":")[2].partition("/")[0])))
        thief.listen()
        guard.start()
        eventually(lambda: "Valkey has come back at another address" in caplog.text, 60)
    assert killed_services(config) == []


def test_services_of_others_are_not_watched(config: Config, urls: ServiceUrls) -> None:
    guard = Guard(config.model_copy(update={"database_url": urls.database_url, "redis_url": urls.redis_url}), urls)
    guard.start()
    assert not guard.is_alive()


def test_a_crawl_goes_on_when_its_embedded_redis_is_killed(config: Config, urls: ServiceUrls, tmp_path: Path) -> None:
    with replica_of(60) as address:
        settings = config.model_copy(update={"replica_url": address})
        environment = child_environment(
            settings,
            THROTTLE_ENABLED="false",
            SCRAPY_SETTINGS_MODULE="immobe.settings",
            REDIS_FALLBACK_QUEUE=str(tmp_path / "fallback"),
            QUEUE_LEASE_SECONDS="5",
        )
        with running(crawl_command("immoweb"), environment, tmp_path / "log") as crawl:
            with redis.Redis.from_url(urls.redis_url) as client:
                eventually(lambda: client.zcard("immoweb:requests:w"), 60)
            kill(config, "Valkey")
            assert crawl.wait(90) == 0, (tmp_path / "log").read_text()[-3000:]
        stored = {row["platform_listing_id"] for row in rows(urls.database_url) if row["stage"] == "scraped"}
        assert stored == set(truth(address))
    assert "Valkey was killed" in (tmp_path / "log").read_text()

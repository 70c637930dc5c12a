"""The drills of docs/operations.md for Redis: killed, restored from a snapshot, emptied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from immobe.crawling.keys import queue_of
from immobe.crawling.leases_records import Entry
from tests.faults.queue_servers import ValkeyServer
from tests.integration.crawls import immobe

pytestmark = pytest.mark.integration
COUNT = 500
ENTRIES = [Entry(f"listing-{number:04d}", b'{"url": "https://www.immoweb.be/x"}') for number in range(COUNT)]


def waiting(server: ValkeyServer) -> int:
    with server.client() as client:
        return queue_of(client, "immoweb").pending().ready


def fill(server: ValkeyServer) -> None:
    with server.client() as client:
        assert sum(queue_of(client, "immoweb").enqueue(ENTRIES)) == COUNT


def test_killed_it_reads_its_log(tmp_path: Path) -> None:
    with ValkeyServer(tmp_path / "valkey") as server:
        fill(server)
        with server.client() as client:
            client.execute_command("WAITAOF", 1, 0, 5000)  # within the second that everysec may lose
        server.restart()
        assert waiting(server) == COUNT


def test_a_damaged_log_is_replaced_by_the_snapshot(tmp_path: Path) -> None:
    with ValkeyServer(tmp_path / "valkey") as server:
        fill(server)
        with server.client() as client:
            client.save()
        server.kill()
        server.log_file().write_bytes(b"not a log")
        shutil.rmtree(server.folder / "appendonlydir")
        server.appendonly = False
        server.start()
        assert waiting(server) == COUNT
        with server.client() as client:
            client.config_set("appendonly", "yes")
            while client.info("persistence")["aof_rewrite_in_progress"]:
                pass
        server.kill()
        server.appendonly = True
        server.start()
        assert waiting(server) == COUNT, "from the new log"


def test_emptied_it_is_filled_from_postgresql(engine: Engine, database_url: str, redis_url: str) -> None:
    assert immobe(database_url, redis_url, "replica", "load", "--listings=100").returncode == 0
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE listings SET stage = 'discovered', scraped_at = NULL WHERE platform = 'immoweb'")
        )
        count = connection.execute(text("SELECT count(*) FROM listings WHERE platform = 'immoweb'")).scalar_one()
    done = immobe(database_url, redis_url, "reconcile", "immoweb")
    assert (done.returncode, done.stdout) == (0, f"immoweb: {count} queued again.\n"), done.stderr

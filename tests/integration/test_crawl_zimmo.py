"""Zimmo as it may be met: behind a wall, or with listing pages of a layout that nobody has described."""

import json
import signal
import time
from pathlib import Path

import pytest
import redis

from immobe.redis.namespace import namespace
from tests.integration.crawls import crawl_command, crawl_environment, replica_of, rows, running

pytestmark = pytest.mark.integration
COMMAND = crawl_command("zimmo", "scope=type=house transaction=sale")


def test_a_wall_makes_the_platform_rest_and_say_so(database_url: str, redis_url: str, tmp_path: Path) -> None:
    client = redis.Redis.from_url(redis_url)
    with replica_of(60, 3, "--faults=zimmo:cloudflare=100%/always") as address:
        key = f"{namespace(address)}:blocks:zimmo"
        with running(
            COMMAND, crawl_environment(address, database_url, redis_url, tmp_path), tmp_path / "log"
        ) as process:
            ends = time.monotonic() + 60
            while not client.get(key):
                assert time.monotonic() < ends, "the circuit never opens"
                assert process.poll() is None, (tmp_path / "log").read_text()[-2000:]
                time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    circuit = json.loads(client.get(key) or "{}")
    assert (circuit["kind"], circuit["step"]) == ("cloudflare", 1)
    assert circuit["until"] > time.time()
    log = (tmp_path / "log").read_text()
    assert "cloudflare" in log
    assert "zimmo" in log
    assert rows(database_url) == []
    assert rows(database_url, "SELECT * FROM quarantine") == []


def test_pages_of_another_layout_are_kept_with_the_name_of_what_they_lack(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    with (
        replica_of(60, 3, "--faults=zimmo:listing:marker=100%/always") as address,
        running(COMMAND, crawl_environment(address, database_url, redis_url, tmp_path), tmp_path / "log") as process,
    ):
        assert process.wait(120) == 0, (tmp_path / "log").read_text()[-2000:]
    found = rows(database_url)
    assert found
    assert {row["stage"] for row in found} <= {"discovered", "rejected"}
    kept = rows(database_url, "SELECT reasons FROM quarantine")
    assert len(kept) == len(found)
    assert all("element_missing: the page lacks section#main-features" in row["reasons"][0] for row in kept)
    assert all(row["postal_code"] for row in found), "what the cards say is not lost"

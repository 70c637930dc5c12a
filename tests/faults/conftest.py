"""Servers and crawls that fault tests may break; what they found becomes a row of `scripts/faults.sh`'s table."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.faults.crawl_harness import MarketCrawl, Outcome, straight_to
from tests.faults.crawl_servers import PostgresServer, ReplicaServer, SmallDisks
from tests.faults.queue_servers import ValkeyServer

CheckOutcome = Callable[..., None]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The fault tests' own PostgreSQL; a test that breaks it leaves it running."""
    with tempfile.TemporaryDirectory(prefix="immobe-faults-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)  # as root, the server runs as another user that must get in
        server = PostgresServer(Path(folder) / "data")
        yield server
        server.stop()


@pytest.fixture
def small_disks(postgres: PostgresServer) -> Iterator[SmallDisks]:
    """Disks that get full, where the servers can reach them."""
    with tempfile.TemporaryDirectory(prefix="immobe-faults-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        disks = SmallDisks(Path(folder))
        yield disks
        disks.close()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    """A Valkey of this test's own."""
    with ValkeyServer(tmp_path / "valkey") as server:
        yield server


@pytest.fixture(scope="session")
def small_market() -> Iterator[ReplicaServer]:
    """300 listings."""
    with ReplicaServer(300) as server:
        yield server


@pytest.fixture
def replica(small_market: ReplicaServer) -> ReplicaServer:
    """The small market behind a shut gate, nothing counted."""
    small_market.reset()
    return small_market


@pytest.fixture
def crawl(
    replica: ReplicaServer, postgres: PostgresServer, valkey: ValkeyServer, tmp_path: Path
) -> Iterator[MarketCrawl]:
    """A crawl of the replica without workers yet. At the end of the test no process of it is left."""
    postgres.start()  # a test that failed may have left it dead
    database_url = postgres.database()
    with straight_to(valkey.url) as client:
        crawl = MarketCrawl(replica, valkey.url, database_url, tmp_path, client)
        yield crawl
        crawl.close()
    postgres.drop(database_url)
    left = [p for p in psutil.Process().children(recursive=True) if "scrapy" in _command(p)]
    assert left == [], "no worker is left"


@pytest.fixture
def sound(crawl: MarketCrawl, record_property: Callable[[str, object], None]) -> CheckOutcome:
    """Checks what a crawl ended with, and notes it for the table."""

    def check(outcome: Outcome, *, fault: str, refetched: int, dead: tuple[str, ...] = ()) -> None:
        figures = {
            "fault": fault,
            "times": crawl.faults,
            "listings": len(crawl.replica.truth),
            "lost": len(outcome.lost),
            "double": outcome.double,
            "refetched": outcome.refetched,
            "allowed": refetched,
        }
        if crawl.recovery_seconds is not None:
            figures["recovery_seconds"] = round(crawl.recovery_seconds, 1)
        for name, figure in figures.items():
            record_property(name, figure)
        assert outcome.lost == set()
        assert outcome.unexpected == set()
        assert outcome.double == outcome.quarantined == 0
        assert outcome.left == {}
        assert sorted(outcome.dead.elements()) == sorted(dead)
        assert outcome.refetched <= refetched

    return check


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""

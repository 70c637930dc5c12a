"""scripts/optimize_database.py: it builds what lacks, changes nothing twice, and says which index serves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from immobe.config import child_environment, load_config
from immobe.embedded import ServiceUrls
from immobe.errors import ServiceError
from immobe.replica.load import Synthetic, load
from immobe.storage.common_queries import COMMON_QUERIES, sample
from immobe.storage.explaining import plans
from immobe.storage.maintenance import build, maintaining, missing_indexes, rooms
from immobe.storage.schema import migrate
from tests.integration.databases import fresh_database

pytestmark = pytest.mark.integration
SCRIPT = Path(__file__).parents[2] / "scripts/optimize_database.py"


@pytest.fixture(scope="module")
def database(services: ServiceUrls) -> Iterator[str]:
    with fresh_database(services.database_url) as url:
        migrate(url)
        engine = create_engine(url)
        load(engine, Synthetic(10_000, 5, datetime.now(UTC)), progress=lambda count: None)
        engine.dispose()
        yield url


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = create_engine(database)
    yield engine
    engine.dispose()


def optimize(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = child_environment(load_config(None, database_url=url))
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def definitions(engine: Engine) -> set[str]:
    query = "SELECT indexdef FROM pg_indexes JOIN pg_class c ON c.relname = indexname JOIN pg_index i"
    with engine.connect() as connection:
        return set(
            connection.scalars(text(f"{query} ON i.indexrelid = c.oid WHERE schemaname = 'public' AND indisvalid"))
        )


def test_what_lacks_is_built_as_the_migrations_would(database: str, engine: Engine) -> None:
    before = definitions(engine)
    with maintaining(database) as connection:
        lost = ("point", "kind_by_price", "comparable", "newest")
        connection.execute(text("DROP INDEX " + ", ".join(f"ix_listings_{name}" for name in lost)))
    with pytest.raises(ServiceError), maintaining(database) as connection:
        # Leaves an invalid one, as a build that is broken off does.
        connection.execute(text("CREATE UNIQUE INDEX CONCURRENTLY ix_listings_newest ON listings (platform)"))
    told = optimize(database, "--check")
    assert told.returncode == 1
    assert told.stdout.count(": lacks") == 4
    assert definitions(engine) < before, "a check builds nothing"
    done = optimize(database)
    assert (done.returncode, done.stdout.count("index ix_listings_")) == (0, 4), done.stderr
    assert definitions(engine) == before
    again = optimize(database)
    assert (again.returncode, "index ix_listings_" in again.stdout, "vacuum listings: done" in again.stdout) == (
        0, False, True,
    )  # fmt: skip
    assert optimize(database, "--check").returncode == 0
    assert optimize(database, "--check", "--analyze").returncode == 2


def test_what_cannot_be_built_is_told(database: str, engine: Engine) -> None:
    with maintaining(database) as connection:
        connection.execute(text("DROP INDEX ix_listings_waiting"))
        [lost] = missing_indexes(connection)
        assert lost.name == "ix_listings_waiting"
        build(connection, lost)
        assert missing_indexes(connection) == []
        connection.execute(text("SELECT pg_advisory_lock(466624)"))
        busy = optimize(database)
        assert (busy.returncode, "another process" in busy.stderr) == (1, True)


def test_an_empty_database_and_none_at_all(database_url: str) -> None:
    assert "immobe migrate" in optimize(database_url).stderr
    migrate(database_url)
    empty = optimize(database_url, "--analyze")
    assert (empty.returncode, "no listings" in empty.stderr) == (1, True)
    nowhere = optimize("postgresql://nobody@127.0.0.1:1/none")
    assert (nowhere.returncode, "PostgreSQL" in nowhere.stderr) == (1, True)


def test_room_is_told(database: str) -> None:
    with maintaining(database) as connection:
        connection.execute(text("VACUUM ANALYZE listings"))
        [listings] = [room for room in rooms(connection) if room.table == "listings"]
    assert listings.rows == 10_000
    assert listings.table_bytes > 5_000_000
    assert 0 <= listings.bloat < 0.6


def test_an_index_serves_every_query_that_somebody_waits_for(database: str, engine: Engine) -> None:
    with maintaining(database) as connection:
        connection.execute(text("VACUUM ANALYZE listings"))
    found = sample(engine)
    for query in COMMON_QUERIES:
        explained = plans(engine, lambda e, query=query: query.ask(e, found))  # type: ignore[misc]
        assert explained, f"{query.name} asks nothing"
        if query.is_interactive and not query.reads_much:
            scanned = {name for plan in explained for name in plan.scanned}
            assert not scanned & {"listings", "listing_events"}, f"{query.name} reads {scanned} from end to end"
    shown = optimize(database, "--analyze")
    assert shown.returncode == 0, shown.stderr
    assert all(f"ix_listings_{name}" in shown.stdout for name in ("newest", "point", "comparable", "kind_by_price"))

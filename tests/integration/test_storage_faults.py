"""Bad rows, broken connections, locks: what is stored, what is told, what is lost (nothing)."""

import asyncio
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import psycopg2
import pytest
from sqlalchemy import Engine

from immobe.config import load_config
from immobe.errors import ServiceError
from immobe.items import DetectedListing, Listing, MappedListing, RawListing, RemovedListing
from immobe.storage.batching import BatchWriter
from immobe.storage.engine import make_engine
from immobe.storage.schema import migrate
from immobe.storage.writer import ListingWriter

pytestmark = [pytest.mark.integration, pytest.mark.faults]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE = 20.0
ENDLESS: dict[str, Any] = {}
ENDLESS["itself"] = ENDLESS


def page(listing_id: str, payload: dict[str, Any] | None = None, **values: Any) -> MappedListing:
    url = f"https://example.org/{listing_id}"
    given: dict[str, Any] = {"platform": "immoweb", "platform_listing_id": listing_id, "url": url}
    listing = Listing(**given | {"mapper_version": "1", "fetched_at": NOW} | values)
    return MappedListing(listing, RawListing("immoweb", listing_id, url, payload or {"id": listing_id}, NOW, "c"))


def card(listing_id: str, **values: Any) -> DetectedListing:
    return DetectedListing("immoweb", listing_id, f"https://example.org/{listing_id}", NOW, "c", values)


class Database:
    """A migrated database, with an administrator who can break it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = url.rpartition("/")[2]
        self._engines: list[Engine] = []

    def engine(self, **settings: Any) -> Engine:
        self._engines.append(make_engine(load_config(env_file=None, **settings), self.url))
        return self._engines[-1]

    def connect(self, database: str | None = None) -> Any:
        server = self.url.replace("+psycopg2", "").rpartition("/")[0]
        return closing(psycopg2.connect(f"{server}/{database or self.name}"))

    def ask(self, query: str, database: str | None = None) -> list[tuple[Any, ...]]:
        with self.connect(database) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall()) if cursor.description else []

    def ids(self) -> list[str]:
        return [row[0] for row in self.ask("SELECT platform_listing_id FROM listings ORDER BY id")]

    def reasons(self) -> list[list[str]]:
        return [row[0] for row in self.ask("SELECT reasons FROM quarantine")]

    def shut(self) -> None:
        """Nobody gets in, and whoever is in is thrown out: for this database the server is down."""
        self.ask(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false", "postgres")
        self.ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'", "postgres")

    def open(self) -> None:
        self.ask(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS true", "postgres")

    def waiting_for_a_lock(self) -> list[int]:
        return [pid for (pid,) in self.ask(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )]  # fmt: skip

    def dispose(self) -> None:
        for engine in self._engines:
            engine.dispose()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    migrate(database_url)
    database = Database(database_url)
    yield database
    database.dispose()


def until(found: Callable[[], Any]) -> Any:
    """Asks until the answer is true."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := found()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
    return answer


def test_a_bad_row_among_fifty_is_the_only_one_lost(database: Database) -> None:
    items = [page(f"{n:02}") for n in range(50)]
    items[17] = page("17", construction_year=10**12)
    results = ListingWriter(database.engine()).write(items)
    assert [n for n, result in enumerate(results) if result] == [17]
    assert isinstance(results[17], psycopg2.errors.NumericValueOutOfRange)
    assert sorted(database.ids()) == [f"{n:02}" for n in range(50) if n != 17]
    assert database.reasons() == [["database:numeric_value_out_of_range"]]


@pytest.mark.parametrize(
    ("bad", "reasons"),
    [
        (card("bad", price_eur="cheap"), [["database:invalid_text_representation"]]),
        (card("bad", status="vanished"), [["database:check_violation ck_listings_status"]]),
        # What cannot even be quarantined is only logged.
        (RemovedListing("immoweb", "bad", "u", "http_404", "no time", "c"), []),  # type: ignore[arg-type]
        (page("bad", ENDLESS), []),
    ],
)
def test_every_kind_of_bad_row_falls_alone(database: Database, bad: Any, reasons: list[list[str]]) -> None:
    results = ListingWriter(database.engine()).write([card("a"), bad, card("b")])
    assert [result is None for result in results] == [True, False, True]
    assert database.ids() == ["a", "b"]
    assert database.reasons() == reasons


def test_a_row_that_cannot_even_be_quarantined_sinks_nobody(database: Database) -> None:
    too_long_to_index = secrets.token_hex(8000)
    results = ListingWriter(database.engine()).write([card("a"), card(too_long_to_index), card("b")])
    assert [result is None for result in results] == [True, False, True]
    assert database.ids() == ["a", "b"]


def test_characters_that_postgresql_cannot_hold_are_dropped(database: Database) -> None:
    odd = "\x00 \ud83c"
    items = [
        page("1", {"text": odd, odd: 1}, title={"fr": "Mai\x00son"}, street="Rue \x00Haute"),
        card(f"2{odd}", locality=odd),
    ]
    assert ListingWriter(database.engine()).write(items) == [None, None]
    assert database.ask("SELECT title, street FROM listings ORDER BY id LIMIT 1") == [({"fr": "Maison"}, "Rue Haute")]
    assert database.ids() == ["1", "2 ?"]


def test_a_missing_schema_asks_for_the_migration(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(ServiceError, match="immobe migrate"):
        ListingWriter(database.engine()).write([card("1")])
    database.dispose()


def test_a_server_that_is_away_is_a_service_error_and_then_forgotten(database: Database) -> None:
    writer = ListingWriter(database.engine())
    writer.write([card("1")])
    database.shut()
    with pytest.raises(ServiceError):
        writer.write([card("2")])
    database.open()
    assert writer.write([card("2")]) == [None]
    assert database.ids() == ["1", "2"]


def test_a_connection_lost_in_the_middle_stores_nothing(database: Database) -> None:
    writer = ListingWriter(database.engine())
    with database.connect() as blocker, ThreadPoolExecutor(1) as pool:
        blocker.cursor().execute("LOCK TABLE listing_payloads")  # the rows are written, their payloads wait
        writing = pool.submit(writer.write, [page("1"), page("2")])
        (pid,) = until(database.waiting_for_a_lock)
        database.ask(f"SELECT pg_terminate_backend({pid})")
        with pytest.raises(ServiceError):
            writing.result(PATIENCE)
    assert database.ids() == []
    assert writer.write([page("1"), page("2")]) == [None, None]
    assert database.ids() == ["1", "2"]


def test_a_lock_is_not_waited_for_for_ever(database: Database) -> None:
    writer = ListingWriter(database.engine(database_statement_timeout=0.2))
    with database.connect() as blocker:
        blocker.cursor().execute("LOCK TABLE listings")
        with pytest.raises(ServiceError, match="lock timeout"):
            writer.write([card("1")])
    assert writer.write([card("1")]) == [None]


def test_a_pool_without_connections_is_a_service_error(database: Database) -> None:
    engine = database.engine(database_pool_size=1, database_max_overflow=0, database_pool_timeout=0.05)
    with engine.connect(), pytest.raises(ServiceError, match="DATABASE_POOL_SIZE"):
        ListingWriter(engine).write([card("1")])


def test_the_victim_of_a_deadlock_tries_again(database: Database) -> None:
    writer = ListingWriter(database.engine())
    writer.write([card("a"), card("b")])
    touch = "UPDATE listings SET correlation_id = 'other' WHERE platform_listing_id = %s"
    with database.connect() as other, ThreadPoolExecutor(1) as pool:
        cursor = other.cursor()
        cursor.execute(touch, ("b",))
        writing = pool.submit(writer.write, [page("a"), page("b")])
        until(database.waiting_for_a_lock)
        cursor.execute(touch, ("a",))  # each waits for the other; the writer notices first
        other.commit()
        assert writing.result(PATIENCE) == [None, None]
    assert database.ask("SELECT DISTINCT stage FROM listings") == [("scraped",)]


def test_writers_of_the_same_listings_in_opposite_order_do_not_lock_each_other_out(database: Database) -> None:
    writer = ListingWriter(database.engine())
    forth = [page(f"{n:03}") if n % 2 else card(f"{n:03}") for n in range(60)]
    start = threading.Barrier(4)

    def write(items: list[Any]) -> None:
        start.wait(PATIENCE)
        for _ in range(10):
            assert not any(writer.write(items))

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(write, items) for items in (forth, forth[::-1]) * 2]:
            done.result(PATIENCE)
    assert len(database.ids()) == 60
    (deadlocks,) = database.ask("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert deadlocks == (0,)


async def test_callers_wait_while_the_database_is_away_and_nothing_is_lost(database: Database) -> None:
    batches = BatchWriter(ListingWriter(database.engine()), batch_size=10, batch_seconds=0.1)
    await batches.write(page("before"))
    await asyncio.to_thread(database.shut)
    waiting = [asyncio.create_task(batches.write(page(f"{n:02}"))) for n in range(30)]
    await asyncio.to_thread(until, lambda: batches._outage_since)  # the first attempt has failed
    assert not any(task.done() for task in waiting)
    await asyncio.to_thread(database.open)
    await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE)
    await batches.close()
    assert sorted(database.ids()) == [*(f"{n:02}" for n in range(30)), "before"]


async def test_a_frozen_server_holds_up_callers_but_not_the_event_loop(database: Database) -> None:
    batches = BatchWriter(ListingWriter(database.engine(database_pool_size=1)), batch_size=1, batch_seconds=0.1)
    await batches.write(page("before"))
    ((backend,),) = database.ask("SELECT pid FROM pg_stat_activity WHERE application_name = 'immobe'")
    os.kill(backend, signal.SIGSTOP)
    try:
        waiting = asyncio.create_task(batches.write(page("during")))
        for _ in range(20):  # the loop goes on
            await asyncio.sleep(0.005)
        assert not waiting.done()
    finally:
        os.kill(backend, signal.SIGCONT)
    await asyncio.wait_for(waiting, PATIENCE)
    await batches.close()
    assert database.ids() == ["before", "during"]

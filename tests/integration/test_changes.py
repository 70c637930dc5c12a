"""The feed of changes: whoever follows it has the table, whatever order transactions commit in."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, text

from immobe.items import DetectedListing, Stage
from immobe.storage import changes as feed
from immobe.storage.changes import FIELDS, Cursor, StartAnew, changes
from immobe.storage.clearing import clear_listings
from immobe.storage.queries import stream_listings
from immobe.storage.schema import alembic_config, connected, migrate
from immobe.storage.search_terms import SearchTerms
from immobe.storage.writer import ListingWriter

pytestmark = pytest.mark.integration
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ADD = """
    INSERT INTO listings (stage, first_seen_at, last_seen_at, platform, platform_listing_id, url)
    VALUES ('discovered', now(), now(), 'immoweb', :id, 'https://example.org/' || :id)
"""
Key = tuple[str, str]


class Reader:
    """A client that keeps a copy of the table."""

    def __init__(self, engine: Engine, limit: int = 3) -> None:
        self._engine, self._limit = engine, limit
        self.cursor: Cursor | None = None
        self.copy: dict[Key, dict[str, Any]] = {}
        self.told: list[Key] = []

    def read(self) -> bool:
        """One page; whether there is more."""
        page = changes(self._engine, self.cursor, limit=self._limit)
        for change in page.changes:
            key = (change.platform, change.platform_listing_id)
            self.told.append(key)
            if change.listing is None:
                self.copy.pop(key, None)
            else:
                self.copy[key] = change.listing
        self.cursor = Cursor.parse(str(page.cursor))
        return page.more

    def catch_up(self) -> list[Key]:
        """All pages there are; which listings they told of."""
        self.told = []
        while self.read():
            assert self.told, "a page that leads on tells something"
        return self.told


def table(engine: Engine) -> dict[Key, dict[str, Any]]:
    rows = stream_listings(engine, SearchTerms(stage=list(Stage)), columns=FIELDS)
    return {(row["platform"], row["platform_listing_id"]): row for row in rows}


def add(connection: Connection, listing_id: str) -> None:
    connection.execute(text(ADD), {"id": listing_id})


def keys(*ids: str) -> list[Key]:
    return [("immoweb", one) for one in ids]


def test_a_transaction_that_commits_late_is_not_skipped(engine: Engine) -> None:
    """By id and by time its row comes first; it is committed last."""
    reader = Reader(engine)
    with engine.connect() as early, engine.connect() as late:
        add(early, "1")
        add(late, "2")
        late.commit()
        assert reader.catch_up() == keys("2")
        assert reader.catch_up() == []
        early.commit()
    assert reader.catch_up() == keys("1")
    assert reader.copy == table(engine)


def test_what_is_changed_at_this_moment_is_told_as_it_was_and_then_as_it_is(engine: Engine) -> None:
    with engine.begin() as connection:
        add(connection, "1")
    reader = Reader(engine)
    with engine.connect() as changing:
        changing.execute(text("UPDATE listings SET price_eur = 1"))
        reader.catch_up()
        before = reader.copy
        changing.commit()
    assert reader.catch_up() == keys("1")
    assert (before.keys(), reader.copy) == ({("immoweb", "1")}, table(engine))


def test_what_was_rolled_back_is_never_told(engine: Engine) -> None:
    reader = Reader(engine)
    with engine.connect() as connection:
        add(connection, "1")
        assert reader.catch_up() == []
    assert reader.catch_up() == []


def test_a_listing_is_told_once_at_its_latest(engine: Engine) -> None:
    writer, reader = ListingWriter(engine), Reader(engine, limit=2)
    writer.write([DetectedListing("immoweb", str(n), f"https://example.org/{n}", NOW, "c") for n in range(5)])
    with engine.begin() as connection:
        connection.execute(text("UPDATE listings SET price_eur = 7 WHERE platform_listing_id = '2'"))
    assert sorted(reader.catch_up()) == keys("0", "1", "2", "3", "4")
    assert reader.copy == table(engine)


def test_deletions_are_told_also_of_a_whole_table(engine: Engine) -> None:
    with engine.begin() as connection:
        for listing_id in "123":
            add(connection, listing_id)
    reader = Reader(engine)
    reader.catch_up()
    clear_listings(engine, "immoweb")
    with engine.begin() as connection:
        add(connection, "2")
    assert sorted(reader.catch_up()) == keys("1", "2", "3")
    assert reader.copy == table(engine)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE listings CASCADE"))
    assert reader.catch_up() == keys("2")
    assert reader.copy == {}


def test_platforms_and_fields_are_chosen(engine: Engine) -> None:
    seen = [DetectedListing(name, "1", "https://example.org/1", NOW, "c") for name in ("immoweb", "zimmo")]
    ListingWriter(engine).write(seen)
    page = changes(engine, None, platforms=["zimmo"], fields=("url",))
    assert [tuple(change) for change in page.changes] == [("zimmo", "1", {"url": "https://example.org/1"})]


def test_a_cursor_from_before_forgotten_deletions_must_start_anew(engine: Engine) -> None:
    with engine.begin() as connection:
        for listing_id in "1234":
            add(connection, listing_id)
    stale, current = Reader(engine), Reader(engine)
    stale.catch_up()
    current.catch_up()
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM listings WHERE platform_listing_id = '2'"))
    current.catch_up()
    feed.publish(engine, kept=timedelta(0))
    with pytest.raises(StartAnew):
        stale.read()
    assert current.catch_up() == []
    anew = Reader(engine, limit=1)
    anew.catch_up()  # in pages that lie before the deletion
    assert anew.copy == current.copy == table(engine)


@pytest.mark.parametrize("change", [{"database": "0" * 12}, {"position": 2**62}])
def test_a_cursor_of_another_database_must_start_anew(engine: Engine, change: dict[str, Any]) -> None:
    here = changes(engine, None).cursor
    own = {name: getattr(here, name) for name in ("database", "position", "dropped")}
    with pytest.raises(StartAnew):
        changes(engine, Cursor(**own | change))


def test_what_was_there_before_the_feed_is_in_it(engine: Engine, database_url: str) -> None:
    with connected(database_url) as connection:
        command.downgrade(alembic_config(connection), "0013")
    with engine.begin() as connection:
        for listing_id in "123":
            add(connection, listing_id)
    migrate(database_url)
    reader = Reader(engine)
    assert reader.catch_up() == keys("1", "2", "3")
    assert reader.copy == table(engine)


class World:
    """Transactions that overlap, as processes of a crawl have them; whatever they do is random."""

    def __init__(self, engine: Engine, chance: random.Random) -> None:
        self._engine, self._chance = engine, chance
        self.open: list[tuple[Connection, set[str]]] = []

    def step(self) -> None:
        chance = self._chance
        actions: list[Callable[[], None]] = [self._begin, self._change, self._change, self._change, self._end]
        chance.choice(actions)()

    def _begin(self) -> None:
        if len(self.open) < 4:
            self.open.append((self._engine.connect(), set()))

    def _change(self) -> None:
        """Of listings that no other transaction has in hand: nobody waits here."""
        if not self.open:
            return
        connection, mine = self._chance.choice(self.open)
        taken = set().union(*(ids for _, ids in self.open)) - mine
        free = [str(n) for n in range(12) if str(n) not in taken]
        if not free:
            return
        listing_id = self._chance.choice(free)
        mine.add(listing_id)
        count = text("SELECT count(*) FROM listings WHERE platform_listing_id = :id")
        known = connection.scalar(count, {"id": listing_id})
        if not known:
            add(connection, listing_id)
        elif self._chance.random() < 0.3:
            connection.execute(text("DELETE FROM listings WHERE platform_listing_id = :id"), {"id": listing_id})
        else:
            change = "UPDATE listings SET price_eur = :price WHERE platform_listing_id = :id"
            connection.execute(text(change), {"id": listing_id, "price": self._chance.randrange(1, 10**6)})

    def _end(self) -> None:
        if self.open:
            connection, _ = self.open.pop(self._chance.randrange(len(self.open)))
            if self._chance.random() < 0.8:
                connection.commit()
            connection.close()

    def end(self) -> None:
        while self.open:
            self._end()


@pytest.mark.parametrize("seed", range(8))
def test_a_reader_ends_with_exactly_the_table(engine: Engine, seed: int) -> None:
    """Readers that come when they like, in pages, beside transactions in any order; one comes at the end."""
    chance = random.Random(seed)
    world = World(engine, chance)
    readers = [Reader(engine, limit=2), Reader(engine, limit=5)]
    for _ in range(150):
        world.step()
        if chance.random() < 0.3:
            chance.choice(readers).read()
    world.end()
    for reader in [*readers, Reader(engine)]:
        told = reader.catch_up()
        assert len(told) == len(set(told)), "each listing once"
        assert reader.copy == table(engine)
        assert reader.catch_up() == []

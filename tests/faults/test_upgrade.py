"""A new release's migration while workers of the old one crawl: they go on, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import text

from immobe.errors import ServiceError
from immobe.storage import schema
from tests.faults.crawl_harness import LONG_LEASE, MarketCrawl

pytestmark = [pytest.mark.integration, pytest.mark.faults]
Sound = Callable[..., None]
# As docs/operations.md says: it only adds, may be run twice, and builds its index without locking writers out.
REVISION = """
from alembic import op

revision, down_revision = "next", "{head}"


def upgrade():
    op.execute("ALTER TABLE listings ADD COLUMN IF NOT EXISTS next_release text DEFAULT 'unread' NOT NULL")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_listings_next_release")
        op.execute("CREATE INDEX CONCURRENTLY ix_listings_next_release ON listings (next_release)")
"""


def upgrade_to_next_release(database_url: str, folder: Path) -> None:
    """The release after this one, which knows one revision more."""
    versions = folder / "versions"
    versions.mkdir(exist_ok=True)
    (versions / "next.py").write_text(REVISION.format(head=schema.head_revision()))
    with schema.connected(database_url) as connection:
        config = schema.alembic_config(connection)
        ours = Path(config.get_main_option("script_location") or "") / "versions"
        config.set_main_option("version_locations", f"{ours}:{versions}")
        schema.upgrade(connection, config)


def test_workers_of_the_old_release_go_on(crawl: MarketCrawl, sound: Sound, tmp_path: Path) -> None:
    crawl.begin(2, **LONG_LEASE)
    crawl.let_and_store(60, rows=20)
    crawl.let(None)  # they write all the time
    upgrade_to_next_release(crawl.database_url, tmp_path)
    assert crawl.stored() < len(crawl.replica.truth), "it came in the middle of the crawl"
    sound(crawl.run_to_end(), fault="a migration under a crawl", refetched=0)
    marked = crawl.ask("SELECT count(*) FROM listings WHERE next_release = 'unread'")
    assert marked[0][0] == len(crawl.replica.truth)
    assert crawl.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_listings_next_release'::regclass") == [
        (True,)
    ]


def test_it_gives_way_to_a_lock_and_changes_nothing_when_none_is_free(
    crawl: MarketCrawl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_LOCK_WAIT", "200ms")
    monkeypatch.setattr(schema, "_ATTEMPTS", 2)
    with closing(psycopg2.connect(crawl.database_url.replace("+psycopg2", ""))) as reader:
        with reader.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM listings")  # a long transaction that has read the table
        with pytest.raises(ServiceError, match="no lock was free"):
            upgrade_to_next_release(crawl.database_url, tmp_path)
    with schema.connected(crawl.database_url) as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        assert found == schema.head_revision()
        assert not connection.execute(
            text("SELECT 1 FROM information_schema.columns WHERE column_name = 'next_release'")
        ).first()
    upgrade_to_next_release(crawl.database_url, tmp_path)


def test_the_schema_is_never_waited_for_longer_than_writers_wait(crawl: MarketCrawl) -> None:
    """Every revision runs under this limit, whichever release wrote it."""
    with schema.connected(crawl.database_url) as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        connection.commit()
        schema.upgrade(connection, schema.alembic_config(connection))
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "2s"

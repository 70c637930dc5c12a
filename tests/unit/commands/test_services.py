"""`immobe up`, `down`, `status` and `doctor`, with services that are only named."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import typer
from typer.testing import CliRunner, Result

from immobe.commands import doctor, services
from immobe.commands.doctor import Finding
from immobe.config import Config, load_config
from immobe.storage import schema

DATABASE_URL = "postgresql+psycopg2://immobe:hidden@127.0.0.1:1/immobe"
REDIS_URL = "redis://:hidden@127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def named_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` in sight, a data folder of the test's own, and services that are not there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IMMOBE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", DATABASE_URL)
    monkeypatch.setenv("REDIS_URL", REDIS_URL)
    for name in ("REPLICA_URL", "CRAWLER_CONTACT", "THROTTLE_ENABLED"):
        monkeypatch.delenv(name, raising=False)


def run(command: Callable[[], None]) -> Result:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, [])


def findings(check: doctor.Check, **settings: object) -> list[tuple[str, str]]:
    return [(finding.level, finding.text) for finding in check(load_config(env_file=None, **settings))]


def only(monkeypatch: pytest.MonkeyPatch, *found: Finding) -> None:
    def check(config: Config) -> Iterator[Finding]:
        yield from found

    monkeypatch.setattr(doctor, "CHECKS", [("one", check)])


def test_up_prints_named_services_and_starts_nothing(tmp_path: Path) -> None:
    result = run(services.up)
    assert result.exit_code == 0
    assert result.stdout == f"DATABASE_URL={DATABASE_URL}\nREDIS_URL={REDIS_URL}\n"
    assert not (tmp_path / "data").exists()


def test_down_without_anything_running_is_fine() -> None:
    result = run(services.down)
    assert (result.exit_code, result.stdout) == (0, "No embedded service was running.\n")


def test_status_hides_passwords() -> None:
    result = run(services.status)
    assert result.exit_code == 0
    assert "external" in result.stdout
    assert "127.0.0.1:1" in result.stdout
    assert "hidden" not in result.stdout


@pytest.mark.parametrize(("level", "code"), [("ok", 0), ("warn", 0), ("fail", 1)])
def test_doctor_fails_only_for_failures(monkeypatch: pytest.MonkeyPatch, level: str, code: int) -> None:
    only(monkeypatch, Finding(level, "part", "as it is", "do this"))  # type: ignore[arg-type]
    result = run(services.doctor)
    assert result.exit_code == code
    assert f"{level:<4} part: as it is" in result.stdout
    assert "→ do this" in result.stdout


def test_doctor_survives_a_broken_check(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(config: Config) -> Iterator[Finding]:
        raise RuntimeError("no idea")

    monkeypatch.setattr(doctor, "CHECKS", [("part", broken)])
    result = run(services.doctor)
    assert result.exit_code == 1
    assert "fail part: RuntimeError: no idea" in result.stdout


def test_doctor_explains_wrong_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://x")
    result = run(services.doctor)
    assert result.exit_code == 1
    assert "fail settings: DATABASE_URL is wrong" in result.stdout


def test_unreachable_services_are_failures() -> None:
    assert [level for level, _ in findings(doctor.database)] == ["fail"]
    assert [level for level, _ in findings(doctor.queue)] == ["fail"]
    assert findings(doctor.embedded) == []


def test_embedded_services_that_are_down_are_not_started(tmp_path: Path) -> None:
    found = findings(doctor.embedded, database_url=None, redis_url=None)
    assert [level for level, _ in found] == ["ok", "ok"]
    assert all("starts when something needs it" in text for _, text in found)
    assert findings(doctor.database, database_url=None, redis_url=None) == []
    assert not (tmp_path / "data").exists()


def test_the_data_folder_may_be_made_later(tmp_path: Path) -> None:
    (folder, disk) = findings(doctor.data_folder, immobe_data_dir=Path("/tmp/absent-for-this-test"))
    assert folder == ("ok", "/tmp/absent-for-this-test (made when needed)")
    assert disk[0] in {"ok", "warn"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as another user")
def test_root_is_told_that_the_servers_cannot_enter_a_private_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    level, text = findings(doctor.data_folder, immobe_data_dir=tmp_path)[0]
    assert level == "fail"
    assert "who is not root, cannot enter" in text


def test_a_full_disk_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    assert findings(doctor.data_folder)[-1] == ("fail", "0.0 GB free")


def test_a_contact_is_asked_for_unless_only_the_replica_is_crawled() -> None:
    assert findings(doctor.contact) == [("warn", "not set")]
    assert findings(doctor.contact, crawler_contact="https://example.org") == [("ok", "https://example.org")]
    assert findings(doctor.contact, replica_url="http://127.0.0.1:1") == []


def test_a_replica_that_answers_anything_is_up() -> None:
    class NotFound(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *args: object) -> None:
            """Keeps the test's output clean."""

    with HTTPServer(("127.0.0.1", 0), NotFound) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert [level for level, _ in findings(doctor.replica, replica_url=url)] == ["ok"]
        thread.join()
    assert [level for level, _ in findings(doctor.replica, replica_url=url)] == ["fail"]
    assert findings(doctor.replica) == []


@pytest.mark.parametrize(("limit", "level"), [(1024, "ok"), (-1, "ok"), (256, "warn")])
def test_few_open_files_are_a_warning(monkeypatch: pytest.MonkeyPatch, limit: int, level: str) -> None:
    monkeypatch.setattr(doctor.resource, "getrlimit", lambda _: (limit, 4096))
    assert [found for found, _ in findings(doctor.open_files)] == [level]


class FakeRedis:
    def __init__(self, **settings: str) -> None:
        self.settings = settings

    def config_get(self, name: str) -> dict[str, str]:
        return {name: self.settings[name.replace("-", "_")]}


def test_a_redis_that_may_lose_work_is_a_warning() -> None:
    careless = FakeRedis(appendonly="no", maxmemory_policy="allkeys-lru")
    assert [f.level for f in doctor._persistence(careless)] == ["warn", "warn"]
    assert list(doctor._persistence(FakeRedis(appendonly="yes", maxmemory_policy="noeviction"))) == []


@pytest.mark.parametrize(("current", "level"), [("0002", "ok"), ("0001", "warn"), (None, "warn")])
def test_an_old_schema_is_a_warning(monkeypatch: pytest.MonkeyPatch, current: str | None, level: str) -> None:
    monkeypatch.setattr(schema, "schema_state", lambda url: (current, "0002"))
    assert doctor._schema(DATABASE_URL).level == level

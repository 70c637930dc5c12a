"""Each service's command and health check of the Compose file, as processes on this machine: there is no Docker here.

What containers give is put in by hand: addresses of other services, ports, and where data and secrets lie.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
import redis as redis_client
from sqlalchemy import make_url

from immobe.embedded import ServiceUrls
from immobe.embedded.runtime import wheel_programs
from tests.integration.chromium import needs_chromium
from tests.integration.compose import ROOT, health_command, service
from tests.integration.databases import fresh_database
from tests.integration.scrapyd_service import PASSWORD, USER
from tests.integration.watchtower_service import until

pytestmark = pytest.mark.integration
POSTGRES, VALKEY = wheel_programs()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path, cwd: Path = ROOT) -> Iterator[psutil.Popen]:
    with log.open("wb") as output:
        process = psutil.Popen(command, cwd=cwd, env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(60)
        except psutil.TimeoutExpired:
            process.kill()


def is_healthy(name: str, environment: dict[str, str], **replaced: str) -> bool:
    """The service's health check; `replaced`: texts of its command that are others here."""
    command = health_command(name)
    for number, part in enumerate(command):
        for before, after in replaced.items():
            part = part.replace(before, after)
        command[number] = part
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def database(services: ServiceUrls) -> Iterator[str]:
    with fresh_database(services.database_url) as url:
        yield url


@pytest.fixture
def app(services: ServiceUrls, database: str, tmp_path: Path) -> dict[str, str]:
    """The environment that the application's containers have: .env.example, the Compose file's, secrets as files."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    made = {
        "database_url": database,
        "redis_url": services.redis_url,
        "scrapyd_password": PASSWORD,
        "watchtower_secret_key": "0123456789abcdef0123456789abcdef",
    }
    assert set(made) == set(service("watchtower")["secrets"])
    for name, text in made.items():
        (secrets / name).write_text(f"{text}\n")
    lines = [line for line in (ROOT / ".env.example").read_text().splitlines() if line and line[0] != "#"]
    here = {
        "IMMOBE_DATA_DIR": str(tmp_path / "data"),
        "IMMOBE_SECRETS_DIR": str(secrets),
        "REDIS_FALLBACK_QUEUE": str(tmp_path / "fallback.json"),
        "BACKUP_DIR": str(tmp_path / "backups"),
        "SCRAPYD_USERNAME": USER,
        "BROWSER_CDP_URL": "",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
    }
    return dict(line.split("=", 1) for line in lines) | service("watchtower")["environment"] | here


def test_the_application_from_the_schema_to_the_harvesters(app: dict[str, str], tmp_path: Path) -> None:
    """migrate, scrapyd, harvester and watchtower, in the order in which they wait for each other."""
    subprocess.run(service("migrate")["command"], env=app, cwd=ROOT, check=True, capture_output=True, timeout=120)
    scrapyd_port, port = free_port(), free_port()
    app |= {"SCRAPYD_URL": f"http://127.0.0.1:{scrapyd_port}", "HARVESTER_WORKERS": "1"}
    scrapyd = [*service("scrapyd")["command"], f"--port={scrapyd_port}"]
    watchtower = [*service("watchtower")["command"], f"--port={port}"]
    logs = {name: tmp_path / f"{name}.log" for name in ("scrapyd", "harvester", "watchtower")}
    assert not is_healthy("scrapyd", app)
    with running(scrapyd, app, logs["scrapyd"]):
        until(lambda: is_healthy("scrapyd", app), "Scrapyd is healthy", 120)
        assert not is_healthy("harvester", app)
        with running(service("harvester")["command"], app, logs["harvester"]):
            until(lambda: is_healthy("harvester", app), "the harvester is healthy", 120)
            here = {":8000": f":{port}"}
            assert not is_healthy("watchtower", app, **here)
            with running(watchtower, app, logs["watchtower"]):
                until(lambda: is_healthy("watchtower", app, **here), logs["watchtower"].read_text(), 120)
                answer = httpx.get(f"http://127.0.0.1:{port}/ready", trust_env=False).json()
                assert {name: one["state"] for name, one in answer["dependencies"].items()} == {
                    "database": "up",
                    "redis": "up",
                    "scrapyd": "up",
                }
                unknown = httpx.get(
                    f"http://127.0.0.1:{port}/health", headers={"Host": "evil.example"}, trust_env=False
                )
                assert unknown.status_code == 400


def test_a_dump_is_made_where_schedules_run(app: dict[str, str], tmp_path: Path) -> None:
    """Where its database, its password and its folders are told as in the container."""
    subprocess.run(service("migrate")["command"], env=app, cwd=ROOT, check=True, capture_output=True, timeout=120)
    done = subprocess.run(["scripts/schedule.sh", "backup-daily"], env=app, cwd=ROOT, check=False, timeout=120)
    assert done.returncode == 0, (tmp_path / "data/logs/schedule-backup-daily.log").read_text()
    assert len(list((tmp_path / "backups").glob("immobe-daily-*.dump.sha256"))) == 1


def test_redis_keeps_what_it_is_told_and_wants_its_password(tmp_path: Path) -> None:
    """By deploy/redis.conf, in Valkey; after SIGKILL the queue is still there."""
    port = free_port()
    (tmp_path / "auth.conf").write_text("requirepass hunter2\n")
    conf = (ROOT / "deploy/redis.conf").read_text().replace("/run/secrets/redis_auth.conf", str(tmp_path / "auth.conf"))
    (tmp_path / "redis.conf").write_text(conf.replace("dir /data", f"dir {tmp_path}") + f"port {port}\n")
    server = [str(VALKEY), *(str(tmp_path / "redis.conf") for _ in service("redis")["command"][1:])]
    with redis_client.Redis(port=port, password="hunter2", decode_responses=True) as client:
        with running(server, dict(os.environ), tmp_path / "redis.log") as process:
            until(lambda: _pings(client), "Redis answers")
            wanted = {"appendonly": "yes", "save": "60 1000", "maxmemory-policy": "noeviction"}
            assert {name: client.config_get(name)[name] for name in wanted} == wanted
            with redis_client.Redis(port=port) as stranger, pytest.raises(redis_client.AuthenticationError):
                stranger.ping()
            client.rpush("queue", *range(100))
            until(lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0, "it is written")
            time.sleep(1.1)  # appendfsync everysec: what is older than a second survives
            process.kill()
            process.wait()
        with running(server, dict(os.environ), tmp_path / "redis.log"):
            until(lambda: _pings(client), "Redis answers again")
            assert client.llen("queue") == 100


def _pings(client: redis_client.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis_client.ConnectionError:
        return False


def test_the_database_is_asked_as_the_health_check_does(services: ServiceUrls) -> None:
    """pg_isready of the embedded server takes the same options."""
    url = make_url(services.database_url)
    command = [
        str(POSTGRES.with_name("pg_isready")),
        *health_command("db")[1:],
        f"--host={url.host}",
        f"--port={url.port}",
    ]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


@needs_chromium
@pytest.mark.skipif(shutil.which("socat") is None, reason="socat is not installed; on Debian: apt-get install socat")
def test_chromium_answers_on_the_network_and_renders_nothing_of_it(tmp_path: Path) -> None:
    """deploy/chrome.sh, with other ports."""
    outside, inside = free_port(), free_port()
    script = (ROOT / "deploy/chrome.sh").read_text().replace("9222", str(outside)).replace("9223", str(inside))
    copy = tmp_path / "chrome.sh"
    copy.write_text(script.replace("/tmp/profile", str(tmp_path / "profile")))
    with running(["/bin/sh", str(copy)], dict(os.environ), tmp_path / "chrome.log") as process:
        until(lambda: is_healthy("chrome", dict(os.environ), **{"9223": str(inside)}), "Chromium is healthy", 120)
        address = httpx.get(f"http://127.0.0.1:{outside}/json/version", trust_env=False).json()["webSocketDebuggerUrl"]
        assert address.startswith(f"ws://127.0.0.1:{outside}/"), "it names the address that it was asked by"
        by_name = httpx.get(
            f"http://127.0.0.1:{outside}/json/version", headers={"Host": f"chrome:{outside}"}, trust_env=False
        )
        assert by_name.status_code == 500, "why the Compose file gives it an address of its own"
        children = process.children(recursive=True)
    psutil.wait_procs(children, 30)
    assert [child for child in children if child.is_running()] == []


@pytest.mark.skipif(shutil.which("caddy") is None, reason="Caddy is not installed; on Debian: apt-get install caddy")
def test_the_proxy_speaks_tls_and_keeps_metrics_to_itself(tmp_path: Path) -> None:
    """deploy/Caddyfile in front of a server that says what it was asked."""
    behind = tmp_path / "site"
    (behind / "ui").mkdir(parents=True)
    (behind / "ui/index.html").write_text("pages")
    (behind / "metrics").write_text("numbers")
    http, https, admin, site = (free_port() for _ in range(4))
    environment = dict(os.environ) | {
        "CADDY_HTTP_PORT": str(http),
        "CADDY_HTTPS_PORT": str(https),
        "CADDY_ADMIN_PORT": str(admin),
        "SITE_ADDRESS": "localhost",
        "WATCHTOWER": f"127.0.0.1:{site}",
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    server = [sys.executable, "-m", "http.server", str(site), "--bind=127.0.0.1"]
    caddy = ["caddy", "run", "--config", str(ROOT / "deploy/Caddyfile"), "--adapter=caddyfile"]
    with (
        running(server, dict(os.environ), tmp_path / "site.log", behind),
        running(caddy, environment, tmp_path / "caddy.log"),
        httpx.Client(verify=False, trust_env=False, base_url=f"https://localhost:{https}") as client,
    ):
        until(lambda: _answers(client), "Caddy and the site answer")
        assert client.get("/ui/").text == "pages"
        assert client.get("/metrics").status_code == 404
        plain = httpx.get(f"http://localhost:{http}/ui/", trust_env=False)
        assert plain.status_code == 308
        assert plain.headers["Location"].startswith("https://localhost")


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/ui/").status_code == 200
    except httpx.HTTPError:
        return False

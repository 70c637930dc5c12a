"""`immobe doctor`: is everything there that Immo-Bé needs? Each finding says how to mend it; nothing is started."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import typer
from rich.console import Console
from rich.text import Text

from immobe.config import Config, load_config
from immobe.crawling.chromium import INSTALL, chromium_version, uses_sandbox
from immobe.embedded import running_urls, service_status
from immobe.embedded.account import Account, existing_system_account
from immobe.embedded.runtime import wheel_programs
from immobe.errors import ConfigError, ImmobeError

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}
_CONNECT_SECONDS = 5
_DISK_WARN_BYTES, _DISK_FAIL_BYTES = 5_000_000_000, 500_000_000
_OPEN_FILES = 1024
_PYTHON = (3, 11)
# Stands for the servers' user until it is created.
_ANYBODY = Account("nobody", 65534, 65534, leaves_root=True)


@dataclass(frozen=True)
class Finding:
    """One line of the report; `mend` says what to do about it, and is empty when there is nothing to do."""

    level: Literal["ok", "warn", "fail"]
    name: str
    text: str
    mend: str = ""


Check = Callable[[Config], Iterator[Finding]]


def doctor() -> None:
    """Check the whole set-up. Exit code 1 when something fails; warnings do not count."""
    console = Console(soft_wrap=True)
    failed = False
    for finding in _findings():
        failed = failed or finding.level == "fail"
        console.print(
            Text(f"{finding.level:<4}", _STYLES[finding.level]), Text(f" {finding.name}: {finding.text}"), sep=""
        )
        if finding.mend:
            console.print(Text(f"     → {finding.mend}", "dim"))
    raise typer.Exit(1 if failed else 0)


def _findings() -> Iterator[Finding]:
    yield _python()
    try:
        config = load_config()
    except ConfigError as error:
        yield Finding("fail", "settings", str(error), "Correct the variable in the environment or in .env.")
        return
    yield Finding("ok", "settings", "the environment and .env are valid")
    for name, check in CHECKS:
        try:
            yield from check(config)
        except Exception as error:  # one broken check must not hide the others
            yield Finding("fail", name, f"{type(error).__name__}: {error}".strip())


def _python() -> Finding:
    text = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= _PYTHON:
        return Finding("ok", "Python", text)
    return Finding("fail", "Python", text, "Install Python 3.11 or newer and run scripts/setup.sh.")


def data_folder(config: Config) -> Iterator[Finding]:
    """Can we write to the data folder, can the servers' user enter it, is there space?"""
    folder = config.immobe_data_dir.expanduser().resolve()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    elsewhere = "Set IMMOBE_DATA_DIR to a folder of your own."
    account = (existing_system_account() or _ANYBODY) if os.geteuid() == 0 else None
    if not os.access(existing, os.W_OK | os.X_OK):
        yield Finding("fail", "data folder", f"{existing} cannot be written to", elsewhere)
    elif account and not account.can_enter(existing):
        mend = "Set IMMOBE_DATA_DIR to a folder whose parents everybody may enter, such as /var/lib/immobe."
        yield Finding("fail", "data folder", f"the servers' user, who is not root, cannot enter {existing}", mend)
    else:
        yield Finding("ok", "data folder", f"{folder}{'' if folder.exists() else ' (made when needed)'}")
    free = shutil.disk_usage(existing).free
    level: Literal["ok", "warn", "fail"]
    level = "fail" if free < _DISK_FAIL_BYTES else "warn" if free < _DISK_WARN_BYTES else "ok"
    yield Finding(
        level, "disk", f"{free / 1e9:.1f} GB free", "" if level == "ok" else "Free space, or move IMMOBE_DATA_DIR."
    )


def embedded(config: Config) -> Iterator[Finding]:
    """Do the wheels' servers run on this system, and how are they? Silent about services of the user's own."""
    used = [status for status in service_status(config) if status.state != "external"]
    if not used:
        return
    for program in wheel_programs():
        run = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False)
        if run.returncode != 0:
            mend = "Install PostgreSQL and Redis otherwise and set DATABASE_URL and REDIS_URL."
            yield Finding("fail", "embedded services", f"{program} does not run: {run.stderr.strip()}", mend)
    for status in used:
        if status.state == "damaged":
            mend = "Restore a backup, or move the folder away to start empty."
            yield Finding("fail", status.name, f"{status.data_folder} cannot be used", mend)
        elif status.state == "stopped":
            yield Finding("ok", status.name, "the embedded server is not up; it starts when something needs it")


def database(config: Config) -> Iterator[Finding]:
    """Does PostgreSQL answer, how fast, and is its schema the one this version needs?"""
    url, _ = running_urls(config)
    if url is None:
        return
    import psycopg2

    began = time.monotonic()
    try:
        connection = psycopg2.connect(url.replace("+psycopg2", ""), connect_timeout=_CONNECT_SECONDS)
    except psycopg2.OperationalError as error:
        yield Finding(
            "fail", "PostgreSQL", str(error).strip(), "Check DATABASE_URL, the server and the network between."
        )
        return
    version = connection.server_version // 10_000
    connection.close()
    yield Finding("ok", "PostgreSQL", f"version {version} answers in {_milliseconds(began)}")
    yield _schema(url)


def _schema(url: str) -> Finding:
    from immobe.storage.schema import schema_state

    current, head = schema_state(url)
    if current == head:
        return Finding("ok", "database schema", f"at {head}")
    mend = "Run `immobe migrate`."
    return Finding(
        "warn", "database schema", f"at {current or 'nothing: the database is empty'}, newest is {head}", mend
    )


def queue(config: Config) -> Iterator[Finding]:
    """Does Redis answer, how fast, and will it keep what it is given?"""
    _, url = running_urls(config)
    if url is None:
        return
    import redis

    began = time.monotonic()
    try:
        with redis.Redis.from_url(
            url, socket_timeout=_CONNECT_SECONDS, socket_connect_timeout=_CONNECT_SECONDS
        ) as client:
            client.ping()
            yield Finding("ok", "Redis", f"answers in {_milliseconds(began)}")
            yield from _persistence(client)
    except redis.RedisError as error:
        yield Finding("fail", "Redis", str(error), "Check REDIS_URL, the server and the network between.")


def _persistence(client: object) -> Iterator[Finding]:
    for setting, wanted, why in (
        ("appendonly", "yes", "else a crash of Redis loses queued work (it is rebuilt, but slowly)"),
        ("maxmemory-policy", "noeviction", "else Redis drops queued work when memory is short"),
    ):
        found = client.config_get(setting).get(setting)  # type: ignore[attr-defined]
        text = found.decode() if isinstance(found, bytes) else str(found)
        if text != wanted:
            yield Finding("warn", "Redis", f"{setting} is {text}", f"Set {setting} to {wanted}: {why}.")


def wrong_now(config: Config) -> Iterator[Finding]:
    """What alerts say, too; without services that are down, of which other checks speak."""
    database_url, redis_url = running_urls(config)
    if database_url is None or redis_url is None:
        return
    from immobe.observability.condition import conditions
    from immobe.redis import make_redis
    from immobe.storage.engine import make_engine

    engine = make_engine(config, database_url, "immobe doctor")
    with make_redis(redis_url) as client:
        found = conditions(engine, client, config)
    engine.dispose()
    for one in found:
        if one.name not in ("postgres-down", "redis-down"):
            where, since = (
                f" {one.platform}" * bool(one.platform),
                f" (since {one.since:%m-%d %H:%M})" if one.since else "",
            )
            level: Literal["fail", "warn"] = "fail" if one.severity == "critical" else "warn"
            yield Finding(level, f"{one.name}{where}", f"{one.cause}{since}", one.remedy)


def replica(config: Config) -> Iterator[Finding]:
    """Does the replica answer? Any HTTP status will do."""
    if not config.replica_url:
        return
    began = time.monotonic()
    try:
        urllib.request.urlopen(config.replica_url, timeout=_CONNECT_SECONDS).close()  # noqa: S310 - Config allows http(s) only
    except urllib.error.HTTPError as answer:
        answer.close()
    except OSError as error:
        yield Finding(
            "fail", "replica", f"{config.replica_url}: {error}", "Start `immobe replica`, or unset REPLICA_URL."
        )
        return
    yield Finding("ok", "replica", f"{config.replica_url} answers in {_milliseconds(began)}")


def browser(config: Config) -> Iterator[Finding]:
    """Is there a Chromium that starts, or a remote one that answers? Silent while no platform needs one."""
    from immobe.crawling.browser_platforms import browser_platforms

    wanted = browser_platforms(config)
    if not wanted:
        return
    need = f"needed by {', '.join(wanted)}"
    try:
        said = chromium_version(config)
    except (ImmobeError, OSError, ValueError, subprocess.SubprocessError) as error:
        mend = INSTALL if not config.browser_cdp_url else "Start it, or unset BROWSER_CDP_URL."
        yield Finding("fail", "browser", f"{need}: {error}", mend)
        return
    sandbox = "" if config.browser_cdp_url or uses_sandbox(config) else ", without its sandbox"
    yield Finding("ok", "browser", f"{said}{sandbox}, {need}")


def contact(config: Config) -> Iterator[Finding]:
    """Can a portal's operator reach us?"""
    if config.crawler_contact:
        yield Finding("ok", "crawler contact", config.crawler_contact)
    elif not config.replica_url:
        mend = "Set CRAWLER_CONTACT to a page or e-mail address where portals can reach you."
        yield Finding("warn", "crawler contact", "not set", mend)


def scrapy_project(config: Config) -> Iterator[Finding]:
    """Do the Scrapy settings and every spider import?"""
    from scrapy.settings import Settings
    from scrapy.spiderloader import SpiderLoader

    settings = Settings()
    settings.setmodule("immobe.settings")
    names = SpiderLoader.from_settings(settings).list()
    yield Finding("ok", "Scrapy project", f"{len(names)} spiders: {', '.join(sorted(names))}")


def open_files(config: Config) -> Iterator[Finding]:
    """May a process open enough files and sockets?"""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft in (resource.RLIM_INFINITY, -1) or soft >= _OPEN_FILES:
        yield Finding("ok", "open files", f"limit {soft}")
    else:
        mend = f"Raise it: `ulimit -n {_OPEN_FILES}` (LimitNOFILE= in systemd)."
        yield Finding("warn", "open files", f"limit {soft} (hard {hard})", mend)


CHECKS: list[tuple[str, Check]] = [
    ("data folder", data_folder),
    ("embedded services", embedded),
    ("PostgreSQL", database),
    ("Redis", queue),
    ("what is wrong now", wrong_now),
    ("replica", replica),
    ("browser", browser),
    ("crawler contact", contact),
    ("Scrapy project", scrapy_project),
    ("open files", open_files),
]


def _milliseconds(began: float) -> str:
    return f"{(time.monotonic() - began) * 1000:.0f} ms"

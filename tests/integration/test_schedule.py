"""Scheduled jobs: run once at a time, recorded, missed ones noticed; by the command and by the script."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import psycopg2
import pytest
from sqlalchemy import Engine, text

from immobe.config import child_environment, load_config
from immobe.observability.condition import conditions
from immobe.redis import make_redis
from immobe.scheduling import jobs, records
from immobe.scheduling.jobs import Job
from immobe.scheduling.records import Standing
from tests.integration.crawls import ROOT, immobe

pytestmark = pytest.mark.integration


@pytest.fixture
def environment(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    config = load_config(None, database_url=database_url, redis_url=redis_url, immobe_data_dir=tmp_path)
    return child_environment(config, REDIS_FALLBACK_QUEUE=str(tmp_path / "fallback"))


@contextmanager
def alerts_locked(database_url: str) -> Iterator[None]:
    """`immobe monitors` waits for as long as this."""
    with closing(psycopg2.connect(database_url.replace("+psycopg2", ""))) as connection:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE alerts IN ACCESS EXCLUSIVE MODE")
        yield


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([str(ROOT / "scripts" / "schedule.sh"), *arguments], env=environment)


def standing(engine: Engine, name: str, **more: timedelta) -> Standing:
    """A job's, as of a moment from now."""
    with engine.connect() as connection:
        at = connection.execute(text("SELECT now()")).scalar_one() + more.get("ahead", timedelta())
        return next(one for one in records.standings(connection, at=at) if one.job.name == name)


def until_running(engine: Engine, name: str) -> None:
    ends = time.monotonic() + 60
    while standing(engine, name).last_started is None:
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_a_run_is_recorded_and_its_exit_code_kept(
    engine: Engine, environment: dict[str, str], database_url: str, redis_url: str, tmp_path: Path
) -> None:
    assert standing(engine, "monitors").state == "never"
    assert start(environment, "monitors").wait(90) == 0
    found = standing(engine, "monitors")
    assert (found.state, found.exit_code) == ("ok", 0)
    assert found.last_success is not None
    assert "No open alerts." in (tmp_path / "logs" / "schedule-monitors.log").read_text()
    # pg_dump of a version that does not exist: the job's own exit code comes out.
    assert start(environment | {"POSTGRES_BIN": str(tmp_path)}, "backup-daily").wait(90) == 1
    assert standing(engine, "backup-daily").state == "failed"
    shown = immobe(database_url, redis_url, "schedule", "list")
    assert shown.returncode == 1, "something failed"
    assert "exit code 1" in shown.stdout
    assert start(environment, "no-such-job").wait(60) == 2
    assert start(environment, "one", "two").wait(60) == 2


def test_two_at_once_are_refused_and_a_signal_ends_the_job(
    engine: Engine, environment: dict[str, str], database_url: str
) -> None:
    slow = environment | {"DATABASE_STATEMENT_TIMEOUT": "600"}
    with alerts_locked(database_url):
        first = start(slow, "monitors")
        until_running(engine, "monitors")
        assert start(slow, "monitors").wait(60) == 75
        assert standing(engine, "monitors").state == "running"
        children = psutil.Process(first.pid).children(recursive=True)
        first.send_signal(signal.SIGTERM)
        assert first.wait(60) == 128 + signal.SIGTERM
    assert not [child for child in children if child.is_running()], "the job ended with it"
    assert standing(engine, "monitors").exit_code == -signal.SIGTERM


def test_a_killed_run_is_told_by_the_next(engine: Engine, environment: dict[str, str], database_url: str) -> None:
    with alerts_locked(database_url):
        script = start(environment | {"DATABASE_STATEMENT_TIMEOUT": "600"}, "monitors")
        until_running(engine, "monitors")
        for process in (*psutil.Process(script.pid).children(recursive=True), psutil.Process(script.pid)):
            process.kill()
        script.wait(30)
    assert start(environment, "monitors").wait(60) == 0
    with engine.connect() as connection:
        codes = connection.execute(text("SELECT exit_code FROM schedule_runs ORDER BY id")).scalars().all()
    assert codes == [-9, 0]


def test_a_missed_run_is_noticed_until_it_is_made_up_for(
    engine: Engine, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hourly, other = (
        Job("hourly", "0 * * * *", ("immobe",), jitter_seconds=60, grace_seconds=240),
        Job("other", "30 4 1 1 *", ("immobe",)),
    )
    monkeypatch.setattr(records, "JOBS", (hourly, other))
    with engine.begin() as connection:
        records.end(connection, records.begin(connection, hourly, "here"), 0)
    assert standing(engine, "hourly").state == "ok"
    later = standing(engine, "hourly", ahead=timedelta(hours=2))
    assert later.state == "missed"
    assert later.missed_since is not None
    assert later.last_started is not None
    assert later.missed_since > later.last_started
    assert later.next_due > later.missed_since
    assert standing(engine, "other", ahead=timedelta(hours=2)).state == "never"
    with engine.begin() as connection:  # two hours later
        connection.execute(text("UPDATE schedule_runs SET started_at = started_at - interval '2 h'"))
    config = load_config(None, immobe_data_dir=tmp_path, redis_fallback_queue=tmp_path / "fallback")
    with make_redis(redis_url) as redis:
        [found] = conditions(engine, redis, config)
        assert (found.name, found.since) == ("job-missed", standing(engine, "hourly").missed_since)
        assert conditions(engine, redis, config.model_copy(update={"schedule_off": ("hourly",)})) == []
        with engine.begin() as connection:
            records.end(connection, records.begin(connection, hourly, "here"), 0)
        assert conditions(engine, redis, config) == []


def test_without_a_database_jobs_run_all_the_same(environment: dict[str, str], tmp_path: Path) -> None:
    away = environment | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    assert start(away, "monitors").wait(90) == 1, "it needs the database itself"
    assert "could not be recorded" in (tmp_path / "logs" / "schedule-monitors.log").read_text()
    assert start(away | {"SCHEDULE_OFF": "monitors"}, "monitors").wait(60) == 0, "switched off"


def test_jobs_have_names_that_the_script_takes() -> None:
    assert all(job.name.replace("-", "").isalnum() and job.name.islower() for job in jobs.JOBS)
    assert os.access(ROOT / "scripts" / "schedule.sh", os.X_OK)

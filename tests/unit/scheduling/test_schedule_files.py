"""deploy/crontab and the timers say what the declaration of the jobs says, by other readers than ours."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from cronsim import CronSim
from typer.main import get_command

from immobe.cli import app
from immobe.platforms import PLATFORMS
from immobe.scheduling.files import calendar, files
from immobe.scheduling.jobs import JOBS, Job, job_named
from immobe.scheduling.running import PROJECT

DEPLOY = Path(__file__).parents[3] / "deploy"
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs Debian's package systemd")


def test_files_are_those_that_are_declared() -> None:
    written = dict(files())
    assert {path: (DEPLOY / path).read_text("utf-8") for path in written} == written
    timers = {f"systemd/{timer.name}" for timer in (DEPLOY / "systemd").glob("immobe-*.timer")}
    assert timers == {path for path in written if path.endswith(".timer")}, "no timer of a former job"


def test_the_crontab_holds_each_job_once_at_its_time() -> None:
    lines = [line for line in (DEPLOY / "crontab").read_text("utf-8").splitlines() if line and line[0] in "0123456789*"]
    found = {}
    for line in lines:
        *fields, command = line.split(maxsplit=5)
        CronSim(" ".join(fields), datetime(2026, 1, 1, tzinfo=UTC))  # raises for what cron would refuse
        script, *options, name = command.split()
        assert script == "$IMMOBE/scripts/schedule.sh"
        assert options == ["--jitter"] * bool(job_named(name).jitter_seconds)
        found[name] = " ".join(fields)
    assert found == {job.name: job.cron for job in JOBS}
    assert len(lines) == len(JOBS)


def test_what_must_be_scheduled_is() -> None:
    times = {job.name: job.cron for job in JOBS}
    assert times["backup-daily"] == "0 2 * * *"
    assert times["backup-weekly"] == "0 3 * * 0"
    assert times["backup-monthly"] == "0 4 1 * *"
    assert {f"scout-{platform}" for platform in PLATFORMS} < times.keys()
    assert {"revisit", "reconcile", "monitors", "match", "digest", "optimise", "compact"} < times.keys()
    scouts = [job for job in JOBS if job.name.startswith("scout-")]
    assert all(job.jitter_seconds for job in scouts)
    assert len({job.cron for job in scouts}) == len(scouts), "not all at once"


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_its_command_exists(job: Job) -> None:
    program, *arguments = job.command
    if program != "immobe":
        assert (PROJECT / program).stat().st_mode & 0o100 or program.endswith(".py")
        return
    command = get_command(app)
    for name in arguments:
        commands = getattr(command, "commands", None)
        if not commands:
            break  # an argument of the command
        assert name in commands, f"there is no `immobe {' '.join(arguments)}`"
        command = commands[name]


@needs_systemd
@pytest.mark.parametrize("cron", sorted({job.cron for job in JOBS}))
def test_systemd_reads_the_same_times_as_cron(cron: str) -> None:
    start = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
    said = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=5", f"--base-time={start:%Y-%m-%d %H:%M:%S}", calendar(cron)],
        env={"TZ": "UTC", "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    theirs = re.findall(r"(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ ([\d-]+ [\d:]+)", said)
    ours = [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in islice(CronSim(cron, start), 5)]
    assert theirs == ours, said


@needs_systemd
def test_systemd_finds_nothing_wrong_in_the_units(tmp_path: Path) -> None:
    script = tmp_path / "schedule.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    for path, text in files():
        if path.startswith("systemd/"):
            unit = text.replace("/opt/immobe/scripts/schedule.sh", str(script)).replace(
                "User=immobe\nGroup=immobe\n", ""
            )
            (tmp_path / Path(path).name).write_text(unit)
    units = [str(unit) for unit in tmp_path.glob("immobe-*.timer")]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "immobe" in line]
    assert (ours, done.returncode) == ([], 0), done.stderr


def test_grace_is_shorter_than_the_pause_between_two_runs() -> None:
    """Else a missed run would never be told before the next."""
    for job in JOBS:
        first, second = islice(CronSim(job.cron, datetime(2026, 1, 1, tzinfo=UTC)), 2)
        assert timedelta(seconds=job.jitter_seconds + job.grace_seconds) <= second - first, job.name

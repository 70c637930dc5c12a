"""One run of a job: never two at once on a machine, its exit code kept."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import structlog
from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine

import immobe
from immobe.config import Config, child_environment
from immobe.errors import ImmobeError, ServiceError
from immobe.scheduling import records
from immobe.scheduling.jobs import Job
from immobe.storage.faults import connected

OVERLAP_EXIT = 75
"""EX_TEMPFAIL of sysexits.h: the run before is still at work, and this one did nothing."""
PROJECT = Path(immobe.__file__).parents[1]
_log = structlog.get_logger(__name__)


class Overlap(ImmobeError):  # noqa: N818 - reads as what happened
    """The run before is still at work."""


def run(job: Job, config: Config, open_database: Callable[[], Engine]) -> int:
    """Runs it to its end; its exit code, negative for a signal. Raises Overlap.

    A database that is away keeps no job from running: then there is no record, and the job counts as missed.
    """
    with _alone(job, config):
        number = _noted(open_database, lambda connection: records.begin(connection, job, socket.gethostname()))
        code = _to_its_end(command_line(job), config)
        if number is not None:
            _noted(open_database, lambda connection: records.end(connection, number, code))
    return code


def command_line(job: Job) -> list[str]:
    """The programs of this installation."""
    program, *arguments = job.command
    if program == "immobe":
        return [sys.executable, "-m", "immobe", *arguments]
    script = str(PROJECT / program)
    return [sys.executable, script, *arguments] if program.endswith(".py") else [script, *arguments]


@contextmanager
def _alone(job: Job, config: Config) -> Iterator[None]:
    folder = config.immobe_data_dir.expanduser() / "schedule"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / f"{job.name}.lock", timeout=0):
            yield
    except Timeout:
        raise Overlap(f"{job.name} is still at work: this run does nothing (exit code {OVERLAP_EXIT})") from None


def _to_its_end(command: list[str], config: Config) -> int:
    """A signal that would end us is passed on: we end when the job has ended."""
    process = subprocess.Popen(command, cwd=PROJECT, env=child_environment(config), stdin=subprocess.DEVNULL)

    def pass_on(number: int, _: FrameType | None) -> None:
        process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        return process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _noted(open_database: Callable[[], Engine], note: Callable[[Connection], int | None]) -> int | None:
    try:
        engine = open_database()
        try:
            with connected(engine, writes=True) as connection:
                return note(connection)
        finally:
            engine.dispose()
    except ServiceError as error:
        _log.error("The run could not be recorded", error=str(error))
        return None

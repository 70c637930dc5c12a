"""Processes that outlive us: start them detached, know them again without mistaking a recycled pid, end them by pid."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import psutil

from immobe.embedded.account import Account

_SAME_START_SECONDS = 0.05  # a process's start is known to a hundredth of a second


def start_detached(command: list[str], account: Account, log: int, data: Path) -> psutil.Process | None:
    """Starts `command` as a daemon of `account` in `data`, writing to file descriptor `log`; None if it ended at once.

    A shell in between starts it and ends, so the server belongs to init: our end does not touch it, it never is a
    zombie of ours, and a supervisor that ends our children does not end it.
    """
    shell = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" >&2 & echo $!', "sh", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        check=True,
        text=True,
        **{**account.popen_options(), "cwd": data},  # by which `all_in` knows it from its first moment
    )
    try:
        process = psutil.Process(int(shell.stdout))
        process.create_time()  # kept by psutil, so that it is known even if the process ends
    except psutil.NoSuchProcess:
        return None
    return process


def seconds_since_boot(process: psutil.Process) -> float:
    """When `process` started, in seconds since boot."""
    return process.create_time() - psutil.boot_time()


def find(pid: int, started: float, data: Path) -> psutil.Process | None:
    """The living process `pid` that started at `started` (seconds since boot) and works in `data`; else None."""
    try:
        process = psutil.Process(pid)
        same_start = abs(seconds_since_boot(process) - started) < _SAME_START_SECONDS
    except (psutil.NoSuchProcess, ValueError):
        return None
    return process if same_start and works_in(process, data) else None


def works_in(process: psutil.Process, data: Path) -> bool:
    """Whether the working folder of `process` is `data`: both servers go there and stay there."""
    try:
        return is_alive(process) and process.cwd() == str(data.resolve())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def is_alive(process: psutil.Process) -> bool:
    """Whether `process` still runs; one that only waits for its parent to notice its end does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def listens(process: psutil.Process, port: int) -> bool:
    """Whether `process` itself listens on TCP `port`; also True where the system does not tell."""
    try:
        return any(
            connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            for connection in process.net_connections("inet")
        )
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def all_in(data: Path, program: str) -> list[psutil.Process]:
    """Every living process of `program` whose working folder is `data`.

    Finds what no state file tells of: a server whose starter died before writing it, children whose server was killed.
    """
    named = (process for process in psutil.process_iter(["name"]) if (process.info["name"] or "").startswith(program))
    return [process for process in named if works_in(process, data)]


def end(processes: list[psutil.Process], measures: list[tuple[signal.Signals, float]]) -> bool:
    """Sends each signal to what still lives and waits its seconds; True when all ended.

    >>> end([], [(signal.SIGTERM, 1.0)])
    True
    """
    living = [process for process in processes if is_alive(process)]
    for number, seconds in measures:
        for process in living:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        deadline = time.monotonic() + seconds
        while living and time.monotonic() < deadline:
            time.sleep(0.01)
            living = [process for process in living if is_alive(process)]
    return not living

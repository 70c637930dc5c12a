"""What both embedded servers share: find again, start on a free port, wait until ready, stop, tell."""

from __future__ import annotations

import os
import signal
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import psutil

from immobe.embedded import process as processes
from immobe.embedded.account import Account, service_account
from immobe.embedded.home import Home, ServerState
from immobe.embedded.mending import mend
from immobe.errors import ServiceError

Report = Callable[[str], None]
"""Takes one line about progress, for people."""

HOST = "127.0.0.1"
_PORT_ATTEMPTS = 5
_READY_SECONDS = 120.0  # recovery after a crash reads the whole log written since the last checkpoint
_LAST_MEASURES = [(signal.SIGTERM, 5.0), (signal.SIGKILL, 10.0)]


@dataclass(frozen=True)
class ServiceStatus:
    """Where a service runs. `address` holds no password; `size_bytes` is that of the data folder."""

    name: str
    state: Literal["running", "stopped", "external", "damaged"]
    pid: int | None = None
    address: str | None = None
    data_folder: Path | None = None
    version: str | None = None
    size_bytes: int | None = None


class Server(ABC):
    """One embedded server with its home in `<data dir>/<folder>`. The caller holds the lock for `ensure` and `stop`."""

    name: ClassVar[str]
    folder: ClassVar[str]
    program: ClassVar[str]
    """The process name."""
    stop_measures: ClassVar[list[tuple[signal.Signals, float]]]
    """Signals from gentle to hard, and the seconds each is given."""

    def __init__(self, data_dir: Path, report: Report) -> None:
        self.data_dir = data_dir
        self.home = Home((data_dir / self.folder).resolve())
        self.report = report

    @abstractmethod
    def version(self) -> str:
        """Version of the installed wheel."""

    @abstractmethod
    def prepare(self, account: Account) -> None:
        """Makes data folder and password where they are missing. No server runs on them."""

    @abstractmethod
    def command(self, account: Account, port: int) -> list[str]:
        """Command that runs the server in the foreground on `port`. It shows in `ps`: no password in it."""

    @abstractmethod
    def probe(self, port: int) -> str | None:
        """None when the server takes commands with our password, else why not yet.

        Raises ServiceError when waiting cannot help.
        """

    @abstractmethod
    def url(self, port: int) -> str:
        """URL with the password."""

    @abstractmethod
    def damage(self) -> str | None:
        """Why the data folder cannot be used, or None."""

    def ensure(self) -> str:
        """URL of the running server, started when it does not run. Raises ServiceError."""
        found = self.find()
        if found and self._wait_until_ready(*found):
            return self.url(found[1])
        return self.url(self._start())

    def find(self) -> tuple[psutil.Process, int] | None:
        """Process and port of our running server, or None."""
        state = self.home.read_state()
        process = state and processes.find(state.pid, state.started, self.home.data)
        return (process, state.port) if state and process else None

    def was_killed(self) -> bool:
        """Whether it ran, runs no more, and nobody has stopped it in order."""
        return self.home.read_state() is not None and not self.home.stop_note.exists() and self.find() is None

    def running_url(self) -> str | None:
        """URL of our running server, or None. Starts nothing."""
        found = self.find()
        return self.url(found[1]) if found else None

    def stop(self) -> bool:
        """Stops everything that works in our data folder; True when there was something. Raises ServiceError."""
        found = processes.all_in(self.home.data, self.program)
        if not found:
            return False
        pids = {process.pid for process in found}
        try:
            processes.end([p for p in found if _parent_pid(p) not in pids], self.stop_measures)
            ended = processes.end(processes.all_in(self.home.data, self.program), _LAST_MEASURES)
        except psutil.AccessDenied as error:
            raise ServiceError(f"{self.name} runs as another user (pid {error.pid}): stop it as that user.") from error
        if not ended:
            raise self.failure("does not end, not even by SIGKILL; a hanging disk can be the cause")
        return True

    def status(self) -> ServiceStatus:
        """Looks, and changes nothing."""
        found = self.find()
        state: Literal["running", "damaged", "stopped"]
        state = "running" if found else "damaged" if self.damage() else "stopped"
        return ServiceStatus(
            name=self.name,
            state=state,
            pid=found[0].pid if found else None,
            address=f"{HOST}:{found[1]}" if found else None,
            data_folder=self.home.data,
            version=self.version(),
            size_bytes=self.home.size_bytes(),
        )

    def failure(self, what: str) -> ServiceError:
        """An error that says what happened, how to mend it, and what the log says."""
        log = self.home.log_tail()
        return ServiceError(
            f"{self.name} {what}. {mend(log, self.home.log)}\nThe last lines of {self.home.log}:\n{log}"
        )

    def _start(self) -> int:
        """Starts the server and returns its port."""
        account = service_account()
        self.home.make(account)
        self.stop()  # a server that no state file tells of, or children that outlived theirs
        self.prepare(account)
        began = time.monotonic()
        for port in self._free_ports():
            if self._start_on(port, account):
                self.report(f"{self.name}: started on {HOST}:{port} in {time.monotonic() - began:.1f} s")
                return port
        raise self.failure("found no free port")

    def _free_ports(self) -> Iterator[int]:
        """The last start's port if it is free, since others may still know its URL; then any free ones."""
        state = self.home.read_state()
        if state and _is_free(state.port):
            yield state.port
        for _ in range(_PORT_ATTEMPTS):
            with socket.socket() as probe:
                probe.bind((HOST, 0))
                port: int = probe.getsockname()[1]
            yield port

    def _start_on(self, port: int, account: Account) -> bool:
        """True when the server is ready on `port`, False when somebody took the port in between."""
        command = self.command(account, port)
        log = self.home.open_new_log()
        try:
            process = processes.start_detached(command, account, log, self.home.data)
        finally:
            os.close(log)
        if process:
            started = processes.seconds_since_boot(process)
            self.home.stop_note.unlink(missing_ok=True)
            self.home.write_state(ServerState(process.pid, started, port, self.version()))
            if self._wait_until_ready(process, port):
                return True
        if "ddress already in use" in self.home.log_tail():
            return False
        raise self.failure("does not start")

    def _wait_until_ready(self, process: psutil.Process, port: int) -> bool:
        """True when the server takes commands, False when it ended. Raises ServiceError when it does neither."""
        deadline = time.monotonic() + _READY_SECONDS
        while processes.is_alive(process):
            # Never show the password to a stranger who took the port.
            why_not = self.probe(port) if processes.listens(process, port) else "it does not listen yet"
            if why_not is None:
                return True
            if time.monotonic() > deadline:
                raise self.failure(f"runs (pid {process.pid}) but is not ready after {_READY_SECONDS:.0f} s: {why_not}")
            time.sleep(0.02)
        return False


def _parent_pid(process: psutil.Process) -> int:
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return 0


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do: old connections do not count
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True

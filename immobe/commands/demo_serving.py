"""What `immobe demo` does when the crawl is over: it serves Watchtower until Ctrl-C."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    from immobe.config import Config

HOST, PORT = "127.0.0.1", 8000
_STOP_SECONDS = 30


def serve(config: Config) -> None:
    """`immobe watchtower` on PORT, or on a free port when that is taken, until Ctrl-C or SIGTERM.

    It says itself where it is, and prints the token for the first operator. What is started on its pages crawls what
    `config.replica_url` names.
    """
    from immobe.config import child_environment

    port = PORT if _is_free() else 0
    command = [sys.executable, "-m", "immobe", "watchtower", f"--host={HOST}", f"--port={port}"]
    before = signal.signal(signal.SIGTERM, _as_ctrl_c)
    try:
        with subprocess.Popen(command, env=child_environment(config, LOG_LEVEL="WARNING")) as watchtower:
            try:
                watchtower.wait()
            except KeyboardInterrupt:
                watchtower.terminate()  # Ctrl-C has reached it too, unless it was sent to us alone
                watchtower.wait(_STOP_SECONDS)
    finally:
        signal.signal(signal.SIGTERM, before)


def _as_ctrl_c(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _is_free() -> bool:
    try:
        with socket.create_server((HOST, PORT)):
            return True
    except OSError:
        return False

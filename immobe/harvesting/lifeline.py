"""A worker's end of the socket to its supervisor: reports go out; when it breaks, the supervisor has died."""

from __future__ import annotations

import faulthandler
import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from immobe.harvesting.reports import Report


class Lifeline:
    """Never blocks, and never raises for a supervisor that is gone or does not read."""

    def __init__(self, descriptor: int, *, hang_seconds: float, stop_seconds: float) -> None:
        self._hang_seconds, self._stop_seconds = hang_seconds, stop_seconds
        os.set_inheritable(descriptor, False)
        self._socket = socket.socket(fileno=descriptor)

    def send(self, report: Report) -> None:
        """Tells the supervisor."""
        with suppress(OSError):
            self._socket.send(report.to_line(), socket.MSG_DONTWAIT)

    def beat(self) -> None:
        """The event loop lives. When it says so no more, this process ends and says on stderr where it hung.

        No Python code is needed for that, so it also works for what never returns to Python.
        """
        faulthandler.dump_traceback_later(self._hang_seconds, exit=True)

    def rest(self) -> None:
        """The end of a process may take as long as its supervisor allows."""
        faulthandler.cancel_dump_traceback_later()

    def on_break(self, call: Callable[[], object]) -> None:
        """`call` is called, in another thread, when the supervisor has died; after `stop_seconds` this process ends."""
        threading.Thread(target=self._watch, args=(call,), name="lifeline", daemon=True).start()

    def _watch(self, call: Callable[[], object]) -> None:
        with suppress(OSError):
            while self._socket.recv(64):
                pass
        call()
        time.sleep(self._stop_seconds)
        os._exit(1)

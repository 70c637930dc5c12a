"""A call repeated in a thread of its own: what must not hold up a crawl or a web request."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

_log = structlog.get_logger(__name__)


class Periodic:
    """Calls `call` at once (unless told otherwise) and then every `seconds`, one call at a time, until `stop`."""

    def __init__(self, call: Callable[[], object], seconds: float, name: str, *, at_once: bool = True) -> None:
        self._call, self._seconds, self._at_once = call, seconds, at_once
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._repeat, name=name, daemon=True)

    def start(self) -> None:
        """Begins; once only."""
        self._thread.start()

    def stop(self, patience: float = 15.0) -> None:
        """Returns when no call is running any more, or after `patience` seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(patience)

    def _repeat(self) -> None:
        waiting = not self._at_once
        while not (waiting and self._stopping.wait(self._seconds)):
            if self._stopping.is_set():
                return
            try:
                self._call()
            except Exception:  # the next call may succeed, and nobody else would hear of it
                _log.exception("A background call failed", thread=self._thread.name)
            waiting = True

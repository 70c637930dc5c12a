"""Real Chromium for tests: where it is missing they are skipped, and say how to get it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from uuid import uuid4

import psutil
import pytest

from immobe.config import load_config
from immobe.crawling.chromium import INSTALL, find_chromium
from immobe.errors import ConfigError

MARK = "IMMOBE_TEST_RUN"


def _is_missing() -> bool:
    try:
        find_chromium(load_config(None))
    except ConfigError:
        return True
    return False


needs_chromium = pytest.mark.skipif(_is_missing(), reason=f"no Chromium is installed. {INSTALL}")


class Traces:
    """All processes that come from those started with `environment`, whoever has become their parent.

    Chromium's helpers write over their environment: they are known as children, and remembered.
    """

    def __init__(self) -> None:
        self.environment = {MARK: uuid4().hex}
        self._seen: set[psutil.Process] = set()

    def processes(self) -> list[psutil.Process]:
        """Those that run; a zombie does not."""
        parents = {process: _parent(process) for process in psutil.process_iter() if process.pid != os.getpid()}
        found = {process for process in parents if self._is_marked(process)}
        while found:
            self._seen |= found
            pids = {process.pid for process in found}
            found = {process for process, parent in parents.items() if parent in pids} - self._seen
        return [process for process in self._seen if _is_running(process)]

    def browsers(self) -> list[psutil.Process]:
        """Chromium's main processes."""
        return [one for one in self.processes() if "--remote-debugging-pipe" in _command(one)]

    def renderers(self) -> list[psutil.Process]:
        """Chromium's processes of pages."""
        return [one for one in self.processes() if "--type=renderer" in _words(one)]

    def drivers(self) -> list[psutil.Process]:
        """Playwright's processes, of which Chromium's are children."""
        return [one for one in self.processes() if "run-driver" in _command(one)]

    def gone(self, seconds: float = 10.0) -> bool:
        """Whether none is left, now or soon."""
        return until(lambda: not self.processes(), seconds)

    def kill(self) -> None:
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def _is_marked(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(MARK) == self.environment[MARK]
        except psutil.Error:
            return False


def _parent(process: psutil.Process) -> int | None:
    try:
        return process.ppid()
    except psutil.Error:
        return None


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _command(process: psutil.Process) -> list[str]:
    """The words of its command; none for a process of Chromium's that is not the main one."""
    words = _words(process)
    return [] if any(word.startswith("--type=") for word in words) else words


def _words(process: psutil.Process) -> list[str]:
    """None for one that has ended. Chromium's helpers write all of theirs into the first."""
    try:
        return " ".join(process.cmdline()).split()
    except psutil.Error:
        return []


@pytest.fixture
def traces() -> Iterator[Traces]:
    """Whatever a test has started with these must be gone at its end."""
    traces = Traces()
    try:
        yield traces
        assert traces.gone(), traces.processes()
    finally:
        traces.kill()


def until(holds: Callable[[], object], seconds: float) -> bool:
    """Whether it holds, now or soon."""
    ends = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    return True

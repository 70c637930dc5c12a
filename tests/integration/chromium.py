"""Real Chromium for tests: where it is missing they are skipped, and say how to get it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
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
    """All processes that come from those started with `environment`, whoever has become their parent."""

    def __init__(self) -> None:
        self.environment = {MARK: uuid4().hex}

    def processes(self) -> list[psutil.Process]:
        """Those that run; a zombie does not."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def browsers(self) -> list[psutil.Process]:
        """Chromium's main processes."""
        return [one for one in self.processes() if "--remote-debugging-pipe" in _command(one)]

    def drivers(self) -> list[psutil.Process]:
        """Playwright's processes, of which Chromium's are children."""
        return [one for one in self.processes() if "run-driver" in _command(one)]

    def gone(self, seconds: float = 10.0) -> bool:
        """Whether none is left, now or soon."""
        return until(lambda: not self.processes(), seconds)

    def kill(self) -> None:
        for process in self.processes():
            process.kill()

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            is_running = process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE
            return is_running and process.environ().get(MARK) == self.environment[MARK]
        except psutil.Error:
            return False


def _command(process: psutil.Process) -> list[str]:
    """Its words; none for a process of Chromium's that is not the main one, or for one that has ended."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return []
    return [] if any(word.startswith("--type=") for word in words) else words


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

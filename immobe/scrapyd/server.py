"""Runs Scrapyd with deploy/scrapyd.conf, credentials, and the environment that its crawls need.

Scrapyd leaves its crawls alone when it is stopped, and they die with its container or service. So it runs as a child,
and SIGTERM ends the crawls in order first: they give their pages back to the queue.
"""

from __future__ import annotations

import shutil
import signal
import sys
from pathlib import Path
from types import FrameType

import psutil
import structlog

from immobe.config import Config, child_environment
from immobe.errors import ConfigError

CONF = Path(__file__).parents[2] / "deploy" / "scrapyd.conf"
_log = structlog.get_logger(__name__)


def serve(config: Config, host: str, port: int, conf: Path = CONF) -> int:
    """Until SIGTERM, SIGINT, or its death; Scrapyd's exit code, 0 when it was stopped.

    Raises ConfigError without credentials: whoever reaches a Scrapyd may run code on its machine.
    """
    environment = _environment(config, host, port)
    folder = config.immobe_data_dir.expanduser() / "scrapyd"
    (folder / "logs").mkdir(parents=True, exist_ok=True)  # the dashboard looks for it before the first job
    shutil.copyfile(conf, folder / "scrapyd.conf")  # it and its crawls look for it in their folder
    command = [sys.executable, "-m", "scrapyd", "--pidfile="]
    scrapyd = psutil.Popen(command, cwd=folder, env=environment)
    stopping: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)
        _end(scrapyd, config.harvester_stop_seconds)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    code: int = scrapyd.wait()
    return 0 if stopping else code or 1


def _environment(config: Config, host: str, port: int) -> dict[str, str]:
    if not config.scrapyd_username or not config.scrapyd_password:
        raise ConfigError(
            "SCRAPYD_USERNAME and SCRAPYD_PASSWORD must be set: whoever reaches Scrapyd may run code on this machine. "
            "Example: SCRAPYD_USERNAME=immobe SCRAPYD_PASSWORD=$(openssl rand -hex 32)"
        )
    return child_environment(
        config,
        SCRAPYD_BIND_ADDRESS=host,
        SCRAPYD_HTTP_PORT=str(port),
        SCRAPYD_USERNAME=config.scrapyd_username,
        SCRAPYD_PASSWORD=config.scrapyd_password,
        # For the crawls of deploy/scrapyd.conf's [settings]; those of an egg have the same.
        SCRAPY_SETTINGS_MODULE="immobe.settings",
    )


def _end(scrapyd: psutil.Popen, seconds: float) -> None:
    """First Scrapyd, so that it starts no other crawl; then its crawls, in order where they have the time."""
    crawls = scrapyd.children()
    for process in (scrapyd, *crawls):
        _send(process, signal.SIGTERM)
    _, late = psutil.wait_procs(crawls, seconds)
    for process in late:
        _log.error("A crawl did not end in time and is killed; its pages go to others", pid=process.pid)
        _send(process, signal.SIGKILL)


def _send(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        _log.debug("Ended meanwhile", pid=process.pid)

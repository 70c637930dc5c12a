"""Crawls as processes of our own, so many at once; they end in order when Watchtower ends."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import structlog

from immobe.config import Config, child_environment
from immobe.errors import ServiceError
from immobe.watchtower.crawls.orders import CrawlOrder, Job

_log = structlog.get_logger(__name__)
_REMEMBERED = 100
_MOST_WAITING = 50
_STOP_SECONDS = 30.0


class ProcessPool:
    """Each order is one `scrapy crawl`; its output goes to `logs/` in the data folder. Threads may share it."""

    def __init__(self, config: Config, at_once: int) -> None:
        self._config = config
        self._logs = config.immobe_data_dir.expanduser() / "logs"
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="crawl")
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._closing = False

    def start(self, order: CrawlOrder) -> Job:
        """At once, or when one of the others has ended. Raises ServiceError when too many wait, or we are ending."""
        job = Job(order.platform, uuid4().hex, "waiting", "pool")
        with self._lock:
            waiting = sum(job.state == "waiting" for job in self._jobs.values())
            if self._closing or waiting >= _MOST_WAITING:
                raise ServiceError("Crawls: too many wait already, or Watchtower is ending")
            self._remember(job)
            self._threads.submit(self._run, job, order)
        return job

    def jobs(self) -> list[Job]:
        """The latest last."""
        with self._lock:
            return list(self._jobs.values())

    def close(self) -> None:
        """Asks the processes to end, which give their pages back to the queue; kills what does not in time."""
        with self._lock:
            self._closing = True
            running = list(self._processes.values())
        for process in running:
            process.terminate()
        for process in running:
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _run(self, job: Job, order: CrawlOrder) -> None:
        """In a thread of the pool, for as long as the process lives."""
        try:
            with self._log_of(job).open("ab") as log:
                process = self._begin(job, order, log.fileno())
                if process is None:
                    return
                code = process.wait()
        except OSError as error:
            _log.error("A crawl could not be started", platform=order.platform, job=job.job, error=str(error))
            code = -1
        with self._lock:
            self._processes.pop(job.job, None)
            self._remember(replace(job, state="ended", exit_code=code))
        _log.info("A crawl ended", platform=order.platform, mode=order.mode, job=job.job, exit_code=code)

    def _begin(self, job: Job, order: CrawlOrder, log: int) -> subprocess.Popen[bytes] | None:
        """None when Watchtower is ending."""
        environment = child_environment(self._config, SCRAPY_SETTINGS_MODULE="immobe.settings")
        with self._lock:
            if self._closing:
                return None
            # In a session of its own, so that a terminal's Ctrl-C reaches Watchtower alone.
            process = subprocess.Popen(
                _command(order),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            self._processes[job.job] = process
            self._remember(replace(job, state="started"))
        _log.info("A crawl started", platform=order.platform, mode=order.mode, job=job.job, pid=process.pid)
        return process

    def _log_of(self, job: Job) -> Path:
        self._logs.mkdir(parents=True, exist_ok=True)
        return self._logs / f"watchtower-{job.platform}.log"

    def _remember(self, job: Job) -> None:
        self._jobs[job.job] = job
        while len(self._jobs) > _REMEMBERED:
            self._jobs.popitem(last=False)


def _command(order: CrawlOrder) -> list[str]:
    arguments = [f"-a{name}={value}" for name, value in order.arguments.items()]
    settings = [f"-s{name}={value}" for name, value in order.settings.items()]
    return [sys.executable, "-m", "scrapy", "crawl", order.platform, *arguments, *settings]

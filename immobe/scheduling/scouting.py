"""One scheduled scout, to its end: as a process of our own, or through Scrapyd."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from sqlalchemy import Engine

from immobe.config import Config, child_environment
from immobe.errors import ServiceError
from immobe.watchtower.crawls.ledger import Ledger
from immobe.watchtower.crawls.orders import CrawlOrder

NOT_STARTED_EXIT = 69
"""EX_UNAVAILABLE of sysexits.h: Scrapyd, or the database that keeps its orders, took none."""


class NotStarted(ServiceError):  # noqa: N818 - reads as what happened
    """Nobody took the order."""


def scout(config: Config, platform: str, open_database: Callable[[], Engine], say: Callable[[str], None]) -> bool:
    """Whether it ended well; `say` is told of Scrapyd's job. Raises NotStarted, ServiceError when Scrapyd is lost."""
    order = CrawlOrder(platform, "scout", config.schedule_scope)
    return _in_scrapyd(config, order, open_database(), say) if config.scrapyd_url else _here(config, order)


def _here(config: Config, order: CrawlOrder) -> bool:
    arguments = [f"-a{name}={value}" for name, value in order.arguments.items()]
    command = [sys.executable, "-m", "scrapy", "crawl", order.platform, *arguments]
    environment = child_environment(config, SCRAPY_SETTINGS_MODULE="immobe.settings")
    return subprocess.run(command, env=environment, check=False).returncode == 0


def _in_scrapyd(config: Config, order: CrawlOrder, engine: Engine, say: Callable[[str], None]) -> bool:
    ledger = Ledger.of(config, engine)
    try:
        job = _started(ledger, order)
        say(f"Scrapyd has the job {job}.")
        outcome = ledger.wait(job)
        say(f"The job {job} has ended: {outcome}.")
        return outcome == "done"
    finally:
        ledger.close()
        engine.dispose()


def _started(ledger: Ledger, order: CrawlOrder) -> str:
    try:
        return ledger.start(order).job
    except ServiceError as error:
        raise NotStarted(f"The scout of {order.platform} was not started. {error}") from error

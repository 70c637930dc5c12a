"""One scheduled scout, to its end: as a process of our own, or through Scrapyd."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from sqlalchemy import Engine

from immobe.config import Config, child_environment
from immobe.watchtower.crawls.ledger import Ledger
from immobe.watchtower.crawls.orders import CrawlOrder


def scout(config: Config, platform: str, open_database: Callable[[], Engine]) -> bool:
    """Whether it ended well. Raises ServiceError when Scrapyd takes no order, or goes for good."""
    order = CrawlOrder(platform, "scout", config.schedule_scope)
    return _in_scrapyd(config, order, open_database()) if config.scrapyd_url else _here(config, order)


def _here(config: Config, order: CrawlOrder) -> bool:
    arguments = [f"-a{name}={value}" for name, value in order.arguments.items()]
    command = [sys.executable, "-m", "scrapy", "crawl", order.platform, *arguments]
    environment = child_environment(config, SCRAPY_SETTINGS_MODULE="immobe.settings")
    return subprocess.run(command, env=environment, check=False).returncode == 0


def _in_scrapyd(config: Config, order: CrawlOrder, engine: Engine) -> bool:
    ledger = Ledger.of(config, engine)
    try:
        return ledger.wait(ledger.start(order).job) == "done"
    finally:
        ledger.close()
        engine.dispose()

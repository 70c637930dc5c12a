"""One scheduled scout, to its end: as a process of our own, or in Scrapyd, which is asked how far it is."""

from __future__ import annotations

import subprocess
import sys

from immobe.config import Config, child_environment
from immobe.embedded import ensure_services
from immobe.storage.engine import make_engine
from immobe.watchtower.crawls.ledger import Ledger
from immobe.watchtower.crawls.orders import CrawlOrder
from immobe.watchtower.crawls.verdicts import Verdict


def scout(config: Config, platform: str) -> bool:
    """Whether it ended well. Raises ServiceError when Scrapyd takes no order."""
    order = CrawlOrder(platform, "scout", config.schedule_scope)
    if config.scrapyd_url:
        return _in_scrapyd(config, order)
    arguments = [f"-a{name}={value}" for name, value in order.arguments.items()]
    command = [sys.executable, "-m", "scrapy", "crawl", platform, *arguments]
    environment = child_environment(config, SCRAPY_SETTINGS_MODULE="immobe.settings")
    return subprocess.run(command, env=environment, check=False).returncode == 0


def _in_scrapyd(config: Config, order: CrawlOrder) -> bool:
    """One that goes on already is waited for. A Scrapyd that does not answer for ten minutes is given up."""
    engine = make_engine(config, ensure_services(config).database_url, "immobe schedule")
    ledger = Ledger.of(config, engine)
    try:
        return ledger.wait(ledger.start(order).job) == Verdict.DONE
    finally:
        ledger.close()
        engine.dispose()

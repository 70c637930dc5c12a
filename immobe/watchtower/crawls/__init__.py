"""Crawls that operators start: through Scrapyd where there is one, else as processes of Watchtower's own."""

from __future__ import annotations

from immobe.watchtower.backend import Backend
from immobe.watchtower.crawls.ledger import Ledger
from immobe.watchtower.crawls.orders import CrawlOrder, Job, Launcher
from immobe.watchtower.crawls.pool import ProcessPool

__all__ = ["CrawlOrder", "Job", "Launcher", "launcher_of"]


def launcher_of(backend: Backend) -> Launcher:
    """As configured by SCRAPYD_URL. Starts nothing."""
    config = backend.config
    if config.scrapyd_url:
        return Ledger.of(config, backend.engine)
    urls = {"database_url": backend.urls.database_url, "redis_url": backend.urls.redis_url}
    return ProcessPool(config.model_copy(update=urls), config.watchtower_scouts)

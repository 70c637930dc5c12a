"""Gives a crawl its PostgreSQL and Redis: the configured ones, or the embedded ones, started on demand."""

from __future__ import annotations

import time

import structlog
from scrapy.settings import BaseSettings

from immobe.config import Config
from immobe.crawling.failures import clear_failure
from immobe.embedded import ServiceUrls, ensure_services
from immobe.embedded.guard import Guard
from immobe.errors import ServiceError
from immobe.storage.schema import migrate

_log = structlog.get_logger(__name__)
_PATIENCE_SECONDS = 30.0
"""A server that starts anew is back by then. A scout that did not wait would leave its market unseen for an hour."""
_PAUSE_SECONDS = 1.0


class ServicesAddon:
    """Sets DATABASE_URL and REDIS_URL when a crawl starts (not for `scrapy list`), and brings the schema up to date.

    Embedded services that are killed during the crawl are started again.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        with clear_failure():
            services = _services(settings["IMMOBE_CONFIG"])
        Guard(settings["IMMOBE_CONFIG"], services).start()
        settings.set("DATABASE_URL", services.database_url, "addon")
        settings.set("REDIS_URL", services.redis_url, "addon")


def _services(config: Config) -> ServiceUrls:
    """With an up-to-date schema. Raises ServiceError for what is still away after `_PATIENCE_SECONDS`."""
    until, told = time.monotonic() + _PATIENCE_SECONDS, False
    while True:
        try:
            services = ensure_services(config)
            migrate(services.database_url)
            return services
        except ServiceError as error:
            if time.monotonic() > until:
                raise
            if not told:
                _log.warning("The crawl waits for a service", error=str(error), seconds=_PATIENCE_SECONDS)
            told = True
            time.sleep(_PAUSE_SECONDS)

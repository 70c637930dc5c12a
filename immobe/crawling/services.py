"""Gives a crawl its PostgreSQL and Redis: the configured ones, or the embedded ones, started on demand."""

from __future__ import annotations

from scrapy.settings import BaseSettings

from immobe.crawling.failures import clear_failure
from immobe.embedded import ensure_services
from immobe.embedded.guard import Guard
from immobe.storage.schema import migrate


class ServicesAddon:
    """Sets DATABASE_URL and REDIS_URL when a crawl starts (not for `scrapy list`), and brings the schema up to date.

    Embedded services that are killed during the crawl are started again.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        with clear_failure():
            services = ensure_services(settings["IMMOBE_CONFIG"])
            migrate(services.database_url)
        Guard(settings["IMMOBE_CONFIG"], services).start()
        settings.set("DATABASE_URL", services.database_url, "addon")
        settings.set("REDIS_URL", services.redis_url, "addon")

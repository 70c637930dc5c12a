"""Records become rows. An item has passed only when its row is committed."""

from __future__ import annotations

from asyncio import gather
from typing import Self

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from immobe.items import DetectedPage
from immobe.storage.batching import BatchWriter
from immobe.storage.deliveries import Writable
from immobe.storage.engine import make_engine
from immobe.storage.writer import ListingWriter


class PostgresPipeline:
    """Writes every kind of item through one batching writer, off the reactor thread."""

    def __init__(self, writer: BatchWriter) -> None:
        self._writer = writer

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Raises NotConfigured without DATABASE_URL."""
        config = crawler.settings["IMMOBE_CONFIG"]
        database_url = crawler.settings["DATABASE_URL"]
        if not database_url:
            raise NotConfigured("DATABASE_URL is not set")
        engine = make_engine(config, database_url)
        return cls(
            BatchWriter(
                ListingWriter(engine, lambda: crawler.stats.get_value("run/id")),
                batch_size=config.database_batch_size,
                batch_seconds=config.database_batch_seconds,
                # The scheduler reads it: while the database is down no new work begins.
                on_outage=lambda down: crawler.stats.set_value("storage/down", down),
                giving_up=lambda: bool(crawler.stats.get_value("storage/give_up")),
            )
        )

    async def process_item(self, item: DetectedPage | Writable) -> DetectedPage | Writable:
        """Returns after the commit. Raises the row's own error when it alone could not be written."""
        await gather(*(self._writer.write(row) for row in _rows(item)))
        return item

    async def close_spider(self) -> None:
        """Commits what is waiting."""
        await self._writer.close()


def _rows(item: DetectedPage | Writable) -> tuple[Writable, ...]:
    if not isinstance(item, DetectedPage):
        return (item,)
    return item.listings if item.search is None else (*item.listings, item.search)

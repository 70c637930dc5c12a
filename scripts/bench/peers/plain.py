"""A usual Scrapy spider: `python plain.py SINK QUEUE`; SINK none, sqlalchemy or ours; QUEUE memory or redis.

none: the item is made and dropped. sqlalchemy: a session for each item, committed, as most projects do it. ours: our
mapper, validation and batched writer. redis: stock scrapy-redis 0.9.1 with its pickles.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import reading
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import TextResponse
from scrapy_redis.spiders import RedisSpider
from sqlalchemy import JSON, Identity, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from immobe.config import load_config
from immobe.items import RawListing

SCOPE = os.environ["BENCH_SCOPE"]


class Following:
    """Search pages to listings and the next page; a listing to its facts."""

    def parse(self, response: TextResponse, **_: Any) -> Iterator[Request]:
        page = reading.read_search(response.body, response.url)
        for card in page.cards:
            yield Request(card["url"], self.parse_listing)
        if page.next_page:
            yield Request(page.next_page, self.parse, priority=100)

    def parse_listing(self, response: TextResponse) -> Iterator[Any]:
        found = reading.read_listing(response.selector)
        yield found
        for unit in reading.PLATFORM.units(found["payload"]):
            yield Request(unit.url, self.parse_listing)


class PlainSpider(Following, Spider):
    name = "plain"

    async def start(self) -> AsyncIterator[Request]:
        for url in reading.seeds(SCOPE):
            yield Request(url, self.parse, dont_filter=True)


class StockSpider(Following, RedisSpider):
    name = "stock"
    redis_key = "stock:start_urls"
    max_idle_time = 2


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON}  # noqa: RUF012


class Row(Base):
    __tablename__ = reading.TABLE
    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    platform_listing_id: Mapped[str]
    url: Mapped[str]
    transaction_type: Mapped[str | None]
    property_type: Mapped[str | None]
    property_subtype: Mapped[str | None]
    price_eur: Mapped[float | None]
    bedroom_count: Mapped[int | None]
    living_area_m2: Mapped[float | None]
    postal_code: Mapped[str | None]
    locality: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    epc_label: Mapped[str | None]
    construction_year: Mapped[int | None]
    payload: Mapped[dict[str, Any]]


class SessionPipeline:
    """A session and a commit for each item."""

    def open_spider(self) -> None:
        self.engine = create_engine(load_config(None).database_url or "")

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        with Session(self.engine) as session:
            session.add(Row(**item))
            session.commit()
        return item

    def close_spider(self) -> None:
        self.engine.dispose()


class ToRaw:
    """The item as our mapper takes it."""

    def process_item(self, item: dict[str, Any]) -> RawListing:
        listing_id, url = item["platform_listing_id"], item["url"]
        return RawListing("immoweb", listing_id, url, item["payload"], datetime.now(UTC), "bench")


SINKS: dict[str, dict[Any, int]] = {
    "none": {},
    "sqlalchemy": {SessionPipeline: 100},
    "ours": {
        ToRaw: 50,
        "pipelines.mapper.MapperPipeline": 100,
        "pipelines.validation.ValidationPipeline": 200,
        "pipelines.postgres.PostgresPipeline": 300,
    },
}
QUEUES: dict[str, dict[str, Any]] = {
    "memory": {},
    "redis": {
        "SCHEDULER": "scrapy_redis.scheduler.Scheduler",
        "DUPEFILTER_CLASS": "scrapy_redis.dupefilter.RFPDupeFilter",
        "SCHEDULER_PERSIST": True,
        "SCHEDULER_FLUSH_ON_START": True,
    },
}


def main(sink: str, queue: str) -> None:
    config = load_config(None)
    settings = {
        "ITEM_PIPELINES": SINKS[sink],
        "EXTENSIONS": {"clock.Clock": 1},
        "BENCH_CLOCK": os.environ["BENCH_CLOCK"],
        "CONCURRENT_REQUESTS": config.crawler_concurrent_requests,
        "CONCURRENT_REQUESTS_PER_DOMAIN": config.crawler_concurrent_requests,
        "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), "immobe.crawling.replica_handler.ReplicaDownloadHandler"),
        "REPLICA_URL": config.replica_url,
        "DATABASE_URL": config.database_url,
        "REDIS_URL": config.redis_url,
        "IMMOBE_CONFIG": config,
        "ROBOTSTXT_OBEY": False,
        "COOKIES_ENABLED": False,
        "DOWNLOAD_DELAY": 0,
        "DEPTH_LIMIT": 0,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "INFO",
        **QUEUES[queue],
    }
    process = AsyncCrawlerProcess(settings)
    process.crawl(StockSpider if queue == "redis" else PlainSpider)
    process.start()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""crawlee-python: its ParselCrawler with its storage in memory, and our mapper, validation and batched writer."""

from __future__ import annotations

import asyncio
import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import reading
from crawlee import ConcurrencySettings, Request
from crawlee.configuration import Configuration
from crawlee.crawlers import ParselCrawler, ParselCrawlingContext
from crawlee.storage_clients import MemoryStorageClient

from immobe.config import load_config
from immobe.items import RawListing
from immobe.mapping.mapper import map_listing
from immobe.mapping.validation import validate
from immobe.storage.batching import BatchWriter
from immobe.storage.engine import make_engine
from immobe.storage.writer import ListingWriter


async def crawl() -> float:
    """When it began."""
    config = load_config(None)
    server = config.replica_url or ""
    engine = make_engine(config, config.database_url or "")
    writer = BatchWriter(ListingWriter(engine), batch_size=config.database_batch_size,
                         batch_seconds=config.database_batch_seconds)  # fmt: skip

    def local(url: str) -> str:
        parts = urlsplit(url)
        return f"{server}/{parts.netloc}{urlunsplit(('', '', parts.path, parts.query, ''))}"

    concurrency = ConcurrencySettings(
        min_concurrency=config.crawler_concurrent_requests,
        desired_concurrency=config.crawler_concurrent_requests,
        max_concurrency=config.crawler_concurrent_requests,
    )
    crawler = ParselCrawler(
        storage_client=MemoryStorageClient(),
        configuration=Configuration(log_level="INFO"),
        concurrency_settings=concurrency,
        request_handler_timeout=timedelta(seconds=120),
        use_session_pool=False,
        respect_robots_txt_file=False,
    )

    @crawler.router.handler("SEARCH")
    async def search(context: ParselCrawlingContext) -> None:
        page = reading.read_search(await context.http_response.read(), context.request.user_data["url"])  # type: ignore[arg-type]
        found = [Request.from_url(local(card["url"]), label="LISTING") for card in page.cards]
        if page.next_page:
            found.append(Request.from_url(local(page.next_page), label="SEARCH", user_data={"url": page.next_page}))
        await context.add_requests(found)

    @crawler.router.handler("LISTING")
    async def listing(context: ParselCrawlingContext) -> None:
        found = reading.read_listing(context.selector)
        raw = RawListing(
            "immoweb", found["platform_listing_id"], found["url"], found["payload"], datetime.now(UTC), "x"
        )
        mapped, reasons = validate(map_listing(reading.PLATFORM.mapping, raw))
        if not reasons:
            await writer.write(mapped)
        units = reading.PLATFORM.units(found["payload"])
        await context.add_requests([Request.from_url(local(unit.url), label="LISTING") for unit in units])

    seeds = reading.seeds(os.environ["BENCH_SCOPE"])
    began = time.monotonic()
    await crawler.run([Request.from_url(local(url), label="SEARCH", user_data={"url": url}) for url in seeds])
    await writer.close()
    engine.dispose()
    return began


def main() -> None:
    began = asyncio.run(crawl())
    Path(os.environ["BENCH_CLOCK"]).write_text(json.dumps({"began": began, "ended": time.monotonic()}))


if __name__ == "__main__":
    main()

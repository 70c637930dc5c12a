"""As `fetch.py`, with pages made by Chromium; stdin also has {"config": {…}}, and outcomes the page's `text`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

from immobe.config import load_config
from immobe.observability.logs import configure_logs
from tests.integration.fetch import MIDDLEWARES, SETTINGS, FetchSpider

BROWSER = {
    "BROWSER_PLATFORMS": [FetchSpider.name],
    "BROWSER_GUARD": "middlewares.browser.BrowserMiddleware",
    "DOWNLOADER_MIDDLEWARES": {**MIDDLEWARES, "middlewares.browser.BrowserMiddleware": 795},
    "DOWNLOAD_HANDLERS": dict.fromkeys(
        ("http", "https"), "immobe.crawling.browser_handler.BrowserDownloadHandler"
    ),
}  # fmt: skip


class BrowserFetchSpider(FetchSpider):
    def answered(self, response: Response, wanted: dict[str, Any]) -> Iterator[dict[str, str]]:
        self.write(wanted, response.meta, status=response.status, text=response.text, final_url=response.url)
        yield {"url": wanted["url"]}


def main() -> None:
    configure_logs()
    job = json.load(sys.stdin)
    BrowserFetchSpider.wanted = job["requests"]
    BrowserFetchSpider.allowed_domains = job["hosts"]  # type: ignore[attr-defined]
    config = load_config(None, **job["config"])
    process = AsyncCrawlerProcess({**SETTINGS, **BROWSER, "IMMOBE_CONFIG": config, **job["settings"]})
    crawler = process.create_crawler(BrowserFetchSpider)
    process.crawl(crawler)
    process.start()
    print(json.dumps({"stats": crawler.stats.get_stats()}, default=str), flush=True)


if __name__ == "__main__":
    main()

"""A Scrapy crawl for tests: fetches what stdin lists, with our middlewares, and writes each outcome to stdout as JSON.

stdin: {"settings": {…}, "hosts": […], "requests": [{"url", "meta"}]}
stdout: a line a request {"url", "status", "error", "lease", "meta", "length"}, last {"stats": {…}}
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response

from immobe.observability.logs import configure_logs

MIDDLEWARES = {
    "middlewares.gate.GateMiddleware": 60,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "middlewares.robots.RobotsMiddleware": 100,
    "middlewares.conditional.ConditionalMiddleware": 450,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "middlewares.retry.RetryMiddleware": 550,
    "middlewares.blocks.BlockDetectionMiddleware": 570,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "middlewares.decompression.DecompressionMiddleware": 590,
    "middlewares.budget.BudgetMiddleware": 780,
    "middlewares.last_look.LastLookMiddleware": 785,
    "middlewares.limits.LimitsMiddleware": 790,
}
SETTINGS = {
    "LOG_INSTALL_ROOT_HANDLER": False,
    "DOWNLOADER_MIDDLEWARES": MIDDLEWARES,
    "ROBOTSTXT_OBEY": True,
    "ROBOTSTXT_USER_AGENT": "Immo-Be",
    "USER_AGENT": "Immo-Be/0.1",
    "COOKIES_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "METAREFRESH_ENABLED": False,
    "REDIRECT_MAX_TIMES": 5,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "DOWNLOAD_TIMEOUT": 30,
    "DOWNLOAD_MAXSIZE": 1_000_000,
    "THROTTLE_ENABLED": False,
    "LOG_LEVEL": "INFO",
}


class FetchSpider(Spider):
    name = "fetch"
    handle_httpstatus_list = (404, 410)
    wanted: list[dict[str, Any]] = []  # noqa: RUF012

    async def start(self) -> AsyncIterator[Request]:
        for number, wanted in enumerate(self.wanted):
            meta = wanted.get("meta", {})
            # One object for all copies of the request, as the scheduler gives it.
            yield Request(
                wanted["url"],
                self.answered,
                errback=self.failed,
                meta=meta,
                headers=wanted.get("headers"),
                dont_filter=True,
                priority=-number,
                cb_kwargs={"wanted": wanted},
            )

    def answered(self, response: Response, wanted: dict[str, Any]) -> Iterator[dict[str, str]]:
        self.write(wanted, response.meta, status=response.status, length=len(response.body), final_url=response.url)
        yield {"url": wanted["url"]}

    def failed(self, failure: Any) -> None:
        self.write(failure.request.cb_kwargs["wanted"], failure.request.meta, error=repr(failure.value))

    def write(self, wanted: dict[str, Any], meta: dict[str, Any], **outcome: Any) -> None:
        lease = wanted.get("meta", {}).get("lease")
        kept = {name: meta[name] for name in ("unchanged", "retry_times", "redirect_times") if name in meta}
        print(json.dumps({"url": wanted["url"], "lease": lease, "meta": kept, **outcome}), flush=True)


def main() -> None:
    configure_logs()
    job = json.load(sys.stdin)
    FetchSpider.wanted = job["requests"]
    if job.get("hosts"):
        FetchSpider.allowed_domains = job["hosts"]  # type: ignore[attr-defined]
    process = CrawlerProcess({**SETTINGS, **job["settings"]})
    crawler = process.create_crawler(FetchSpider)
    process.crawl(crawler)
    process.start()
    print(json.dumps({"stats": crawler.stats.get_stats()}, default=str), flush=True)


if __name__ == "__main__":
    main()

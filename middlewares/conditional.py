"""Revisits ask whether a page has changed: an unchanged one costs the portal and us next to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Self, cast

from redis import Redis
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from middlewares.shared_redis import RedisAway, SharedRedis

# {header of an answer: header of the next request}
VALIDATORS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}


class ConditionalMiddleware:
    """For requests with `meta["conditional"]`: sends what the last answer carried; a 304 has `meta["unchanged"]`.

    Validators come from `meta["validators"]` or Redis, and are kept only when the page's item has passed all pipelines:
    a page that was fetched but not stored must be sent again in full.
    """

    def __init__(self, crawler: Crawler, ttl: int) -> None:
        self._crawler, self._redis, self._ttl = crawler, SharedRedis.of(crawler), ttl
        self._keeping: set[asyncio.Future[None]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        middleware = cls(crawler, crawler.settings.getint("VALIDATORS_TTL", 90 * 86400))
        crawler.signals.connect(middleware.item_scraped, signals.item_scraped)
        crawler.signals.connect(middleware.spider_closed, signals.spider_closed)
        return middleware

    async def process_request(self, request: Request) -> None:
        """Adds If-None-Match and If-Modified-Since, except to the target of a redirect: they are for another page."""
        for header in VALIDATORS.values():
            request.headers.pop(header, None)
        if not request.meta.get("conditional") or request.meta.get("redirect_times"):
            return
        for name, value in (request.meta.get("validators") or await self._kept(request)).items():
            if name in VALIDATORS:
                request.headers[VALIDATORS[name]] = value

    def process_response(self, request: Request, response: Response) -> Response:
        """Marks a 304, and lets the spider have it."""
        if response.status == 304 and any(header in request.headers for header in VALIDATORS.values()):
            request.meta["unchanged"] = True
            handled = getattr(self._crawler.spider, "handle_httpstatus_list", ())
            request.meta["handle_httpstatus_list"] = [*request.meta.get("handle_httpstatus_list", handled), 304]
            self._crawler.stats.inc_value("conditional/unchanged")
        return response

    def item_scraped(self, item: Any, response: Response | None) -> None:
        """The item is stored: its page's validators are good for the next visit."""
        if response is None or response.request is None or not response.meta.get("conditional"):
            return
        found = {name: response.headers[name] or b"" for name in VALIDATORS if name in response.headers}
        if found and response.status in (200, 304):
            keeping = asyncio.ensure_future(self._keep(self._key(response.request), found))
            self._keeping.add(keeping)
            keeping.add_done_callback(self._keeping.discard)

    async def spider_closed(self) -> None:
        """What is being kept is kept."""
        await asyncio.gather(*self._keeping)

    def _key(self, request: Request) -> str:
        return self._redis.key("validators", self._crawler.request_fingerprinter.fingerprint(request).hex())

    async def _kept(self, request: Request) -> dict[str, bytes]:
        key = self._key(request)

        def read(redis: Redis) -> dict[bytes, bytes]:
            return cast("dict[bytes, bytes]", redis.hgetall(key))

        try:
            return {name.decode(): value for name, value in (await self._redis.ask(read)).items()}
        except RedisAway:
            return {}

    async def _keep(self, key: str, found: Mapping[Any, bytes]) -> None:
        def write(redis: Redis) -> None:
            with redis.pipeline() as pipe:
                pipe.delete(key)
                pipe.hset(key, mapping=found)
                pipe.expire(key, self._ttl)
                pipe.execute()

        try:
            await self._redis.ask(write)
        except RedisAway:
            return

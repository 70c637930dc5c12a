"""A crawler that is only what middlewares use of it, for tests without a reactor."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy import Request
from scrapy.settings import Settings
from scrapy.signalmanager import SignalManager
from scrapy.utils.request import RequestFingerprinter


class Stats:
    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def inc_value(self, key: str, count: int = 1) -> None:
        self.values[key] = self.values.get(key, 0) + count

    def set_value(self, key: str, value: Any) -> None:
        self.values[key] = value


class Spider:
    name = "immoweb"
    allowed_domains = ("www.immoweb.be", "immoweb.be")
    handle_httpstatus_list = (404, 410)


class Crawler:
    def __init__(self, **settings: Any) -> None:
        self.settings = Settings(settings)
        self.stats, self.signals, self.spider = Stats(), SignalManager(self), Spider()
        self.request_fingerprinter = RequestFingerprinter()


@pytest.fixture
def make_crawler() -> type[Crawler]:
    """`make_crawler(SETTING=value)`; without REDIS_URL, so Redis is away."""
    return Crawler


@pytest.fixture
def request_of() -> Any:
    """`request_of(attempts=2, **meta)`: a leased request of Immoweb."""

    def make(attempts: int = 1, url: str = "https://www.immoweb.be/en/classified/1", **meta: Any) -> Request:
        return Request(url, meta={"lease": {"attempts": attempts}, **meta})

    return make

"""When a crawl has done its part."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.utils.test import get_crawler

from immobe.extensions import recycle
from immobe.extensions.recycle import Recycle


class Engine:
    """Notes why it is closed."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    async def close_spider_async(self, *, reason: str) -> None:
        self.reasons.append(reason)


def made(**settings: Any) -> tuple[Recycle, Engine]:
    crawler = get_crawler(Spider, settings)
    extension, engine = Recycle.from_crawler(crawler), Engine()
    crawler._engine = engine  # type: ignore[assignment]
    return extension, engine


def page() -> Request:
    return Request("https://example.org/", meta={"lease": {"id": "1"}})


async def test_it_ends_once_after_so_many_pages_of_the_queue() -> None:
    extension, engine = made(RECYCLE_PAGES=2)
    for request in (page(), Request("https://example.org/robots.txt"), page(), page()):
        assert extension.is_due == (extension.pages >= 2)
        extension._received(request)
        await asyncio.sleep(0)
    assert engine.reasons == ["recycled_pages"]
    assert extension.pages == 3


async def test_it_ends_when_the_process_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    extension, engine = made(RECYCLE_MB=200)
    monkeypatch.setattr(recycle, "resident_bytes", lambda: 200_000_000)
    extension._look()
    assert not extension.is_due
    monkeypatch.setattr(recycle, "resident_bytes", lambda: 201_000_000)
    extension._look()
    extension._look()
    await asyncio.sleep(0)
    assert engine.reasons == ["recycled_memory"]


async def test_without_limits_it_only_counts() -> None:
    extension, engine = made()
    for _ in range(1000):
        extension._received(page())
    assert (extension.pages, extension.is_due, engine.reasons) == (1000, False, [])
    assert extension.last_page is not None


def test_the_size_is_that_of_this_process() -> None:
    assert 10_000_000 < recycle.resident_bytes() < 100_000_000_000

"""Watchtower with a small market, and a real Chromium that looks at it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright

from immobe.config import load_config
from immobe.crawling.chromium import FLAGS, find_chromium
from immobe.embedded import ServiceUrls
from immobe.replica.load import Synthetic, load
from immobe.storage.engine import make_engine
from tests.e2e.visiting import Visitor
from tests.integration.chromium import needs_chromium
from tests.integration.conftest import services as services
from tests.integration.databases import fresh_database
from tests.integration.watchtower_service import NAME, PASSWORD, Service, prepare, serving

LISTINGS = 400
# Without the flags that keep a crawl's browser off every network: this one visits our own service.
_FLAGS = [flag for flag in FLAGS if "proxy" not in flag and "resolver" not in flag]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(needs_chromium)
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def market_url(services: ServiceUrls) -> Iterator[str]:
    """URL of a database with operators and a market of LISTINGS adverts, for tests that only look."""
    with fresh_database(services.database_url) as url:
        prepare(url)
        engine = make_engine(load_config(None), url)
        load(engine, Synthetic(LISTINGS, 1, datetime.now(UTC)), progress=lambda _: None)
        engine.dispose()
        yield url


@pytest.fixture(scope="session")
def watchtower(market_url: str, services: ServiceUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serves that market. Its Scrapyd does not exist: no crawl is ever started."""
    folder = tmp_path_factory.mktemp("watchtower")
    with serving(market_url, services.redis_url, folder, scrapyd_url="http://127.0.0.1:1") as service:
        yield service


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """Not for the whole session: as long as it is there, an event loop runs in this thread, and coroutines cannot be
    tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(load_config(None)),
            args=[*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])],
            chromium_sandbox=os.geteuid() != 0,
        )
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Chromium, watchtower: Service) -> Iterator[Visitor]:
    """Somebody who looks at the market, not signed in; at the end nothing went wrong in the browser."""
    with Visitor.at(chromium, watchtower.url) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def session(chromium: Chromium, watchtower: Service) -> list[Any]:
    return Visitor.signed_in(chromium, watchtower.url, NAME, PASSWORD)


@pytest.fixture
def operator(visitor: Visitor, session: list[Any]) -> Visitor:
    """The visitor, signed in."""
    visitor.context.add_cookies(session)
    return visitor

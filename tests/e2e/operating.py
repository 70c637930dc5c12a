"""A market with troubles, served for a test module of its own: whoever changes something takes `fresh_market`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redis import Redis

from immobe.config import load_config
from immobe.embedded import ServiceUrls
from immobe.replica.load import Synthetic, load
from immobe.storage.engine import make_engine
from tests.e2e.troubled import trouble
from tests.integration.databases import fresh_database
from tests.integration.watchtower_service import Service, prepare, serving


@contextmanager
def troubled_service(services: ServiceUrls, folder: Path, listings: int, **settings: Any) -> Iterator[Service]:
    """Its Redis is emptied before and after, its Scrapyd does not exist unless `settings` name one."""
    with fresh_database(services.database_url) as url, Redis.from_url(services.redis_url) as redis:
        redis.flushall()
        prepare(url)
        engine = make_engine(load_config(None), url)
        load(engine, Synthetic(listings, 1, datetime.now(UTC)), progress=lambda _: None)
        trouble(engine, redis)
        engine.dispose()
        options = {"scrapyd_url": "http://127.0.0.1:1", "redis_fallback_queue": folder / "fallback.json"} | settings
        with serving(url, services.redis_url, folder, **options) as service:
            yield service
        redis.flushall()


def ask(service: Service, query: str) -> list[Any]:
    """The first column of a query on the service's database."""
    return [next(iter(row.values())) for row in service.ask(query)]

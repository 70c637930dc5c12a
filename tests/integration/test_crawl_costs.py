"""What a crawl asks of Redis and PostgreSQL for each page, in counts, which no busy machine changes much.

Bounds guard what was gained (docs/performance.md): at rest a page takes 0.3 round trips and 0.5 transactions, those of
the beginning and the end (`FIXED`) included. Where pages come one by one, as on a busy machine, batches are smaller.
"""

from __future__ import annotations

import re

import pytest

from tests.integration.crawls import Crawl, replica_of, rows

pytestmark = pytest.mark.integration
LISTINGS = 240
FIXED = 60


def stat(log: str, name: str) -> int:
    """A number of Scrapy's statistics, which the log tells at the end."""
    found = re.search(rf"'{re.escape(name)}': (\d+)", log)
    assert found, name
    return int(found[1])


def test_a_page_costs_few_round_trips_and_transactions(crawl: Crawl, database_url: str) -> None:
    with replica_of(LISTINGS) as address:
        (log,) = crawl(address)
    pages = stat(log, "response_received_count")
    assert pages > LISTINGS
    assert stat(log, "queue/round_trips") < FIXED + 0.5 * pages
    (database,) = rows(database_url, "SELECT * FROM pg_stat_database WHERE datname = current_database()")
    assert database["xact_commit"] + database["xact_rollback"] < FIXED + 1.5 * pages
    (written,) = rows(database_url, "SELECT count(*) AS listings FROM listings WHERE stage = 'scraped'")
    assert written["listings"] == LISTINGS

"""A crawl that has finished has matched what it stored: nobody needs to ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.crawls import replica_of, rows, run_crawl

pytestmark = pytest.mark.integration
_UNMATCHED = """
    SELECT id FROM listings WHERE scraped_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM property_listings WHERE listing_id = id AND facts_md5 IS NOT NULL)
"""


def test_properties_are_there_when_crawls_have_finished(database_url: str, redis_url: str, tmp_path: Path) -> None:
    with replica_of(60) as address:
        services = (address, database_url, redis_url, tmp_path)
        assert "Properties are matched" not in run_crawl(*services, "immoweb", MATCH_SECONDS="0")
        assert len(rows(database_url, _UNMATCHED)) > 10
        assert "Properties are matched" in run_crawl(*services, "zimmo")
    assert rows(database_url, _UNMATCHED) == [], "of both platforms"
    assert rows(database_url, "SELECT * FROM property_links WHERE kind = 'cross_posted'")

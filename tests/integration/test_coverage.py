"""Searches that a portal does not show whole: divided, remembered, measured; and results that slide while walked."""

from __future__ import annotations

import pytest

from tests.integration.crawls import Crawl, immobe, replica_of, rows, truth

pytestmark = pytest.mark.integration


def search_pages(database_url: str) -> int:
    [row] = rows(database_url, "SELECT search_page_count AS n FROM scrape_runs ORDER BY started_at DESC LIMIT 1")
    return int(row["n"])


def test_a_market_that_no_single_search_shows(crawl: Crawl, database_url: str, redis_url: str) -> None:
    # One page of 30 results a search: more than 150 sales of houses must be had in parts.
    with replica_of(700, 3, "--platforms=immoweb", "--pages=1") as address:
        market = {number for number, facts in truth(address).items() if facts["listing_kind"] != "unit"}
        crawl(address, "mode=scout", SEARCH_MAX_PAGES="1")
        first = search_pages(database_url)
        found = {row["platform_listing_id"] for row in rows(database_url)}
        assert found == market
        crawl(address, "mode=scout", SEARCH_MAX_PAGES="1")
        assert search_pages(database_url) < first, "divided searches are remembered"
        crawl(address, "mode=harvest", SEARCH_MAX_PAGES="1")

    totals = rows(
        database_url,
        "SELECT sum(total) FILTER (WHERE NOT is_divided) AS n, bool_or(is_divided) AS divided FROM searches",
    )
    assert totals[0]["divided"]
    shown = immobe(database_url, redis_url, "coverage", "--platform", "immoweb")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count("100.0%") == 2, shown.stdout
    by_province = immobe(database_url, redis_url, "coverage", "--provinces").stdout
    assert "walloon brabant" in by_province
    metrics = immobe(database_url, redis_url, "metrics").stdout
    assert 'coverage_ratio{platform="immoweb",province="namur",transaction="sale"} 1.0' in metrics
    [record] = rows(database_url, "SELECT coverage FROM scrape_runs WHERE coverage IS NOT NULL LIMIT 1")
    assert {row["province"] for row in record["coverage"]} >= {"antwerp", "brussels", "namur"}


def test_nothing_scouted_yet(database_url: str, redis_url: str) -> None:
    assert immobe(database_url, redis_url, "migrate").returncode == 0
    shown = immobe(database_url, redis_url, "coverage")
    assert (shown.returncode, "Nothing was scouted yet" in shown.stdout) == (0, True)
    assert immobe(database_url, redis_url, "coverage", "--platform", "nowhere").returncode == 2


def test_a_saved_scope_is_crawled_by_its_name(crawl: Crawl, database_url: str, redis_url: str) -> None:
    saved = immobe(database_url, redis_url, "scope", "save", "flats", "type=apartment  transaction=rent")
    assert (saved.returncode, saved.stdout) == (0, "flats: type=apartment transaction=rent\n")
    with replica_of(200, 3, "--platforms=immoweb") as address:
        [log] = crawl(address, "mode=scout", "scope=@flats")
        kinds = {(row["property_type"], row["transaction_type"]) for row in rows(database_url)}
        assert kinds == {("apartment", "rent")}, log
        [log] = crawl(address, "mode=scout", "scope=@lofts")
    assert "no saved scope is called 'lofts'; there are: flats" in log
    assert "flats: type=apartment" in immobe(database_url, redis_url, "scope", "list").stdout
    assert immobe(database_url, redis_url, "scope", "save", "x", "colour=red").returncode == 2
    assert immobe(database_url, redis_url, "scope", "drop", "flats").returncode == 0
    assert immobe(database_url, redis_url, "scope", "drop", "flats").returncode == 1

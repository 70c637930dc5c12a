"""The whole way: real crawl processes, the replica, Valkey and PostgreSQL; what is stored equals the market's truth."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import make_url

from tests.faults.tcp_proxy import Mode, TcpProxy
from tests.integration.crawls import (
    Crawl,
    as_json,
    crawl_command,
    crawl_environment,
    replica_of,
    rows,
    running,
    set_day,
    truth,
)
from tests.integration.watchtower_service import until

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def replica() -> Iterator[str]:
    with replica_of(120) as address:
        yield address


def test_two_processes_store_the_market_as_it_is(replica: str, crawl: Crawl, database_url: str, redis_url: str) -> None:
    logs = crawl(replica, processes=2)
    market, stored = (
        truth(replica),
        {r["platform_listing_id"]: r for r in rows(database_url) if r["stage"] == "scraped"},
    )
    assert set(stored) == set(market)
    compared = {
        (number, field): (value, stored[number][field])
        for number, facts in market.items()
        for field, value in facts.items()
        if field in stored[number] and field != "url"
    }
    wrong = {k: v for k, v in compared.items() if v[0] != as_json(v[1])}
    assert not wrong
    assert len(compared) > 15 * len(market)
    assert rows(database_url, "SELECT * FROM quarantine") == []
    assert [log.count("new run") for log in logs] in ([1, 0], [0, 1]), "seeds are queued once"
    client = redis.Redis.from_url(redis_url)
    left = {key for key in client.scan_iter("immoweb:*") if not key.startswith(b"immoweb:dupefilter:")}
    assert left <= {b"immoweb:requests:epoch", b"immoweb:requests:w", b"immoweb:runs"}, "nothing is left in the queue"


def test_a_finished_scope_starts_anew_whatever_others_have_queued(
    replica: str, crawl: Crawl, database_url: str
) -> None:
    crawl(replica, "scope=type=land")
    crawl(replica, "mode=scout", "scope=type=garage")
    again = crawl(replica, "scope=type=land", REVISIT_SHORTEST_DAYS="0", REVISIT_LONGEST_DAYS="0")
    assert "new run" in again[0], "not joined: its own pages were done"
    crawl(replica, "mode=harvest")
    counted = {r["platform_listing_id"]: r["stage"] for r in rows(database_url)}
    assert set(counted.values()) == {"scraped"}


def test_a_scope_limits_the_crawl(replica: str, crawl: Crawl, database_url: str) -> None:
    crawl(replica, "scope=transaction=rent type=apartment")
    stored = {r["platform_listing_id"] for r in rows(database_url) if r["stage"] == "scraped"}
    expected = {
        number
        for number, facts in truth(replica).items()
        if (facts["transaction_type"], facts["property_type"]) == ("rent", "apartment")
    }
    assert stored == expected
    assert expected


def test_scouts_find_and_harvesters_fetch(replica: str, crawl: Crawl, database_url: str) -> None:
    crawl(replica, "mode=scout")
    assert {r["stage"] for r in rows(database_url)} == {"discovered"}
    found = len(rows(database_url))
    crawl(replica, "mode=harvest", processes=2)
    assert {r["stage"] for r in rows(database_url)} == {"scraped"}
    assert len(rows(database_url)) == len(truth(replica)) >= found


def test_a_later_run_sees_what_changed(crawl: Crawl, database_url: str) -> None:
    with replica_of(90, 5) as address:
        crawl(address)
        before, first = truth(address), {r["platform_listing_id"]: r for r in rows(database_url)}
        set_day(address, 20)
        crawl(address)
        after, second = truth(address), {r["platform_listing_id"]: r for r in rows(database_url)}
    removed, stayed = set(before) - set(after), set(before) & set(after)
    moved = {n for n in stayed if any(before[n].get(f) != after[n].get(f) for f in ("price_eur", "status"))}
    assert removed
    assert set(after) - set(before)
    assert moved, "the market moved"
    assert {n for n, r in second.items() if r["stage"] == "scraped"} >= set(after)
    for number in moved:
        assert as_json(second[number]["price_eur"]) == after[number].get("price_eur")
        assert second[number]["status"] == after[number]["status"]
    searched = {n for n in stayed if after[n]["listing_kind"] != "unit"}  # units are on their project's page alone
    visited = {n for n in searched if second[n]["scraped_at"] > first[n]["scraped_at"]}
    assert visited < searched, "what did not change costs no fetch"
    assert all(second[n]["last_seen_at"] > first[n]["last_seen_at"] for n in searched), "but it counts as seen"
    assert all(second[n]["first_seen_at"] == first[n]["first_seen_at"] for n in stayed)


def test_what_went_between_scout_and_harvester_is_gone_on_evidence(crawl: Crawl, database_url: str) -> None:
    with replica_of(150, 6) as address:
        crawl(address, "mode=scout")
        found = {r["platform_listing_id"] for r in rows(database_url)}
        set_day(address, 25)
        crawl(address, "mode=harvest")
        left = set(truth(address))
    gone = [r for r in rows(database_url) if r["stage"] == "gone"]
    assert {r["platform_listing_id"] for r in gone} == found - left
    assert {r["gone_evidence"] for r in gone} == {"http_404", "redirected_home"}
    assert {r["status"] for r in gone} <= {"withdrawn", None}


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DATABASE_POOL_SIZE": "many"}, "DATABASE_POOL_SIZE is wrong"),
        ({"REPLICA_URL": ""}, "THROTTLE_ENABLED may be false only when REPLICA_URL is set"),
    ],
)
def test_a_wrong_setting_is_one_clear_message(replica: str, crawl: Crawl, variables: dict[str, str], said: str) -> None:
    [log] = crawl(replica, **variables)
    assert said in log
    assert "Traceback" not in log


@pytest.mark.parametrize("argument", ["mode=fast", "scope=type=castle"])
def test_a_wrong_argument_is_one_clear_message(replica: str, crawl: Crawl, argument: str) -> None:
    [log] = crawl(replica, argument)
    assert "there are" in log
    assert "Traceback" not in log


def test_a_crawl_waits_for_a_database_that_is_on_its_way(
    replica: str, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """As when PostgreSQL starts anew while a scout begins."""
    url, log = make_url(database_url), tmp_path / "log"
    with TcpProxy(url.port or 0) as proxy:
        proxy.mode = Mode.RESET
        behind = url.set(port=proxy.port).render_as_string(hide_password=False)
        environment = crawl_environment(replica, behind, redis_url, tmp_path, LOG_LEVEL="INFO")
        with running(crawl_command("immoweb", "scope=type=land"), environment, log) as crawl:
            until(lambda: "The crawl waits for a service" in log.read_text(), "it waits", 60)
            proxy.mode = Mode.PASS
            assert crawl.wait(120) == 0, log.read_text()
    assert {row["stage"] for row in rows(database_url)} == {"scraped"}

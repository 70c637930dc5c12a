"""Real crawls of a replica that answers badly: what passes loses nothing, what stays is told, a block stops us."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from immobe.crawling.keys import queue_of
from immobe.replica.faults_pages import Page, PageKind
from immobe.replica.faults_spec import parse_faults
from tests.integration.crawls import replica_of, rows, set_day, truth
from tests.integration.faulty_crawl import FaultyCrawl, assert_market_as_ever, assert_stored_as_it_is

pytestmark = pytest.mark.integration
SEED = 3
SEARCH = "https://www.immoweb.be/en/search/house/for-sale"
# A quarter of all pages first answer badly: of five answers one. `passing` without what has its own test below.
PASSING = ("429", "503", "slow", "silent", "endless", "data_loss", "cut", "loop")
EACH = 3.6
# {fault that stays: how the listing must end}: a dead letter's reason, a quarantine reason, or evidence that it is gone
ENDINGS = {
    "429": {"http_429"},
    "503": {"http_503"},
    "silent": {"timeout"},
    "endless": {"timeout"},
    "data_loss": {"data_loss"},
    "loop": {"too_many_redirects"},
    "offsite": {"redirect_off_site"},
    "huge": {"too_large"},
    "bomb": {"too_large"},
    "cut": {"page_cut_off", "json_cut_off"},
    "marker": {"no_classified"},
    "wrong": {"another_listing"},
    "404": {"http_404"},
    "410": {"http_410"},
}
BLOCKS = ("datadome", "cloudflare", "captcha", "login", "shell")


def passing() -> str:
    return ",".join(["robots=503", *(f"{fault}={EACH}%" for fault in PASSING)])


@pytest.fixture
def crawl_of(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Callable[..., FaultyCrawl]]:
    """Makes a replica of so many listings with these faults, and a crawl of it."""
    opened: list[Any] = []

    def make(listings: int, faults: str = "") -> FaultyCrawl:
        replica = replica_of(listings, SEED, f"--faults={faults}")
        crawl = FaultyCrawl(replica.__enter__(), database_url, redis_url, tmp_path)
        opened.append((replica, crawl))
        return crawl

    yield make
    for replica, crawl in opened:
        crawl.close()
        replica.__exit__(None, None, None)


def test_what_passes_loses_nothing_and_changes_no_status(crawl_of: Callable[..., FaultyCrawl]) -> None:
    crawl = crawl_of(200, passing())
    for day in (0, 15):
        set_day(crawl.address, day)
        crawl.faults(passing())
        crawl.run()
        assert_stored_as_it_is(crawl)
        assert_market_as_ever(crawl)
        given, asked = crawl.ask("faults")["given"], crawl.requests
        assert set(given) == set(PASSING)
        assert 0.15 < sum(given.values()) / (asked["listing"] + asked["search"]) < 0.25
        # Once badly, once well; once more when the second process finds the first one's run just ended.
        assert asked["most_a_listing"] <= 4
    assert crawl.circuit == {}


def test_a_page_that_was_cut_off_is_fetched_again(crawl_of: Callable[..., FaultyCrawl]) -> None:
    crawl = crawl_of(60, "cut=20%")
    crawl.run(1)
    assert_stored_as_it_is(crawl)


@pytest.mark.parametrize("fault", ["latin1", "mislabelled"])
def test_a_page_in_another_encoding_is_read_as_it_is(crawl_of: Callable[..., FaultyCrawl], fault: str) -> None:
    crawl = crawl_of(60, f"{fault}=100%/always")
    crawl.run(1)
    assert_stored_as_it_is(crawl)


def test_a_price_under_another_key_is_not_another_price(crawl_of: Callable[..., FaultyCrawl]) -> None:
    crawl = crawl_of(60, "price_key=100%/always")
    crawl.run(1)
    assert_stored_as_it_is(crawl)


def test_what_stays_ends_where_a_person_finds_it(crawl_of: Callable[..., FaultyCrawl]) -> None:
    spec = ",".join(f"listing:{fault}=3%/always" for fault in ENDINGS)
    crawl = crawl_of(200, spec)
    crawl.run(QUEUE_MAX_ATTEMPTS="3")
    assert_stored_as_it_is(crawl)
    lost, stored = set(crawl.ask("faults")["never_stored"]["immoweb"]), crawl.listings()
    assert not {number for number in lost & set(stored) if stored[number]["stage"] == "scraped"}
    endings = {url.rsplit("/", 1)[-1]: reason for reason, url in crawl.letters()}
    for row in rows(crawl.database_url, "SELECT platform_listing_id, reasons FROM quarantine"):
        endings[row["platform_listing_id"]] = row["reasons"][0].partition(":")[0]
    endings |= {number: row["gone_evidence"] for number, row in stored.items() if row["stage"] == "gone"}
    for number in lost & set(stored):
        assert endings.pop(number) in expected_endings(spec, number), number
    assert endings == {}
    assert {row["stage"] for n, row in stored.items() if n in lost} == {"failed", "rejected", "gone"}
    assert crawl.requests["most_a_listing"] <= 6  # five redirects


def expected_endings(spec: str, listing_id: str) -> set[str]:
    """By the listing's first fault: the others are never met, except behind an answer that is not spoilt."""
    page = Page("immoweb", PageKind.LISTING, listing_id)
    kinds = [kind for rule in parse_faults(spec, ["immoweb"]) if (kind := rule.kind_for(page, SEED))]
    return ENDINGS[kinds[0].name]


@pytest.mark.parametrize(
    "kind",
    [kind if kind in ("cloudflare", "captcha") else pytest.param(kind, marks=pytest.mark.slow) for kind in BLOCKS],
)
def test_a_block_opens_the_circuit_and_is_not_parsed(crawl_of: Callable[..., FaultyCrawl], kind: str) -> None:
    crawl = crawl_of(20, f"{kind}=100%/always")
    crawl.start(1)
    crawl.until(lambda: crawl.circuit, "the circuit opens")
    crawl.stop()
    assert (crawl.circuit["kind"], crawl.circuit["step"]) == (kind, 1)
    assert 50 < crawl.circuit["until"] - time.time() <= 60
    assert crawl.listings() == {}
    assert rows(crawl.database_url, "SELECT * FROM quarantine") == []
    assert crawl.letters() == []
    assert (crawl.requests["listing"], crawl.requests["search"] <= 16) == (0, True)
    assert queue_of(crawl.redis, "immoweb").pending().searches == 16, "every seed is asked for later"


def test_a_block_judges_no_listing_and_its_pause_grows(crawl_of: Callable[..., FaultyCrawl]) -> None:
    crawl = crawl_of(60)
    crawl.run(1)
    before = crawl.listings()
    crawl.faults("listing:blocks=100%/always")
    crawl.start(1)
    crawl.until(lambda: crawl.circuit, "the circuit opens")
    crawl.faults("blocks=100%/always")
    crawl.probe_with(f"{SEARCH}/gent/9000")
    crawl.until(lambda: crawl.circuit.get("step") == 2, "the probe is blocked")
    assert 100 < crawl.circuit["until"] - time.time() <= 120
    assert crawl.letters() == []
    judged = ("stage", "status", "price_eur", "scraped_at", "gone_at", "rejected_at")
    after = crawl.listings()
    assert {n: [after[n][f] for f in judged] for n in before} == {n: [before[n][f] for f in judged] for n in before}
    crawl.faults("")
    crawl.probe_with(f"{SEARCH}/namur/5000")
    crawl.until(lambda: crawl.circuit.get("kind") == "", "an answered probe closes the circuit")
    crawl.stop()


def test_without_robots_txt_nothing_is_asked(crawl_of: Callable[..., FaultyCrawl]) -> None:
    crawl = crawl_of(20, "robots=503/always")
    crawl.start(1)
    crawl.until(lambda: crawl.requests["robots"] >= 3, "robots.txt is asked for three times")
    crawl.until(lambda: queue_of(crawl.redis, "immoweb").pending().delayed == 16, "all pages wait")
    crawl.stop()
    assert (crawl.requests["search"], crawl.requests["listing"], crawl.requests["robots"]) == (0, 0, 3)


@pytest.mark.slow
def test_three_thousand_listings(crawl_of: Callable[..., FaultyCrawl], capsys: pytest.CaptureFixture[str]) -> None:
    crawl = crawl_of(3000, passing())
    seconds = crawl.run(seconds=900)
    market, stored = truth(crawl.address), crawl.listings()
    scraped = [number for number, row in stored.items() if number in market and row["stage"] == "scraped"]
    changed = [number for number, row in stored.items() if number in market and row["stage"] == "gone"]
    given, asked = crawl.ask("faults")["given"], crawl.requests
    answers = asked["listing"] + asked["search"]
    with capsys.disabled():
        print(f"\nstored {len(scraped)} of {len(market)}; success after retries {len(scraped) / len(market):.2%}")
        print(f"status changes from blocks and errors {len(changed)}; seconds {seconds:.0f}")
        print(f"bad answers {sum(given.values())} of {answers} ({sum(given.values()) / answers:.1%}): {given}")
        print(f"requests of one listing at most {asked['most_a_listing']}")
    assert len(scraped) / len(market) >= 0.99
    assert_stored_as_it_is(crawl)
    assert_market_as_ever(crawl)

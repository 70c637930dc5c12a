"""Monitors on the replica's market: ten breakages are noticed in the same run, ordinary days are not."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import Connection, Engine, create_engine, text

from immobe.items import DetectedListing, MappedListing
from immobe.market.monitors.findings import Finding
from immobe.market.monitors.guard import Guard
from immobe.market.monitors.judging import judge
from immobe.market.monitors.tally import HISTORY_RUNS, Tally
from immobe.market.monitors.usual import History, Past
from immobe.market.remapping import remap
from immobe.observability.exposition import render
from immobe.replica.faults_blocks import CAPTCHA
from immobe.replica.portals import PORTALS
from immobe.storage import monitoring
from immobe.storage.judgements import judge_platform, judge_run
from immobe.storage.monitoring import Alert, Part, Series
from immobe.storage.restoring import restore
from immobe.storage.schema import migrate
from immobe.storage.writer import ListingWriter
from tests.integration.breakages import (
    Spoil,
    areas_in_other_units,
    description_in_bedrooms,
    label_moved,
    per_square_metre,
    postal_codes_shifted,
    price_key_renamed,
    scaled_price,
)
from tests.integration.crawls import (
    crawl_command,
    crawl_environment,
    immobe,
    replica_of,
    rows,
    run_crawl,
    running,
)
from tests.integration.monitored_market import Record, counted, market, moment

pytestmark = pytest.mark.integration
SERIES = Series("immoweb", "all", "all")
LISTINGS = 200
NORMAL_DAYS = 4


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """With the normal days behind it."""
    with engine.begin() as connection:
        for day in range(NORMAL_DAYS):
            assert run(connection, day, counted(normal(day))) == []
    return engine


def normal(day: int) -> list[Record]:
    return [record for _, _, record in market("immoweb", LISTINGS).pages(day)]


def spoiled(day: int, spoil: Spoil) -> list[Record]:
    of = market("immoweb", LISTINGS)
    return [of.record(source, spoil) for _, source, _ in of.pages(day)]


def run(
    connection: Connection, day: int, tally: Tally, found: tuple[Finding, ...] = (), series: Series = SERIES
) -> list[Alert]:
    """A run of one process, from its first count to its end."""
    part = Part(f"process-{day}", f"run-{day}", series)
    monitoring.note(connection, part, tally, moment(day))
    at = moment(day) + timedelta(minutes=20)
    monitoring.note(connection, part, tally, at, "finished")
    return judge_run(connection, part, at, found)


BREAKAGES: dict[str, tuple[Callable[[int], Tally], str, str]] = {
    "price key renamed": (lambda day: counted(spoiled(day, price_key_renamed)), "fill_rate", "price_eur"),
    "empty result page": (lambda day: counted(normal(day), lambda _: 0), "yield", "cards_per_page"),
    "price per m²": (lambda day: counted(spoiled(day, scaled_price(per_square_metre))), "values", "price_eur"),
    "EPC label moved": (lambda day: counted(spoiled(day, label_moved)), "fill_rate", "epc_label"),
    "captcha with 200": (lambda day: counted(captchas(day)), "refused", "page"),
    "currency changed": (lambda day: counted(spoiled(day, scaled_price(lambda _: 40.3399))), "values", "price_eur"),
    "postal codes shifted": (lambda day: counted(spoiled(day, postal_codes_shifted)), "refused", "postal_code"),
    "areas ×100": (lambda day: counted(spoiled(day, areas_in_other_units)), "values", "living_area_m2"),
    "description in bedrooms": (
        lambda day: counted(spoiled(day, description_in_bedrooms)),
        "fill_rate",
        "bedroom_count",
    ),
    "half of the cards gone": (lambda day: counted(normal(day), lambda shown: shown // 2), "yield", "cards_per_page"),
}


def captchas(day: int) -> list[Record]:
    """From the tenth page on, the portal asks whether we are people."""
    of = market("immoweb", LISTINGS)
    pages = of.pages(day)
    return [
        record if number < 10 else of.unreadable(source, CAPTCHA.decode())
        for number, (_, source, record) in enumerate(pages[:40])
    ]


@pytest.mark.parametrize("name", BREAKAGES)
def test_a_breakage_is_told_in_the_same_run(engine: Engine, name: str) -> None:
    broken, monitor, field = BREAKAGES[name]
    with engine.begin() as connection:
        raised = run(connection, NORMAL_DAYS, broken(NORMAL_DAYS))
        [alert, *_] = [a for a in raised if (a.monitor, a.field) == (monitor, field)]
        assert alert.platform == "immoweb"
        assert alert.before != alert.after
        assert alert.run_id == f"run-{NORMAL_DAYS}"
        assert run(connection, NORMAL_DAYS + 1, broken(NORMAL_DAYS + 1)) == [], "an open alert is not raised again"
        run(connection, NORMAL_DAYS + 2, counted(normal(NORMAL_DAYS + 2)))
        assert monitoring.alerts(connection) == [], "as usual again"
        assert alert.id in {a.id for a in monitoring.alerts(connection, closed=True)}


def ordinary_days(platform: str, listings: int, share: float) -> Iterator[Finding]:
    """What 30 days after the first lead to, without any breakage; `share` of the known adverts is read again."""
    draws, past = random.Random(platform), list[Past]()
    for day in range(31):
        history = History(past[-HISTORY_RUNS:])
        guard, records = Guard(history), []
        for is_new, _, record in market(platform, listings).pages(day):
            if is_new or day == 0 or draws.random() < share:
                records.append(record)
                assert isinstance(record, MappedListing)
                yield from guard.notice(record.listing)
        found = judge(tally := counted(records), history).findings
        past.append(Past(tally, frozenset(finding.key for finding in found)))
        yield from found


@pytest.mark.parametrize("platform", PORTALS)
@pytest.mark.parametrize(("listings", "share"), [(120, 1.0), (220, 0.2)], ids=["all each day", "by need"])
def test_ordinary_days_raise_no_alarm(platform: str, listings: int, share: float) -> None:
    assert len(list(ordinary_days(platform, listings, share))) <= 1


def crawled(engine: Engine, day: int, spoil: Spoil | None = None) -> tuple[list[MappedListing], tuple[Finding, ...]]:
    """A run as the extension makes it: counted, guarded and written page by page. (written, found)."""
    with engine.begin() as connection:
        guard = Guard(monitoring.history(connection, SERIES, moment(day)), monitoring.open_keys(connection, SERIES))
    found, written, records = list[Finding](), list[MappedListing](), list[Record]()
    of = market("immoweb", LISTINGS)
    for _, source, _record in of.pages(day):
        fresh = of.record(source, spoil)
        assert isinstance(fresh, MappedListing)
        listing = fresh.listing.model_copy(update={"fetched_at": moment(day)})
        records.append(fresh)
        found += guard.notice(listing)
        written.append(guard.doubting(MappedListing(listing, fresh.source, fresh.suspicious)))
    assert not any(ListingWriter(engine, lambda: f"run-{day}").write(written))
    with engine.begin() as connection:
        run(connection, day, counted(records), tuple(found))
    return written, tuple(found)


def stored(engine: Engine, column: str) -> dict[str, Any]:
    with engine.begin() as connection:
        return dict(connection.execute(text(f"SELECT platform_listing_id, {column} FROM listings")).all())


@pytest.mark.parametrize(
    ("spoil", "column"),
    [(label_moved, "epc_label"), (areas_in_other_units, "living_area_m2"), (price_key_renamed, "price_eur")],
)
def test_what_is_broken_replaces_nothing_once_it_is_noticed(engine: Engine, spoil: Spoil, column: str) -> None:
    crawled(engine, NORMAL_DAYS)
    before = stored(engine, column)
    _, found = crawled(engine, NORMAL_DAYS + 1, spoil)
    assert column in {finding.key.field for finding in found}
    after = stored(engine, column)
    lost = {number for number, value in before.items() if value is not None and after[number] != value}
    known = sum(value is not None for value in before.values())
    assert len(lost) <= 0.35 * known, "only the pages that gave the alarm"
    with engine.begin() as connection:
        assert restore(connection, f"run-{NORMAL_DAYS + 1}")[column] == len(lost)
    assert {number: stored(engine, column)[number] for number in before} == before
    crawled(engine, NORMAL_DAYS + 2, spoil)
    assert {number: stored(engine, column)[number] for number in before} == before, "doubted from the first page on"
    with engine.begin() as connection:
        causes = connection.execute(
            text("SELECT cause, count(*) FROM listing_events WHERE field = :f GROUP BY 1"),
            {"f": column},
        )
        assert dict(causes.all()).get("correction", 0) == len(lost)
    remap(engine)
    kept = {number: stored(engine, column)[number] for number in before}
    assert kept == before, "the stored objects are not believed either, until another mapper reads them"


def test_a_person_says_that_it_is_so_from_now_on(engine: Engine) -> None:
    halved = lambda day: counted(normal(day), lambda shown: shown // 2)  # noqa: E731
    with engine.begin() as connection:
        [alert] = run(connection, NORMAL_DAYS, halved(NORMAL_DAYS))
        assert monitoring.accept_alerts(connection, [alert.id], moment(NORMAL_DAYS) + timedelta(hours=1))
        assert not monitoring.accept_alerts(connection, [alert.id], moment(NORMAL_DAYS) + timedelta(hours=2))
        for day in range(NORMAL_DAYS + 1, NORMAL_DAYS + 4):
            assert run(connection, day, halved(day)) == []
        [again] = run(connection, NORMAL_DAYS + 4, counted(normal(NORMAL_DAYS + 4), lambda shown: shown // 5))
        assert (alert.field, again.field) == ("cards_per_page", "cards_per_page")
        assert float(again.before) == float(alert.after)


def test_a_run_is_judged_whole_when_its_last_process_ends(engine: Engine) -> None:
    day, halves = NORMAL_DAYS, [counted(normal(NORMAL_DAYS)[part::2], lambda shown: shown // 2) for part in (0, 1)]
    parts = [Part(f"part-{number}", "shared", SERIES) for number in (0, 1)]
    with engine.begin() as connection:
        for part, tally in zip(parts, halves, strict=True):
            monitoring.note(connection, part, tally, moment(day))
        monitoring.note(connection, parts[0], halves[0], moment(day), "finished")
        assert judge_run(connection, parts[0], moment(day)) == []
        monitoring.note(connection, parts[1], halves[1], moment(day), "finished")
        assert [alert.field for alert in judge_run(connection, parts[1], moment(day))] == ["cards_per_page"]


def seen(count: int, day: float) -> list[DetectedListing]:
    when = moment(0) + timedelta(days=day)
    return [
        DetectedListing("zimmo", f"{day}-{number}", f"https://www.zimmo.be/{day}-{number}", when, "x")
        for number in range(count)
    ]


def test_silence_and_new_listings_are_read_from_the_listings(engine: Engine, redis_url: str) -> None:
    writer = ListingWriter(engine)
    for day in range(8):
        writer.write(seen(40 + day % 3, day + 0.9))
    with engine.begin() as connection:
        judged = lambda day, **new: judge_platform(connection, "zimmo", moment(0) + timedelta(days=day), 48, **new)  # noqa: E731
        assert judged(8.0, new_per_day=True) == []
        assert [alert.field for alert in judged(9.0, new_per_day=True)] == ["new_per_day"]
        [alert] = judged(10.0)
        assert (alert.platform, alert.monitor, alert.after) == ("zimmo", "newest_listing", "50 h ago")
        assert judge_platform(connection, "realo", moment(10), 48) == [], "never crawled"
    with Redis.from_url(redis_url) as redis:
        answer = render(redis, engine).decode()
    assert 'monitor_alerts{monitor="newest_listing",platform="zimmo"} 1.0' in answer
    assert 'monitor_alerts{monitor="values",platform="immoweb"} 0.0' in answer
    [line] = [line for line in answer.splitlines() if line.startswith("newest_listing_timestamp_seconds{")]
    assert float(line.split()[-1]) == (moment(0) + timedelta(days=7.9)).timestamp()
    writer.write(seen(40, 10.5))
    with engine.begin() as connection:
        judge_platform(connection, "zimmo", moment(11), 48, new_per_day=True)
        assert monitoring.alerts(connection, platform="zimmo") == []


def measured(database_url: str, series: Series) -> None:
    """A database in which the replica's zimmo has its habits."""
    migrate(database_url)
    with create_engine(database_url).begin() as connection:
        for day in range(NORMAL_DAYS):
            records = [record for _, _, record in market("zimmo", LISTINGS).pages(day)]
            assert run(connection, day, counted(records), series=series) == []


def test_pages_that_are_blocked_are_told_while_the_crawl_waits(
    database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured(database_url, Series("zimmo", "all", "transaction=sale type=house"))
    command = crawl_command("zimmo", "scope=type=house transaction=sale")
    quick = ("RUN_HEARTBEAT_SECONDS", "BLOCK_FIRST_PAUSE", "BLOCK_LONGEST_PAUSE", "BLOCK_PROBE_SECONDS", "GATE_SPREAD")
    for name in quick:
        monkeypatch.setenv(name, "1")
    with (
        replica_of(LISTINGS, 11, "--faults=zimmo:listing:captcha=100%/always") as address,
        running(command, crawl_environment(address, database_url, redis_url, tmp_path), tmp_path / "log") as process,
    ):
        ends, told = time.monotonic() + 60, []
        while not told:
            assert time.monotonic() < ends, (tmp_path / "log").read_text()[-2000:]
            time.sleep(0.2)
            told = rows(database_url, "SELECT monitor, field, measure, before FROM alerts")
        assert process.poll() is None
    assert told == [{"monitor": "refused", "field": "page", "measure": "blocked:captcha", "before": "0 %"}]


def test_a_crawl_tells_of_a_breakage_before_it_ends(database_url: str, redis_url: str, tmp_path: Path) -> None:
    measured(database_url, Series("zimmo", "all", "all"))
    with replica_of(LISTINGS, 11, "--faults=zimmo:listing:price_key=100%/always") as address:
        log = run_crawl(address, database_url, redis_url, tmp_path, "zimmo", LOG_JSON="true")
    [alert] = rows(database_url, "SELECT * FROM alerts WHERE field = 'price_eur' AND monitor = 'fill_rate'")
    assert (alert["platform"], alert["mode"], alert["closed_at"]) == ("zimmo", "all", None)
    told = [json.loads(line) for line in log.splitlines() if "Alert: not as usual" in line]
    [line] = [line for line in told if line["field"] == "price_eur"]
    assert (line["level"], line["platform"], line["before"]) == ("error", "zimmo", alert["before"])
    assert float(line["after"].split()[0]) < float(line["before"].split()[0]) - 40
    doubts = rows(database_url, "SELECT count(*) AS n FROM listings WHERE doubted->>'price_eur' = 'rejected:fill_rate'")
    assert doubts[0]["n"] > len(market("zimmo", LISTINGS).pages(0)) / 2
    shown = immobe(database_url, redis_url, "monitors", "--platform", "zimmo")
    assert (shown.returncode, "price_eur" in shown.stdout) == (0, True), shown.stderr
    accepted = immobe(database_url, redis_url, "monitors", "accept", str(alert["id"]))
    assert (accepted.returncode, "usual from now on" in accepted.stdout) == (0, True), accepted.stderr
    assert immobe(database_url, redis_url, "monitors", "restore", "nothing").returncode == 1

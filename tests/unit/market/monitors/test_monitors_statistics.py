"""Tallies add up and survive storage; small runs and young platforms say nothing; the guard waits for enough."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from immobe.items import Listing, ListingKind, MappedListing, QuarantinedRecord, RawListing
from immobe.market.monitors.findings import Key
from immobe.market.monitors.guard import Guard, still_doubted
from immobe.market.monitors.judging import CARDS_PER_PAGE, ITEMS_PER_RUN, judge
from immobe.market.monitors.statistics import median_error, quantile, shifted, spread, tolerance
from immobe.market.monitors.tally import Tally
from immobe.market.monitors.usual import History, Past

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def record(**values: Any) -> MappedListing:
    facts = {"transaction_type": "sale", "property_type": "house", "price_eur": 300_000, "epc_label": "B"} | values
    listing = Listing.model_construct(
        **facts, platform="x", platform_listing_id="1", url="https://x.example/1", mapper_version="x-1", fetched_at=NOW
    )
    return MappedListing(listing, RawListing("x", "1", listing.url, {}, NOW, ""))


def tally(count: int, pages: int = 10, cards: int = 30, **values: Any) -> Tally:
    """A run of `count` adverts with prices around their usual one."""
    counted, draws = Tally(), random.Random(count)
    for _ in range(count):
        counted.mapped(record(**({"price_eur": round(300_000 * draws.lognormvariate(0, 0.4))} | values)))
    for _ in range(pages):
        counted.search_page(cards)
    return counted


def habit(runs: int = 4, count: int = 60) -> History:
    return History([Past(tally(count + number)) for number in range(runs)])


def fields(run: Tally, history: History, **how: bool) -> set[tuple[str, str]]:
    return {finding.key[:2] for finding in judge(run, history, **how).findings}


def test_counts_of_processes_add_up_and_survive_storage() -> None:
    one, other = tally(20), tally(30, bedroom_count=3)
    other.quarantined(QuarantinedRecord("x", "u", ("postal_code: rejected:unknown_postal_code",), {}, NOW, "", "2"))
    other.blocked("captcha", 2)
    together = Tally()
    for part in (one, other):
        together.merge(Tally.from_json(json.loads(json.dumps(part.to_json()))))
    assert (together.items, together.unusable, together.read) == (50, 3, 53)
    assert together.kinds["sale house"].filled["price_eur"] == 50
    assert together.kinds["sale house"].values["bedroom_count"] == {"3": 30}
    assert together.refused == {("postal_code", "rejected:unknown_postal_code"): 1, ("page", "blocked:captcha"): 2}
    assert Tally.from_json(together.to_json()) == together


def test_units_count_as_records_and_not_as_adverts_of_a_kind() -> None:
    counted = tally(0)
    counted.mapped(record(listing_kind=ListingKind.UNIT))
    assert (counted.items, counted.kinds) == (1, {})


def test_what_is_as_usual_is_no_finding() -> None:
    verdict = judge(tally(66), habit())
    assert verdict.findings == []
    assert {CARDS_PER_PAGE, ITEMS_PER_RUN, Key("fill_rate", "price_eur", "share filled")} <= verdict.judged


@pytest.mark.parametrize(
    ("run", "found"),
    [
        (tally(60, price_eur=None), ("fill_rate", "price_eur")),
        (tally(60, price_eur=3000), ("values", "price_eur")),
        (tally(60, epc_label="F"), ("values", "epc_label")),
        (tally(60, property_type="land"), ("values", "property_type")),
        (tally(60, cards=14), ("yield", "cards_per_page")),
        (tally(10), ("yield", "items_per_run")),
        (tally(60, missing={"living_area_m2": "rejected:out_of_range"}), ("refused", "living_area_m2")),
    ],
)
def test_what_is_not_as_usual_is_found(run: Tally, found: tuple[str, str]) -> None:
    assert found in fields(run, habit())


def test_in_the_middle_of_a_run_only_what_needs_no_order_is_judged() -> None:
    run = tally(40, cards=10, epc_label="F", bedroom_count=None, price_eur=None)
    assert fields(run, habit(), whole=False) == {("fill_rate", "price_eur")}


def test_small_runs_and_young_platforms_say_nothing() -> None:
    broken = tally(29, pages=4, cards=0, price_eur=None)
    assert fields(broken, habit(), whole=False) == set()
    assert not judge(tally(100, price_eur=None), habit(runs=2)).judged


def test_an_odd_run_is_no_measure_for_others() -> None:
    key = Key("fill_rate", "price_eur", "share filled")
    broken = Past(tally(60, price_eur=None), frozenset({key}))
    history = History([*habit().runs, *[broken] * 10])
    assert key in {finding.key for finding in judge(tally(60, price_eur=None), history).findings}
    assert key not in {finding.key for finding in judge(tally(60), history).findings}


def test_the_guard_doubts_nulls_after_ten_adverts_and_not_before() -> None:
    guard = Guard(habit())
    found = [list(guard.notice(record(price_eur=None).listing)) for _ in range(12)]
    assert [bool(findings) for findings in found] == [False] * 9 + [True] + [False] * 2
    doubtful = guard.doubting(record(price_eur=None, missing={"price_eur": "not_in_advert"})).listing
    assert doubtful.missing == {"price_eur": "rejected:fill_rate"}
    assert guard.doubting(sound := record()) is sound


def test_the_guard_takes_out_values_that_are_a_factor_from_all_that_is_usual() -> None:
    guard = Guard(habit())
    found = [finding for _ in range(10) for finding in guard.notice(record(price_eur=3000).listing)]
    assert [finding.key for finding in found] == [Key("values", "price_eur", "median")]
    strange = guard.doubting(record(price_eur=2500)).listing
    assert (strange.price_eur, strange.missing["price_eur"], strange.raw["price_eur"]) == (
        None, "rejected:values", "2500",
    )  # fmt: skip
    assert guard.doubting(record(price_eur=280_000)).listing.price_eur == 280_000
    assert guard.doubting(record(property_type="castle", price_eur=1)).listing.price_eur is None, "not comparable"


def test_what_is_known_to_be_broken_is_doubted_from_the_first_page() -> None:
    guard = Guard(habit(), [Key("fill_rate", "epc_label", "share filled")])
    assert guard.doubting(record(epc_label=None)).listing.missing == {"epc_label": "rejected:fill_rate"}


@pytest.mark.parametrize(("same_mapper", "price"), [(True, None), (False, 2500)])
def test_another_mapper_is_believed_and_nulls_are_not(same_mapper: bool, price: int | None) -> None:
    doubts = {"price_eur": "rejected:values", "epc_label": "rejected:fill_rate", "street": "not_parsed"}
    again = still_doubted(record(price_eur=2500, epc_label=None), doubts, same_mapper=same_mapper).listing
    assert (again.price_eur, again.missing["epc_label"], "street" in again.missing) == (
        price, "rejected:fill_rate", False,
    )  # fmt: skip


def test_the_statistics() -> None:
    assert spread([]) == spread([3.0]) == 0.0
    assert tolerance(0.03, 0.04, 5, 0.1) == pytest.approx(0.25)
    assert tolerance(0.001, 0.0, 5, 0.1) == 0.1
    assert shifted([({1.0: 2.0}, 1.0), ({5.0: 3.0}, 5.0)]) == {0.0: 5.0}
    assert median_error({0.0: 1.0, 10.0: 2.0, 20.0: 1.0}, 4) == pytest.approx(1.2533 * 10 / 1.349 / 2)
    with pytest.raises(ValueError, match="without weight"):
        quantile({}, 0.5)

"""A listing is fetched again soon after its card changed, else by its age."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from immobe.crawling.revisits import RevisitPolicy, Urgency, urgency
from immobe.items import MarketStatus, Stage
from immobe.storage.queries import KnownListing

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLICY = RevisitPolicy(timedelta(days=1), timedelta(days=14))
KNOWN = KnownListing(
    Stage.SCRAPED, NOW - timedelta(hours=2), None, NOW - timedelta(days=30), "available", Decimal(250_000), *[None] * 4
)
SAME = {"price_eur": Decimal("250000.00"), "status": MarketStatus.AVAILABLE, "locality": "Gent"}


def is_due(*arguments: Any) -> bool:
    return urgency(*arguments) is not None


def test_changed_ones_come_before_new_ones_before_old_ones() -> None:
    old = replace(KNOWN, scraped_at=NOW - timedelta(days=20))
    found = [urgency(old, SAME, POLICY, NOW), urgency(None, SAME, POLICY, NOW),
             urgency(old, {"price_eur": Decimal(1)}, POLICY, NOW)]  # fmt: skip
    assert found == sorted(found) == [Urgency.AGE, Urgency.NEW, Urgency.CHANGED]


def test_an_unchanged_card_costs_no_fetch() -> None:
    assert not is_due(KNOWN, SAME, POLICY, NOW)
    assert not is_due(KNOWN, {}, POLICY, NOW)


@pytest.mark.parametrize(
    "change", [{"price_eur": Decimal(240_000)}, {"status": MarketStatus.UNDER_OPTION}, {"price_min_eur": Decimal(1)}]
)
def test_a_changed_card_is_worth_a_visit(change: dict[str, Any]) -> None:
    assert is_due(KNOWN, {**SAME, **change}, POLICY, NOW)


@pytest.mark.parametrize("stage", [Stage.DISCOVERED, Stage.FAILED, Stage.GONE])
def test_what_was_never_read_or_came_back_is_due(stage: Stage) -> None:
    assert is_due(replace(KNOWN, stage=stage), SAME, POLICY, NOW)
    assert is_due(None, SAME, POLICY, NOW)


def test_what_the_card_does_not_say_is_no_change() -> None:
    assert not is_due(KNOWN, {"price_eur": None}, POLICY, NOW)


@pytest.mark.parametrize(
    ("age_days", "rest_days", "due"),
    [(1, 0.9, False), (1, 1, True), (50, 4.9, False), (50, 5.1, True), (900, 13.9, False), (900, 14.1, True)],
)
def test_the_older_the_rarer(age_days: float, rest_days: float, due: bool) -> None:
    known = replace(KNOWN, first_seen_at=NOW - timedelta(days=age_days), scraped_at=NOW - timedelta(days=rest_days))
    assert is_due(known, SAME, POLICY, NOW) is due


def test_a_visit_that_found_the_page_unchanged_counts() -> None:
    long_ago = replace(KNOWN, scraped_at=NOW - timedelta(days=20))
    assert is_due(long_ago, SAME, POLICY, NOW)
    assert not is_due(replace(long_ago, unchanged_at=NOW - timedelta(hours=1)), SAME, POLICY, NOW)
    assert is_due(replace(long_ago, unchanged_at=NOW - timedelta(days=19)), SAME, POLICY, NOW)


def test_no_pause_at_all_visits_everything() -> None:
    assert is_due(KNOWN, SAME, RevisitPolicy(timedelta(0), timedelta(0)), NOW)

"""Counts, projects and days of the market."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immobe.items import ListingKind
from immobe.replica.advert import advert_on
from immobe.replica.market import MAX_UNITS, Market, MarketDay


@pytest.mark.parametrize("listings", [1, 2, 3, 23, 24, 25, 30, 300, 9999])
def test_day_0_has_exactly_the_listings_asked_for(listings: int) -> None:
    day = MarketDay(Market(5, listings))
    assert day.count == listings
    assert sum(day.is_present(index) for index in range(listings + 50)) == listings
    assert list(day.present()) == list(range(listings))


@given(st.integers(), st.integers(1, 400))
@settings(max_examples=60)
def test_every_unit_belongs_to_a_project_that_lists_it(seed: int, listings: int) -> None:
    market = Market(seed, listings)
    for index in range(listings):
        project = market.project_of(index)
        assert (project is not None) == (market.kind(index) is ListingKind.UNIT)
        if project is not None:
            assert market.kind(project) is ListingKind.PROJECT
            assert index in market.units_of(project)
        if market.kind(index) is ListingKind.PROJECT:
            available, sold = market.units_of_block(index)
            assert 1 <= available <= available + sold <= MAX_UNITS
            assert market.units_of(index)[-1] < listings


def test_the_same_seed_is_the_same_market_and_another_seed_another() -> None:
    first, again, other = (MarketDay(Market(seed, 100), 9) for seed in (8, 8, 9))
    present = list(first.present())
    assert present == list(again.present())
    assert [advert_on(first, index) for index in present] == [advert_on(again, index) for index in present]
    assert advert_on(first, 50) != advert_on(other, 50)


def test_an_advert_does_not_depend_on_what_was_asked_before() -> None:
    straight, jumping = (MarketDay(Market(3, 200)) for _ in range(2))
    for index in (199, 3, 120, 77):
        advert_on(jumping, index)
    assert advert_on(straight, 42) == advert_on(jumping, 42)


def test_a_large_market_opens_without_making_its_listings() -> None:
    day = MarketDay(Market(1, 100_000))
    assert day.count == 100_000
    assert day.is_present(99_999)
    advert_on(day, 70_000)
    assert day.market.core.cache_info().misses < 100


@given(st.integers(), st.integers(1, 300), st.integers(1, 120))
@settings(max_examples=40)
def test_days_add_and_remove_but_never_revive(seed: int, listings: int, last: int) -> None:
    market = Market(seed, listings)
    seen: set[int] = set()
    gone: set[int] = set()
    for number in range(0, last + 1, 7):
        present = set(MarketDay(market, number).present())
        assert not present & gone
        gone |= seen - present
        seen |= present
        assert MarketDay(market, number).count == len(present)
    assert all(MarketDay(market, last).was_removed(index) for index in gone)


def test_about_one_in_a_hundred_comes_and_goes_a_day() -> None:
    market = Market(2, 5_000)
    days = [set(MarketDay(market, number).present()) for number in range(11)]
    came = sum(len(after - before) for before, after in pairwise(days))
    went = sum(len(before - after) for before, after in pairwise(days))
    assert 450 < came < 550
    assert 400 < went < 600


def test_a_project_that_is_present_has_units_to_sell_and_goes_with_the_last() -> None:
    market = Market(6, 2_000)
    for number in (0, 30, 150):
        day = MarketDay(market, number)
        for index in day.present():
            if market.kind(index) is ListingKind.PROJECT:
                free = [unit.index for unit in advert_on(day, index).units if unit.is_available]
                assert free
                assert all(unit is not None and day.is_present(unit) for unit in free)
            elif market.kind(index) is ListingKind.UNIT:
                assert day.is_present(market.block_start(index))


def test_a_small_market_grows_too() -> None:
    later = MarketDay(Market(1, 10), 300)
    came = [index for index in range(10, 40) if later.is_present(index) or later.was_removed(index)]
    assert len(came) >= 15
    assert max(later.present()) < 40

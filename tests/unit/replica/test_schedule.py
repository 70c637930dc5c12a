from hypothesis import given
from hypothesis import strategies as st

from immobe.replica.chance import Draws
from immobe.replica.schedule import (
    DAY_ZERO,
    NEW_PRICE_DAYS,
    Fate,
    birth_day,
    born_until,
    created_at,
    draw_fate,
    draw_lifetime_days,
    published_day,
)


@given(st.integers(1, 5_000), st.integers(0, 20_000))
def test_births_and_their_count_agree(listings: int, index: int) -> None:
    born = birth_day(index, listings)
    assert index < born_until(born, listings)
    assert born == 0 or index >= born_until(born - 1, listings)


@given(st.integers(1, 5_000), st.integers(0, 20_000), st.integers())
def test_an_advert_is_published_before_the_day_that_first_shows_it(listings: int, index: int, seed: int) -> None:
    published = published_day(index, listings)
    moment = created_at(published, Draws(seed))
    assert published < birth_day(index, listings)
    assert (moment - DAY_ZERO).days == published


@given(st.integers(1, 5_000), st.integers(0, 20_000))
def test_older_indexes_are_published_first(listings: int, index: int) -> None:
    assert published_day(index, listings) <= published_day(index + 1, listings)


@given(st.integers())
def test_everybody_lives_at_least_a_day(seed: int) -> None:
    assert draw_lifetime_days(Draws(seed)) >= 1


@given(st.integers(), st.integers(-100, 300))
def test_prices_only_fall(seed: int, published: int) -> None:
    fate = draw_fate(Draws(seed))
    factors = [fate.price_factor(day, published)[0] for day in range(max(0, published), 320, 5)]
    assert factors == sorted(factors, reverse=True)
    assert all(0.8 < factor <= 1 for factor in factors)


def test_the_former_price_is_told_while_the_cut_is_news() -> None:
    fate = Fate((10,), (0.9,), None)
    assert fate.price_factor(9, 0) == (1.0, None)
    assert fate.price_factor(10, 0) == (0.9, 1.0)
    assert fate.price_factor(10 + NEW_PRICE_DAYS, 0) == (0.9, None)
    assert fate.price_factor(20, 15) == (1.0, None), "published after the cut"
    assert (fate.last_cut_day(20, 0), fate.last_cut_day(9, 0)) == (10, None)


def test_options_are_taken_and_released() -> None:
    fate = Fate((), (), 0)
    assert fate.under_option_since(5, -50) == 0
    assert fate.under_option_since(20, -50) is None
    assert fate.under_option_since(65, -50) == 60
    assert fate.under_option_since(5, 3) is None, "taken before it was published"
    assert Fate((), (), None).under_option_since(5, -50) is None

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from immobe.replica.chance import Draws


def test_draws_are_the_same_on_every_machine_and_version() -> None:
    draws = Draws(42, "core", 7)
    assert [draws.word() for _ in range(3)] == [3254920951, 4053928993, 2827038101]


def test_draws_go_on_past_the_first_digest() -> None:
    draws = Draws(1)
    assert len({draws.word() for _ in range(100)}) == 100


@given(st.integers(), st.integers(1, 10**6))
def test_draws_keep_their_bounds(seed: int, limit: int) -> None:
    draws = Draws(seed)
    assert 0 <= draws.unit() < 1
    assert 0 <= draws.below(limit) < limit
    assert limit <= draws.between(limit, limit + 3) <= limit + 3


def test_chance_is_about_as_likely_as_asked() -> None:
    draws = Draws("chance")
    happened = Counter(draws.chance(0.3) for _ in range(10_000))
    assert 2_800 < happened[True] < 3_200


def test_maybe_and_pick_give_what_they_were_given() -> None:
    draws = Draws("maybe")
    assert {draws.maybe(0.5, "said") for _ in range(50)} == {"said", None}
    assert {draws.pick("ab") for _ in range(50)} == {"a", "b"}
    assert len(draws.hex(13)) == 13

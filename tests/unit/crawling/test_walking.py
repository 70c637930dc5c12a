"""A search is walked whole: page by page, in parts when it does not fit, and back a page when results slide."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from immobe.crawling.walking import Step, begin, following, parts_of
from immobe.geo import postal_codes_of_province
from immobe.platforms import SearchPage, SearchScope, get_platform
from immobe.platforms.search_scope import PROVINCE_NAMES, divided

IMMOWEB = get_platform("immoweb")
HOUSES = SearchScope("sale", "house")
URL = "https://www.immoweb.be/en/search/house/for-sale?page=1"
NAMUR = postal_codes_of_province("namur")


def page(total: int | None, *, more: bool = True, is_capped: bool = False) -> SearchPage:
    return SearchPage([], "https://www.immoweb.be/next" if more else None, total, is_capped)


def test_a_step_travels_in_the_queue() -> None:
    step = replace(begin(IMMOWEB, HOUSES), number=3, total=61, previous=URL)
    assert Step(step.url, **json.loads(json.dumps(step.arguments))) == step
    assert begin(IMMOWEB, HOUSES).arguments == {"search": "sale house - -"}


def test_what_fits_is_walked_page_by_page() -> None:
    step = begin(IMMOWEB, HOUSES)
    assert parts_of(step, page(9_990), 9_990) == ()
    second = following(step, page(61), 333)
    assert second == Step("https://www.immoweb.be/next", step.search, 2, 61, step.url)
    assert following(second, page(61, more=False), 333) is None


def test_no_further_than_the_last_page() -> None:
    assert following(Step(URL, "sale house - -", number=333), page(20_000), 333) is None


@pytest.mark.parametrize(("total", "is_capped"), [(9_991, False), (9_969, True), (None, True)])
def test_what_does_not_fit_is_divided_by_province(total: int | None, is_capped: bool) -> None:
    parts = parts_of(begin(IMMOWEB, HOUSES), page(total, is_capped=is_capped), 9_990)
    assert [part.province for part in parts] == list(PROVINCE_NAMES)


def test_only_the_first_page_of_a_search_of_ours_is_divided() -> None:
    too_many = page(20_000)
    assert parts_of(Step(URL, None), too_many, 9_990) == ()
    assert parts_of(Step(URL, "sale house - -", number=2), too_many, 9_990) == ()


def test_when_results_became_fewer_the_walk_goes_back_a_page() -> None:
    step = Step("https://www.immoweb.be/3", "sale house - -", number=3, total=100, previous="https://www.immoweb.be/2")
    back = following(step, page(98), 333)
    assert back == Step("https://www.immoweb.be/2", step.search, 2, 98, again=2)
    third = following(back, page(97), 333)
    assert third is not None
    assert (third.number, third.again) == (3, 1), "read before, and not filtered as a duplicate"
    fourth = following(third, page(97), 333)
    assert fourth is not None
    assert (fourth.number, fourth.again) == (4, 0)
    more = following(step, page(101), 333)
    assert more is not None
    assert more.number == 4, "more results slide to pages that are still to come"


scopes = st.builds(
    SearchScope,
    st.sampled_from(["sale", "rent"]),
    st.sampled_from(["house", "apartment"]),
    st.sampled_from([(), NAMUR, NAMUR[:7], NAMUR[:1], ("9000", "5000")]),
    st.one_of(st.none(), st.integers(1, 10_000_000)),
    st.none(),
)


@given(scopes)
def test_a_key_tells_the_whole_scope(scope: SearchScope) -> None:
    assert SearchScope.from_key(scope.key) == scope


@given(scopes, st.integers(0, 20_000_000))
def test_parts_hold_every_place_and_price_once(scope: SearchScope, price: int) -> None:
    parts = scope.parts()
    codes = [code for part in parts for code in part.postal_codes]
    if len(scope.postal_codes) != 1:
        assert len(codes) == len(set(codes))
        assert set(codes) >= set(scope.postal_codes)
        assert all(part.min_price_eur == scope.min_price_eur for part in parts)
    elif price >= (scope.min_price_eur or 0):
        within = [p for p in parts if (p.min_price_eur or 0) <= price <= (p.max_price_eur or 10**9)]
        assert len(within) == 1


def test_dividing_ends() -> None:
    scope, steps = SearchScope("rent", "house", ("9000",)), 0
    while parts := scope.parts():
        scope, steps = parts[0], steps + 1
    assert scope.max_price_eur == 0
    assert steps < 20


def test_a_run_begins_with_the_parts_that_the_last_one_found() -> None:
    of_namur = replace(HOUSES, postal_codes=NAMUR)
    totals: dict[str, int | None] = {part.key: 5_000 for part in HOUSES.parts()}
    totals |= {HOUSES.key: None, of_namur.key: None} | {half.key: 6_000 for half in of_namur.parts()}
    searches = divided(HOUSES, totals, 9_990)
    assert len(searches) == len(PROVINCE_NAMES) + 1
    assert of_namur not in searches
    assert {s.key for s in of_namur.parts()} <= {s.key for s in searches}
    assert divided(HOUSES, {}, 9_990) == [HOUSES]


def test_parts_that_would_fit_together_again_are_searched_as_one() -> None:
    totals: dict[str, int | None] = {HOUSES.key: None, **{part.key: 100 for part in HOUSES.parts()}}
    assert divided(HOUSES, totals, 9_990) == [HOUSES]
    assert len(divided(HOUSES, totals, 1_000)) == len(PROVINCE_NAMES)


class SlidingPortal:
    """Results, newest first, that change between two looks, by less than a page."""

    per_page = 6

    def __init__(self, results: list[int]) -> None:
        self.results = results

    def page(self, number: int) -> tuple[list[int], SearchPage]:
        shown = self.results[(number - 1) * self.per_page : number * self.per_page]
        more = number * self.per_page < len(self.results)
        return shown, SearchPage([], str(number + 1) if more else None, len(self.results))


@given(
    st.integers(0, 30),
    st.lists(st.one_of(st.just("new"), st.integers(0, 35), st.none()), max_size=40),
    st.integers(0, 2),
)
def test_no_advert_that_stays_is_missed_whatever_comes_and_goes(
    size: int, changes: list[str | int | None], changes_a_look: int
) -> None:
    portal, seen = SlidingPortal(list(range(size))), set()
    born = iter(range(-1, -100, -1))
    gone: set[int] = set()
    step: Step | None = Step("1", "sale house - -")
    while step is not None:
        results, page = portal.page(int(step.url))
        seen |= set(results)
        step = following(step, page, 333)
        for _ in range(changes_a_look):
            change = changes.pop() if changes else None
            if change == "new":
                portal.results.insert(0, next(born))
            elif isinstance(change, int) and change < len(portal.results):
                gone.add(portal.results.pop(change))
    assert seen >= set(range(size)) - gone

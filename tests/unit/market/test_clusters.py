"""Groups of linked listings: no chain joins what excludes each other, and a person's word stands."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from immobe.market.clusters import Pair, groups

MEMBERS = range(8)
pairs = st.sampled_from(list(combinations(MEMBERS, 2)))
links = st.dictionaries(pairs, st.integers(13, 16).map(float))
verdicts = st.dictionaries(pairs, st.booleans(), max_size=6)
excluded = st.sets(pairs, max_size=10)


def never(_: int, __: int) -> bool:
    return False


def test_what_is_linked_hangs_together() -> None:
    assert groups([1, 2, 3, 4], {(1, 2): 20, (2, 3): 15}, {}, never) == [[1, 2, 3], [4]]


def test_no_chain_joins_what_excludes_each_other() -> None:
    found = groups([1, 2, 3], {(1, 2): 14, (2, 3): 20}, {}, lambda a, b: {a, b} == {1, 3})
    assert found == [[1], [2, 3]]


def test_a_person_stands_above_a_veto_and_above_links() -> None:
    assert groups([1, 2], {}, {(1, 2): True}, lambda a, b: True) == [[1, 2]]
    assert groups([1, 2], {(1, 2): 50}, {(1, 2): False}, never) == [[1], [2]]


@given(links, verdicts, excluded)
def test_groups_keep_every_rule(links: dict[Pair, float], verdicts: dict[Pair, bool], excluded: set[Pair]) -> None:
    def excludes(a: int, b: int) -> bool:
        return (min(a, b), max(a, b)) in excluded

    found = groups(MEMBERS, links, verdicts, excludes)
    assert sorted(member for group in found for member in group) == list(MEMBERS)
    group_of = {member: tuple(group) for group in found for member in group}
    assert all(group_of[a] == group_of[b] for (a, b), same in verdicts.items() if same)
    joined_by_a_person = groups(MEMBERS, {}, {two: True for two, same in verdicts.items() if same}, never)
    for group in found:
        for a, b in combinations(group, 2):
            if not any(a in said and b in said for said in joined_by_a_person):
                assert verdicts.get((a, b)) is not False
                assert verdicts.get((a, b)) or not excludes(a, b)
    turned = dict(reversed(links.items()))
    assert groups(list(reversed(MEMBERS)), turned, dict(reversed(verdicts.items())), excludes) == found


@given(links, verdicts, excluded)
def test_a_link_that_joined_nothing_was_hindered(
    links: dict[Pair, float], verdicts: dict[Pair, bool], excluded: set[Pair]
) -> None:
    found = groups(MEMBERS, links, verdicts, lambda a, b: (min(a, b), max(a, b)) in excluded)
    group_of = {member: group for group in found for member in group}
    for a, b in links:
        if group_of[a] is not group_of[b]:
            across = [(min(x, y), max(x, y)) for x in group_of[a] for y in group_of[b]]
            assert any(verdicts.get(two) is False or two in excluded for two in across)

"""Links to groups: what is linked is one property, unless two of its members exclude each other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import product

Pair = tuple[int, int]
"""Two listings, the lower number first."""


def pair(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


def groups(
    members: Collection[int],
    links: Mapping[Pair, float],
    verdicts: Mapping[Pair, bool],
    excludes: Callable[[int, int], bool],
) -> list[list[int]]:
    """The members in groups, each sorted; the same for any order of the arguments.

    A person's `verdicts` come first: True joins, False keeps apart. Then `links` join, the best score first, each only
    when no member of the one side is kept apart from, or `excludes`, one of the other.
    """
    group_of = {member: [member] for member in members}

    def join(a: int, b: int) -> None:
        one, other = group_of[a], group_of[b]
        if one is not other:
            one.extend(other)
            group_of.update(dict.fromkeys(other, one))

    def may_join(a: int, b: int) -> bool:
        return not any(_apart(x, y, verdicts, excludes) for x, y in product(group_of[a], group_of[b]))

    for a, b in sorted(two for two, same in verdicts.items() if same):
        join(a, b)
    for a, b in _best_first(links):
        if group_of[a] is not group_of[b] and may_join(a, b):
            join(a, b)
    return sorted(sorted(group) for group in {id(group): group for group in group_of.values()}.values())


def _best_first(links: Mapping[Pair, float]) -> Iterable[Pair]:
    return sorted(links, key=lambda two: (-links[two], two))


def _apart(a: int, b: int, verdicts: Mapping[Pair, bool], excludes: Callable[[int, int], bool]) -> bool:
    said = verdicts.get(pair(a, b))
    return excludes(a, b) if said is None else not said

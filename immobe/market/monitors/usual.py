"""What is usual: the last runs of the same platform, mode and scope, pooled by kind of advert."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from immobe.market.monitors.findings import Key
from immobe.market.monitors.statistics import quantile
from immobe.market.monitors.tally import KindTally, Tally

MIN_RUNS = 3
"""With fewer runs behind it, a platform has no habits."""
_MIN_OF_A_KIND = 10
_NONE: Counter[str] = Counter()
Groups = list[tuple[int, int, float]]
"""For each kind: adverts, those that have what is asked for, the usual share."""


@dataclass(frozen=True)
class Past:
    """An earlier run. `odd`: what was unusual in it, and so is no measure for others."""

    tally: Tally
    odd: frozenset[Key] = frozenset()


class History:
    """Earlier runs, the latest `HISTORY_RUNS` at most."""

    def __init__(self, runs: Sequence[Past]) -> None:
        self.runs = runs
        self._usual: dict[tuple[int, ...], Usual] = {}

    def usual(self, key: Key) -> Usual | None:
        """The runs in which this measure was not odd itself; None while they are too few to speak of a habit."""
        which = tuple(number for number, past in enumerate(self.runs) if key not in past.odd)
        if len(which) < MIN_RUNS:
            return None
        if which not in self._usual:
            self._usual[which] = Usual([self.runs[number].tally for number in which])
        return self._usual[which]


class Usual:
    """Some runs, and the pool of their adverts."""

    def __init__(self, runs: Sequence[Tally]) -> None:
        self.runs = runs
        self._medians: dict[tuple[str, str], float | None] = {}

    @cached_property
    def kinds(self) -> dict[str, KindTally]:
        """Those that were met often enough."""
        pool: dict[str, KindTally] = {}
        for run in self.runs:
            for kind, tally in run.kinds.items():
                pool.setdefault(kind, KindTally()).merge(tally)
        return {kind: tally for kind, tally in pool.items() if tally.count >= _MIN_OF_A_KIND}

    def fill_rate(self, kind: str, field: str) -> float | None:
        """Usual share of a kind's adverts that have the field, kept off 0 and 1; None for a kind hardly met."""
        pool = self.kinds.get(kind)
        return None if pool is None else _share(pool.filled[field], pool.count)

    def median_bin(self, kind: str, field: str) -> float | None:
        """Bin of the usual median of a number; None when too few are known."""
        if (kind, field) not in self._medians:
            pool = self.kinds.get(kind)
            found = bins(pool.values.get(field, _NONE)) if pool is not None else {}
            self._medians[kind, field] = quantile(found, 0.5) if sum(found.values()) >= _MIN_OF_A_KIND else None
        return self._medians[kind, field]

    def filled(self, run: Tally, field: str) -> Groups:
        """How often a run's adverts have the field."""
        return [
            (tally.count, tally.filled[field], rate)
            for kind, tally in run.kinds.items()
            if (rate := self.fill_rate(kind, field)) is not None
        ]

    def of_category(self, run: Tally, field: str, category: str) -> Groups:
        """How often a run's adverts that have the field are of the category."""
        return [
            (
                tally.filled[field],
                tally.values.get(field, _NONE)[category],
                _share(pool.values.get(field, _NONE)[category], pool.filled[field]),
            )
            for kind, tally in run.kinds.items()
            if (pool := self.kinds.get(kind)) is not None and tally.filled[field] and pool.filled[field]
        ]

    def of_word(self, run: Tally, place: int, word: str) -> Groups:
        """How often a word stands at this place of the kinds' names: the mix of what is offered."""
        count, having = _with_word(run.kinds, place, word)
        known, usual = _with_word(self.kinds, place, word)
        return [(count, having, _share(usual, known))] if known else []


def bins(labels: Counter[str]) -> dict[float, float]:
    """The histogram of a number's labels."""
    return {float(label): float(count) for label, count in labels.items()}


def _share(having: int, count: int) -> float:
    """Never 0 or 1: what was always so may be otherwise once."""
    return (having + 0.5) / (count + 1)


def _with_word(kinds: dict[str, KindTally], place: int, word: str) -> tuple[int, int]:
    count = sum(tally.count for tally in kinds.values())
    return count, sum(tally.count for kind, tally in kinds.items() if kind.split(" ")[place] == word)

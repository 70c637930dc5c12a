"""The little statistics that the monitors need, robust against single odd runs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median

# 1.4826 times the median deviation is the standard deviation of what is distributed normally.
_NORMAL = 1.4826
# The standard error of a median is that of a mean times this.
_MEDIAN_ERROR = 1.2533
Histogram = Mapping[float, float]
"""{position: weight}."""


def spread(values: Sequence[float]) -> float:
    """Robust standard deviation: 1.4826 times the median distance from the median; 0 for fewer than two.

    >>> round(spread([1.0, 1.1, 0.9, 1.0, 50.0]), 3)
    0.148
    """
    if len(values) < 2:
        return 0.0
    middle = median(values)
    return _NORMAL * median(abs(value - middle) for value in values)


def tolerance(errors: float, between_runs: float, deviations: float, least: float) -> float:
    """How far a run may lie from the usual: so many standard deviations, and never less than `least`.

    `errors`: standard error of this run's own figure, from its size; `between_runs`: spread of earlier runs' figures.
    """
    return max(least, deviations * math.hypot(errors, between_runs))


def share_error(expected: Sequence[tuple[int, float]]) -> float:
    """Standard error of a share over groups, each (adverts, usual share). 1 when there are no adverts.

    >>> share_error([(100, 0.5)])
    0.05
    """
    adverts = sum(count for count, _ in expected)
    return math.sqrt(sum(count * p * (1 - p) for count, p in expected)) / adverts if adverts else 1.0


def quantile(histogram: Histogram, share: float) -> float:
    """The position below which this share of the weight lies. Raises ValueError for an empty histogram.

    >>> quantile({1.0: 2, 5.0: 1}, 0.5)
    1.0
    """
    goal, reached = share * sum(histogram.values()), 0.0
    for position in sorted(histogram):
        reached += histogram[position]
        if reached >= goal and histogram[position]:
            return position
    raise ValueError("a histogram without weight has no quantiles")


def shifted(histograms: Sequence[tuple[Histogram, float]]) -> dict[float, float]:
    """One histogram of several, each moved left by its own distance."""
    together: Counter[float] = Counter()
    for histogram, distance in histograms:
        for position, weight in histogram.items():
            together[position - distance] += weight  # type: ignore[assignment] # of typeshed: counts need not be whole
    return dict(together)


def median_error(histogram: Histogram, count: float) -> float:
    """Standard error of the median of `count` values that are distributed so."""
    middle_half = quantile(histogram, 0.75) - quantile(histogram, 0.25)
    return _MEDIAN_ERROR * middle_half / 1.349 / math.sqrt(count)

"""Charts as geometry: `templates/charts.html` draws them as SVG, and says the same in a table. No script is needed.

Sizes are units of the drawing's own coordinates; a browser fits it to its column.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH, HEIGHT = 640, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 104, 12, 12, 30
_BARS_END = 132
_FEW_DAYS = timedelta(days=1)
Moment = tuple[datetime, float | None]
"""From then on it is so much; None: it is not told."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, and what stands there."""

    at: float
    stands: float


@dataclass(frozen=True, slots=True)
class Series:
    """What one advert asks over time: `steps` in order of time, until `until`."""

    name: str
    steps: list[Moment]
    until: datetime
    goes_on: bool
    """It still asks it at the end."""


@dataclass(frozen=True, slots=True)
class Line:
    """A series as it is drawn: a path, and a dot where each price begins (x, y)."""

    name: str
    path: str
    dots: list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class StepChart:
    """Lines over time. `days` are (x, moment)."""

    lines: list[Line]
    levels: list[Tick]
    days: list[tuple[float, datetime]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    bottom: int = HEIGHT - _BOTTOM


@dataclass(frozen=True, slots=True)
class Bin:
    """`count` values from `low` on and below `high`, and the bar that shows it."""

    low: float
    high: float
    count: int
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0


@dataclass(frozen=True, slots=True)
class Histogram:
    """Bars beside each other; `mark` is where on the axis one value lies, None without one."""

    bins: list[Bin]
    ticks: list[Tick]
    mark: float | None
    band: tuple[float, float] | None
    """From where to where the middle half lies."""
    beyond: int
    """Values above the last bar, which are not drawn."""
    width: int = WIDTH
    height: int = 164
    bottom: int = _BARS_END


def steps(series: Iterable[Series]) -> StepChart | None:
    """Prices over time; None when no series ever tells one."""
    told = [one for one in series if any(amount is not None for _, amount in one.steps)]
    if not told:
        return None
    amounts = [amount for one in told for _, amount in one.steps if amount is not None]
    first = min(one.steps[0][0] for one in told)
    last = max(max(one.until for one in told), first + _FEW_DAYS)
    levels = round_levels(*_room(min(amounts), max(amounts)))

    def x(moment: datetime) -> float:
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * ((moment - first) / (last - first)), 1)

    def y(amount: float) -> float:
        share = (amount - levels[0]) / (levels[-1] - levels[0])
        return round(HEIGHT - _BOTTOM - (HEIGHT - _BOTTOM - _TOP) * share, 1)

    lines = [_line(one, x, y) for one in told]
    days = [first + (last - first) * share for share in (0, 0.5, 1)]
    return StepChart(lines, [Tick(y(level), level) for level in levels], [(x(day), day) for day in days])


def _line(series: Series, x: Callable[[datetime], float], y: Callable[[float], float]) -> Line:
    parts: list[str] = []
    dots: list[tuple[float, float]] = []
    before: float | None = None
    ends = [moment for moment, _ in series.steps[1:]] + [series.until]
    for (begins, amount), end in zip(series.steps, ends, strict=True):
        if amount is not None:
            parts.append(f"{'V' if before is not None else f'M{x(begins)} '}{y(amount)}H{x(max(begins, end))}")
            dots.append((x(begins), y(amount)))
        before = amount
    return Line(series.name, "".join(parts), dots)


def _room(low: float, high: float) -> tuple[float, float]:
    """Above and below, so that a price that never changed is a line in the middle."""
    space = max((high - low) * 0.15, high * 0.04, 1)
    return max(0, low - space), high + space


def round_levels(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers in equal steps, from at most `low` to at least `high`.

    >>> round_levels(281000, 309000), round_levels(0, 7)
    ([280000, 290000, 300000, 310000], [0, 2, 4, 6, 8])
    """
    rough = (high - low) / most or 1
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * size for size in (1, 2, 2.5, 5, 10) if power * size >= rough * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(step * number, 6) for number in range(first, max(last, first + 1) + 1)]


def histogram(
    values: Sequence[float], *, mark: float | None = None, band: tuple[float, float] | None = None, bars: int = 16
) -> Histogram | None:
    """How often which value occurs. `values` are in order; None for fewer than two.

    The dearest 3 % may lie so far out that the others would be one bar: it is counted, not drawn.
    """
    if len(values) < 2:
        return None
    top = values[min(len(values) - 1, math.ceil(len(values) * 0.97))]
    low, high = min(values[0], values[0] if mark is None else mark), max(top, top if mark is None else mark)
    edges = round_levels(low, high, bars)
    counts = [0] * (len(edges) - 1)
    for value in values:
        place = bisect_right(edges, value) - 1
        if place < len(counts):
            counts[place] += 1
        elif value == edges[-1]:
            counts[-1] += 1
    left, right, bottom = 8, WIDTH - 8, _BARS_END

    def x(value: float) -> float:
        return round(left + (right - left) * (value - edges[0]) / (edges[-1] - edges[0]), 1)

    tallest, width = max(counts), round((right - left) / len(counts), 2)
    tops = [round(bottom - 100 * count / tallest, 1) for count in counts]
    bins = [
        Bin(low, high, count, x(low), top, width - 2, round(bottom - top, 1))
        for low, high, count, top in zip(edges, edges[1:], counts, tops, strict=False)
    ]
    every = max(1, math.ceil(len(edges) / 5))
    ticks = [Tick(x(edge), edge) for edge in edges[::every]]
    within = None if band is None else (x(band[0]), x(band[1]))
    return Histogram(bins, ticks, None if mark is None else x(mark), within, len(values) - sum(counts))


@dataclass(frozen=True, slots=True)
class Point:
    """One month of a trend: None where too few were counted."""

    x: float
    y: float | None


@dataclass(frozen=True, slots=True)
class Trend:
    """Medians by month, joined by a line where they follow each other."""

    path: str
    points: list[Point]
    levels: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    bottom: int = HEIGHT - _BOTTOM


def trend(values: Sequence[float | None]) -> Trend | None:
    """At equal distances; None when fewer than two are told."""
    told = [value for value in values if value is not None]
    if len(told) < 2:
        return None
    levels = round_levels(*_room(min(told), max(told)))
    room, tall = WIDTH - _LEFT - _RIGHT - 40, HEIGHT - _BOTTOM - _TOP
    span = levels[-1] - levels[0]

    def y(value: float) -> float:
        return round(HEIGHT - _BOTTOM - tall * (value - levels[0]) / span, 1)

    xs = [round(_LEFT + 20 + room * place / (len(values) - 1), 1) for place in range(len(values))]
    points = [Point(x, None if value is None else y(value)) for x, value in zip(xs, values, strict=True)]
    path, broken = "", True
    for point in points:
        if point.y is not None:
            path += f"{'M' if broken else 'L'}{point.x} {point.y}"
        broken = point.y is None
    return Trend(path, points, [Tick(y(level), level) for level in levels])

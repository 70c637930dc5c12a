"""Charts draw what they are given, and say what they leave out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from immobe.watchtower.charts import HEIGHT, WIDTH, Series, histogram, round_levels, steps, trend

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def on(day: int) -> datetime:
    return DAY + timedelta(days=day)


def test_a_gap_in_the_prices_is_a_gap_in_the_line() -> None:
    series = Series("a", [(on(0), 300_000), (on(10), None), (on(20), 280_000)], on(30), True)
    chart = steps([series])
    assert chart is not None
    [line] = chart.lines
    assert line.path.count("M") == 2
    assert "V" not in line.path
    assert len(line.dots) == 2
    assert line.dots[0][1] < line.dots[1][1], "dearer is higher"


def test_a_change_of_price_is_a_step() -> None:
    chart = steps([Series("a", [(on(0), 300_000), (on(10), 280_000)], on(20), True)])
    assert chart is not None
    assert chart.lines[0].path.count("M") == 1
    assert "V" in chart.lines[0].path
    middle = chart.lines[0].dots[1][0]
    assert middle == pytest.approx((chart.days[0][0] + chart.days[2][0]) / 2, abs=0.2)


def test_without_a_price_there_is_no_chart() -> None:
    assert steps([]) is None
    assert steps([Series("a", [(on(0), None)], on(5), True)]) is None


def test_one_moment_is_drawn_too() -> None:
    chart = steps([Series("a", [(on(0), 1000)], on(0), True)])
    assert chart is not None
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in chart.lines[0].dots)


@pytest.mark.parametrize("values", [[1, 1], [0.0, 0.0, 5.0], list(range(1000)), [*range(100), 10**6], [2500.0] * 40])
def test_every_value_is_in_a_bar_or_counted_beyond(values: list[float]) -> None:
    chart = histogram(values)
    assert chart is not None
    assert sum(bar.count for bar in chart.bins) + chart.beyond == len(values)
    assert all(0 <= bar.x <= WIDTH and bar.height >= 0 for bar in chart.bins)


def test_what_is_marked_lies_within_the_drawing() -> None:
    chart = histogram([2000, 2100, 2200, 2300], mark=1500, band=(2050, 2250))
    assert chart is not None
    assert chart.mark is not None
    assert chart.band is not None
    assert 0 <= chart.mark < chart.band[0] < chart.band[1] <= WIDTH


def test_a_month_of_too_few_breaks_the_trend() -> None:
    chart = trend([100, 110, None, 120])
    assert chart is not None
    assert chart.path.count("M") == 2
    assert [point.y is None for point in chart.points] == [False, False, True, False]
    assert trend([100, None]) is None


@pytest.mark.parametrize(("low", "high"), [(0, 1), (281_000, 309_000), (2000, 2001), (5, 5), (0, 3_000_000)])
def test_levels_are_round_and_hold_all(low: float, high: float) -> None:
    levels = round_levels(low, high)
    assert levels[0] <= low
    assert levels[-1] >= high
    assert len(levels) >= 2

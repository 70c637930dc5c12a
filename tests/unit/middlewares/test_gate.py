"""Quiet hours on Belgian clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from immobe.errors import ConfigError
from middlewares.gate import GateMiddleware
from middlewares.last_look import LastLookMiddleware
from middlewares.lease import GivenBack
from middlewares.quiet_hours import BELGIUM, QuietHours


@pytest.mark.parametrize(
    ("text", "clock", "seconds"),
    [
        ("23:00-06:00", "2026-11-24T22:59:59", 0),
        ("23:00-06:00", "2026-11-24T23:00:00", 7 * 3600),
        ("23:00-06:00", "2026-11-25T05:59:00", 60),
        ("23:00-06:00", "2026-11-25T06:00:00", 0),
        ("12:00-13:30", "2026-11-24T12:30:00", 3600),
        ("12:00-13:30", "2026-11-24T11:59:00", 0),
        ("23:00-06:00", "2026-10-24T23:00:00", 8 * 3600),  # the clocks go back in this night
        ("23:00-06:00", "2026-03-28T23:00:00", 6 * 3600),  # and forward in this one
    ],
)
def test_how_long_it_stays_quiet(text: str, clock: str, seconds: float) -> None:
    assert QuietHours.parse(text).seconds_left(datetime.fromisoformat(clock).replace(tzinfo=BELGIUM)) == seconds


@pytest.mark.parametrize("text", ["23-06", "23:00", "night", "06:00-06:00", "25:00-06:00", "23:00-06:00-07:00"])
def test_what_cannot_be_read_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="QUIET_HOURS"):
        QuietHours.parse(text)


async def test_in_quiet_hours_everything_goes_back_uncounted(make_crawler: Any, request_of: Any) -> None:
    now = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # 00:30 in Belgium
    gate = GateMiddleware(make_crawler(), QuietHours.parse("23:00-06:00"), 10.0, lambda: now)
    request = request_of()
    with pytest.raises(GivenBack, match="quiet_hours"):
        await gate.process_request(request)
    lease = request.meta["lease"]
    assert (lease["verdict"], lease["counts"]) == ("retry", False)
    assert 5.5 * 3600 <= lease["delay_seconds"] <= 5.5 * 3600 + 10


async def test_outside_them_requests_pass(make_crawler: Any, request_of: Any) -> None:
    assert await GateMiddleware.from_crawler(make_crawler()).process_request(request_of()) is None


async def test_a_night_that_begins_while_a_request_waits_its_turn_is_kept(make_crawler: Any, request_of: Any) -> None:
    clock = {"now": datetime(2026, 11, 24, 21, 59, tzinfo=UTC)}  # 22:59 in Belgium
    parts = (make_crawler(), QuietHours.parse("23:00-06:00"), 10.0, lambda: clock["now"])
    request = request_of()
    await GateMiddleware(*parts).process_request(request)
    await LastLookMiddleware(*parts).process_request(request)
    clock["now"] = datetime(2026, 11, 24, 22, 1, tzinfo=UTC)
    with pytest.raises(GivenBack, match="quiet_hours"):
        await LastLookMiddleware(*parts).process_request(request)

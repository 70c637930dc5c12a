"""Hours of the day in which nothing is fetched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from immobe.errors import ConfigError

BELGIUM = ZoneInfo("Europe/Brussels")


@dataclass(frozen=True)
class QuietHours:
    """From `start` to `end` on Belgian clocks, over midnight when `end` is earlier."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """`23:00-06:00`. Raises ConfigError.

        >>> QuietHours.parse("23:00-06:00").seconds_left(datetime(2026, 11, 24, 5, 30, tzinfo=BELGIUM))
        1800.0
        """
        try:
            if not re.fullmatch(r"\d\d:\d\d-\d\d:\d\d", text):
                raise ValueError
            start, end = map(time.fromisoformat, text.split("-"))
        except ValueError:
            raise ConfigError(f"QUIET_HOURS is wrong: {text!r}. Example: QUIET_HOURS=23:00-06:00") from None
        if start == end:
            raise ConfigError(f"QUIET_HOURS is wrong: {text!r} has no length")
        return cls(start, end)

    def seconds_left(self, moment: datetime) -> float:
        """Seconds until the quiet hours end; 0 outside them."""
        local = moment.astimezone(BELGIUM)
        clock = local.time()
        over_midnight = self.end < self.start
        quiet = clock >= self.start or clock < self.end if over_midnight else self.start <= clock < self.end
        if not quiet:
            return 0.0
        day = local.date() + timedelta(days=over_midnight and clock >= self.start)
        # Real seconds, also in the night when the clocks change.
        return datetime.combine(day, self.end, BELGIUM).timestamp() - local.timestamp()

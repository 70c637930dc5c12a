"""Hours of a day in Belgium: when nobody wants to be woken, and when a digest is due. Summer time included."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BELGIUM = ZoneInfo("Europe/Brussels")


def quiet_until(now: datetime, start: time | None, end: time | None) -> datetime | None:
    """When the quiet hours end that it is now; None when it is none. Over midnight when `end` is the earlier.

    >>> night = (time(22), time(7, 30))
    >>> quiet_until(datetime.fromisoformat("2026-03-28T23:00:00+01:00"), *night).isoformat()
    '2026-03-29T07:30:00+02:00'
    >>> quiet_until(datetime.fromisoformat("2026-03-29T07:30:00+02:00"), *night) is None
    True
    """
    if start is None or end is None or start == end:
        return None
    local = now.astimezone(BELGIUM)
    clock = local.time()
    is_quiet = start <= clock < end if start < end else clock >= start or clock < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1 if clock >= end else 0)
    return datetime.combine(day, end, BELGIUM)


def last_due(now: datetime, frequency: str, hour: int, weekday: int = 0) -> datetime:
    """When a `daily` or `weekly` digest was last due. In the night that an hour is left out, that hour is the next;
    in the one that has it twice, it is the first.

    >>> last_due(datetime.fromisoformat("2026-03-29T12:00:00+02:00"), "daily", 2).isoformat()
    '2026-03-29T03:00:00+02:00'
    >>> last_due(datetime.fromisoformat("2026-11-27T07:59:00+01:00"), "weekly", 8, 4).isoformat()
    '2026-11-20T08:00:00+01:00'
    """
    local = now.astimezone(BELGIUM)
    step = 7 if frequency == "weekly" else 1
    day = local.date() - timedelta(days=(local.weekday() - weekday) % 7 if step == 7 else 0)
    due = _moment(day, hour)
    return due if due <= now else _moment(day - timedelta(days=step), hour)


def on_day_of(moment: datetime, hour: int) -> datetime:
    """This hour of the moment's day in Belgium."""
    return _moment(moment.astimezone(BELGIUM).date(), hour)


def _moment(day: date, hour: int) -> datetime:
    # To UTC and back: an hour that the clock leaves out becomes the one that it shows then.
    return datetime.combine(day, time(hour), BELGIUM).astimezone(UTC).astimezone(BELGIUM)

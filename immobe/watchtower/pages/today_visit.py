"""When somebody looked last: kept in a cookie of their browser, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import Request
from starlette.responses import Response

from immobe.watchtower.rendering import PREFERENCE_SECONDS
from immobe.watchtower.security.cookies import set_cookie

COOKIE = "immobe_visit"
PAUSE = timedelta(minutes=30)
"""Who comes back after so long makes a new visit; before, it is still the same one."""
LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Visits:
    """`before`: the end of the visit before this one, None at the first; `latest`: the last look."""

    before: datetime | None
    latest: datetime | None

    def looked(self, at: datetime) -> Visits:
        """As it is after a look now."""
        is_new = self.latest is not None and at - self.latest > PAUSE
        return Visits(self.latest if is_new else self.before, at)


def read(text: str, at: datetime) -> Visits:
    """From the cookie: two times in seconds since 1970, 0 where there is none. What is no such text is no visit.

    >>> now = datetime.fromtimestamp(5000, UTC)
    >>> read("0.1000", now).looked(now).before.timestamp(), read("x", now), read("9000.9000", now).latest
    (1000.0, Visits(before=None, latest=None), None)
    """
    try:
        seconds = [int(part) for part in text.split(".", 1)]
        times = [datetime.fromtimestamp(one, UTC) if one else None for one in seconds]
    except (ValueError, OverflowError, OSError):
        return Visits(None, None)
    before, latest = (one if one and at - LONGEST <= one <= at else None for one in [*times, None][:2])
    return Visits(before, latest)


def of(request: Request) -> Visits:
    """This browser's, with this look."""
    at = datetime.now(UTC)
    return read(request.cookies.get(COOKIE, ""), at).looked(at)


def keep(request: Request, response: Response, visits: Visits) -> None:
    """Sets the cookie."""
    before, latest = (int(one.timestamp()) if one else 0 for one in (visits.before, visits.latest))
    set_cookie(response, request, COOKIE, f"{before}.{latest}", PREFERENCE_SECONDS)

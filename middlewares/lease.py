"""What becomes of a request that the scheduler lent us: how a middleware gives it back, or says that it is hopeless.

The scheduler puts a dict into `request.meta["lease"]`; all copies of the request share it. `verdict` is "retry"
(deliver it again after `delay_seconds`; an attempt unless `counts` is False) or "dead"; `reason` is a short code.
"""

from __future__ import annotations

import random

from scrapy import Request
from scrapy.exceptions import IgnoreRequest


class GivenBack(IgnoreRequest):
    """The request is not answered now; the queue delivers it again later. `reason` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(IgnoreRequest):
    """The request will not be tried again. `reason` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def attempts_of(request: Request) -> int:
    """Deliveries so far, this one included."""
    return int(request.meta.get("lease", {}).get("attempts", 1))


def is_control(request: Request) -> bool:
    """True for a request of our own making, such as robots.txt: no listing depends on it."""
    return bool(request.meta.get("dont_obey_robotstxt"))


def give_back(
    request: Request, reason: str, delay_seconds: float, *, spread: float = 0.0, counts: bool = True
) -> GivenBack:
    """Asks for another delivery after `delay_seconds`; returns the exception to raise.

    `spread`: seconds over which those come back, at random, that wait for the same moment; not longer than the delay.
    """
    if "lease" in request.meta:
        delay = delay_seconds + random.uniform(0, min(spread, delay_seconds))  # noqa: S311
        request.meta["lease"].update(verdict="retry", delay_seconds=delay, reason=reason, counts=counts)
    return GivenBack(reason)


def refuse(request: Request, reason: str) -> Refused:
    """Asks for no further delivery; returns the exception to raise."""
    if "lease" in request.meta:
        request.meta["lease"].update(verdict="dead", reason=reason)
    return Refused(reason)

"""What goes into the leased queue and comes out of it."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

LAST_SEARCH_SCORE = -50
"""Search pages have this score or a lower one, listing pages a higher one. lua/library.lua says so too."""


class Entry(NamedTuple):
    """A request to queue. `id` is made once (`RequestIds`), so that queueing it again changes nothing."""

    id: str
    payload: bytes
    score: float = 0.0
    """Negative priority: the lowest goes first, equal ones in the order of their ids."""
    fingerprint: bytes = b""
    """Empty: never taken for a duplicate."""
    delay_ms: int = 0


class Claimed(NamedTuple):
    """A request that is leased to us."""

    id: str
    attempts: int
    """How often it was tried in vain before: retried, or its lease expired."""
    payload: bytes
    score: float
    deaths: int = 0
    """How often its lease expired, mostly because its worker died."""


class Verdict(StrEnum):
    """What became of a claimed request."""

    ACCEPT = "A"
    """Done with."""
    RETRY = "R"
    """Again after the delay; counts as an attempt."""
    DEAD = "D"
    """To the dead letters, with the reason."""
    GIVE_BACK = "G"
    """Again after the delay, by another worker: this one does not know the payload's version. No attempt is counted."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A claimed request with its verdict and what was found on its page."""

    id: str
    verdict: Verdict = Verdict.ACCEPT
    delay_ms: int = 0
    reason: str = ""
    children: Sequence[Entry] = ()


class Band(NamedTuple):
    """The scores that a worker claims, as Redis writes score intervals: `(` leaves the border out."""

    lowest: str
    highest: str


ALL_PAGES = Band("-inf", "+inf")
SEARCH_PAGES = Band("-inf", str(LAST_SEARCH_SCORE))
LISTING_PAGES = Band(f"({LAST_SEARCH_SCORE}", "+inf")


class Acknowledged(NamedTuple):
    """How many children were queued, how many were seen before, and how many requests were not ours any more."""

    fresh: int
    seen: int
    stale: int


class Claims(NamedTuple):
    """The answer to a claim, with what else was true at that moment."""

    claimed: list[Claimed]
    epoch: bytes
    """Empty when Redis has lost its data."""
    requests: int
    """Requests that exist: ready, leased or delayed. 0: the crawl is finished, everywhere."""
    searches: int
    """Of these, search pages."""
    scouts: int
    """Workers that live and take search pages."""
    unnoted: int
    """Dead letters that PostgreSQL has not heard of."""
    expired: int
    """Requests whose leases were found expired, and which were put back or buried just now."""
    buried: int
    """Of these, requests that had used up their attempts."""


class Pending(NamedTuple):
    """Numbers of requests. `requests` is exact; the states can overlap for a moment after a torn write."""

    requests: int
    ready: int
    leased: int
    delayed: int
    dead: int
    searches: int
    ready_searches: int


class RequestIds:
    """Makes ids that sort by time: 11 hex digits of milliseconds, 6 of the process, 5 counted. Safe between threads.

    >>> ids = RequestIds(clock=lambda: 1.0)
    >>> first, second = ids.new(), ids.new()
    >>> len(first), first[:11], first < second
    (22, '000000003e8', True)
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._process = secrets.token_hex(3)
        self._ms = self._count = 0

    def new(self) -> str:
        """The next id; later ids of this object are greater, even when the clock is set back."""
        with self._lock:
            now = int(self._clock() * 1000)
            self._count += 1
            if now > self._ms or self._count > 0xFFFFF:
                self._ms, self._count = max(now, self._ms + 1), 0
            return f"{self._ms:011x}{self._process}{self._count:05x}"

"""What one worker holds in memory between its spider and Redis. No input or output here; one lock guards it all."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from immobe.crawling.leases_arguments import MOST_BYTES, MOST_IDS
from immobe.crawling.leases_records import Claimed, Entry, Finished, Verdict

T = TypeVar("T")

MOST_CHILDREN = 1000
MOST_CHILDREN_BYTES = 1024 * 1024
"""A parent with more children has them queued before it is done: they leave memory, and no harm comes from it."""


@dataclass(slots=True)
class Held:
    """A claimed request until Redis has acknowledged its end."""

    claimed: Claimed
    leased_until: float
    """By our monotonic clock, from before Redis was asked: never later than by Redis' clock."""
    children: list[Entry] = field(default_factory=list)
    children_bytes: int = 0
    popped_at: float | None = None


@dataclass(frozen=True, slots=True)
class Flush:
    """What goes to Redis (or to the journal) next. It stays in memory until `Holdings.flushed`."""

    pushes: Sequence[Entry]
    finished: Sequence[Finished]


class Holdings:
    """Claimed requests on their way through one worker, and found requests on their way to Redis."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ready: deque[str] = deque()
        self._held: dict[str, Held] = {}
        self._finished: dict[str, tuple[Held, Finished]] = {}
        self._pushes: deque[Entry] = deque()
        self._bytes = 0
        self.pushed_at = self.finished_at = 0.0
        """When the oldest of what waits was pushed or finished."""

    @property
    def ready(self) -> int:
        """Claimed requests that were not popped."""
        return len(self._ready)

    @property
    def finished(self) -> int:
        """Requests whose end Redis does not know."""
        return len(self._finished)

    @property
    def pushes(self) -> int:
        """Found requests outside any parent that Redis does not know."""
        return len(self._pushes)

    @property
    def bytes(self) -> int:
        """Payload bytes of found requests that Redis does not know."""
        return self._bytes

    def is_empty(self) -> bool:
        """Nothing held, nothing on its way."""
        return not (self._held or self._finished or self._pushes)

    def push(self, entry: Entry, parent: str | None) -> None:
        """Adds a found request: to its parent, when that is held, else to those that go by themselves."""
        with self._lock:
            self._bytes += len(entry.payload)
            held = self._held.get(parent) if parent else None
            if held is None:
                self._push_alone([entry])
                return
            held.children.append(entry)
            held.children_bytes += len(entry.payload)
            if len(held.children) >= MOST_CHILDREN or held.children_bytes >= MOST_CHILDREN_BYTES:
                self._push_alone(held.children)
                held.children, held.children_bytes = [], 0

    def pop(self) -> Claimed | None:
        """The next request whose lease is certain."""
        with self._lock:
            if not self._ready:
                return None
            held = self._held[self._ready[0]]
            if held.leased_until <= self._clock():
                return None
            self._ready.popleft()
            held.popped_at = self._clock()
            return held.claimed

    def finish(self, request_id: str, verdict: Verdict, delay_ms: int, reason: str) -> bool:
        """Notes a verdict; False when the request is not held."""
        with self._lock:
            held = self._held.pop(request_id, None)
            if held is None:
                return False
            if not self._finished:
                self.finished_at = self._clock()
            self._finished[request_id] = held, Finished(request_id, verdict, delay_ms, reason, held.children)
            return True

    def add(self, claimed: Iterable[Claimed], leased_until: float) -> None:
        """Takes over what was claimed, but not twice what is held already: Redis may have lost its last second."""
        with self._lock:
            for one in claimed:
                if one.id not in self._held and one.id not in self._finished:
                    self._held[one.id] = Held(one, leased_until)
                    self._ready.append(one.id)

    def leased_ids(self, longest_work: float) -> list[str]:
        """All ids whose leases have to be renewed: not of those that have been in work for `longest_work` seconds."""
        with self._lock:
            limit = self._clock() - longest_work
            held = [key for key, one in self._held.items() if one.popped_at is None or one.popped_at > limit]
            return [*held, *self._finished]

    def held(self) -> list[Claimed]:
        """All requests that Redis must still have."""
        with self._lock:
            return [one.claimed for one in (*self._held.values(), *(held for held, _ in self._finished.values()))]

    def holds_last_chance(self, max_attempts: int, ending: Iterable[Finished] = ()) -> bool:
        """Whether one of the requests here, but for those that are `ending` now, is buried if this worker dies."""
        ids = {one.id for one in ending}
        return any(one.deaths >= max_attempts - 1 and one.id not in ids for one in self.held())

    def renew(self, ids: Iterable[str], lost: Iterable[str], leased_until: float) -> None:
        """After a heartbeat: `lost` ones that nobody has begun are dropped, the others are leased for longer.

        Those in work are finished all the same: Redis ignores it, and a second delivery does no harm.
        """
        gone = set(lost)
        with self._lock:
            for one in ids:
                if one in self._held and one not in gone:
                    self._held[one].leased_until = leased_until
            if gone.intersection(self._ready):
                for one in gone.intersection(self._ready):
                    del self._held[one]
                self._ready = deque(one for one in self._ready if one not in gone)

    def next_flush(self, *, childless_only: bool = False) -> Flush:
        """The oldest of what Redis does not know, as much as fits into one call each."""
        with self._lock:
            pushes = [] if childless_only else _fitting(self._pushes, lambda entry: len(entry.payload), lambda _: 1)
            waiting = (one for _, one in self._finished.values() if not (childless_only and one.children))
            finished = _fitting(
                waiting, lambda one: sum(len(c.payload) for c in one.children), lambda one: 1 + len(one.children)
            )
            return Flush(pushes, finished)

    def pushed(self, count: int) -> None:
        """The first `count` pushes of a flush are safe."""
        with self._lock:
            for _ in range(count):
                self._bytes -= len(self._pushes.popleft().payload)
            self.pushed_at = self._clock()

    def acknowledged(self, finished: Iterable[Finished]) -> None:
        """These ends are safe."""
        with self._lock:
            for one in finished:
                if self._finished.pop(one.id, None) is not None:
                    self._bytes -= sum(len(child.payload) for child in one.children)
            self.finished_at = self._clock()

    def forget_children(self) -> list[str]:
        """Drops what finished requests found, so that memory stays bounded; they have to be fetched again.

        Their verdict becomes GIVE_BACK: the request itself is not lost. Returns their ids.
        """
        with self._lock:
            dropped = []
            for request_id, (held, one) in self._finished.items():
                if one.children:
                    self._bytes -= sum(len(child.payload) for child in one.children)
                    given_back = replace(one, verdict=Verdict.GIVE_BACK, delay_ms=1, children=())
                    self._finished[request_id] = replace(held, children=[], children_bytes=0), given_back
                    dropped.append(request_id)
            return dropped

    def _push_alone(self, entries: Sequence[Entry]) -> None:
        if not self._pushes:
            self.pushed_at = self._clock()
        self._pushes.extend(entries)


def _fitting(items: Iterable[T], size: Callable[[T], int], weight: Callable[[T], int]) -> list[T]:
    """The first items that are together within one call's bounds; one at least."""
    fitting: list[T] = []
    bytes_left, ids_left = MOST_BYTES, 4 * MOST_IDS
    for item in items:
        bytes_left -= size(item)
        ids_left -= weight(item)
        if fitting and (bytes_left < 0 or ids_left < 0 or len(fitting) == MOST_IDS):
            break
        fitting.append(item)
    return fitting

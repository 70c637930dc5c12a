"""Dead letters of a leased queue: to look at, to queue again, to drop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_arguments import portions
from immobe.crawling.leases_scripts import Call, Script, load_script

_REQUEUE = load_script("requeue")
_DROP = load_script("drop")
_PAGE = 500


class DeadLetter(NamedTuple):
    """A request that was given up."""

    id: str
    died_ms: int
    """Redis' clock, ms since 1970."""
    reason: str
    payload: bytes
    score: float | None
    """None: a start URL that could not be read; `payload` is the message. It can only be dropped."""


class DeadLetters:
    """The dead letters of one queue. Raises redis' errors."""

    def __init__(self, queue: LeasedQueue) -> None:
        self._scripts = queue.scripts
        self._dead, self._times = f"{queue.key}:x", f"{queue.key}:x:times"

    def __len__(self) -> int:
        return int(self._scripts.redis.hlen(self._dead))

    def page(self, start: int = 0, count: int = 50) -> list[DeadLetter]:
        """At most `count` letters, newest first, from position `start`."""
        times = self._scripts.redis.zrange(self._times, start, start + count - 1, desc=True, withscores=True)
        if not times:
            return []
        letters = self._scripts.redis.hmget(self._dead, [request_id for request_id, _ in times])
        return [_letter(one, int(ms), text) for (one, ms), text in zip(times, letters, strict=True) if text is not None]

    def requeue(self, ids: Sequence[str] | None = None) -> int:
        """Makes letters (None: all) ready again with no attempts counted; returns how many."""
        return self._apply(_REQUEUE, ids)

    def drop(self, ids: Sequence[str] | None = None) -> int:
        """Removes letters (None: all) for good; returns how many."""
        return self._apply(_DROP, ids)

    def _apply(self, script: Script, ids: Sequence[str] | None) -> int:
        run: Callable[[Call], int] = self._scripts.run
        chosen = self._all_ids() if ids is None else portions(ids)
        return sum(run(Call(script, list(some))) for some in chosen)

    def _all_ids(self) -> Iterator[Sequence[str]]:
        """Ids of all letters there are now, oldest first, in portions."""
        total = self._scripts.redis.zcard(self._times)
        oldest_first = [
            request_id.decode()
            for start in range(0, total, _PAGE)
            for request_id in self._scripts.redis.zrange(self._times, start, start + _PAGE - 1)
        ]
        yield from portions(oldest_first)


def _letter(request_id: bytes, died_ms: int, text: bytes) -> DeadLetter:
    reason, score, payload = text.split(b"|", 2)
    return DeadLetter(request_id.decode(), died_ms, reason.decode(), payload, float(score) if score else None)

"""Dead letters of a leased queue: to look at, to queue again, to drop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_arguments import portions
from immobe.crawling.leases_scripts import Call, Script, load_script

_REQUEUE = load_script("requeue")
_DROP = load_script("drop")
_NOTED = load_script("noted")
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
        self._dead, self._times, self._unnoted = f"{queue.key}:x", f"{queue.key}:x:times", f"{queue.key}:x:new"

    def __len__(self) -> int:
        return int(self._scripts.redis.hlen(self._dead))

    def page(self, start: int = 0, count: int = 50) -> list[DeadLetter]:
        """At most `count` letters, newest first, from position `start`."""
        times = self._scripts.redis.zrange(self._times, start, start + count - 1, desc=True, withscores=True)
        return self._read(times)

    def among(self, ids: Iterable[str]) -> set[str]:
        """Those of these ids that are dead letters."""
        asked = list(ids)
        answers = self._scripts.redis.hmget(self._dead, asked) if asked else []
        return {one for one, text in zip(asked, answers, strict=True) if text is not None}

    def unnoted(self, count: int = _PAGE) -> list[DeadLetter]:
        """At most `count` letters that PostgreSQL has not heard of; tell `noted` when it has."""
        ids = self._scripts.redis.srandmember(self._unnoted, count)
        if not ids:
            return []
        times = dict(zip(ids, self._scripts.redis.zmscore(self._times, ids), strict=True))
        gone = [one for one, ms in times.items() if ms is None]  # queued again, dropped, or left from a torn write
        if gone:
            self._forget([(one, 0.0) for one in gone])
        return self._read([(one, ms) for one, ms in times.items() if ms is not None])

    def noted(self, letters: Sequence[DeadLetter]) -> None:
        """PostgreSQL knows of these."""
        self._forget([(letter.id.encode(), letter.died_ms) for letter in letters])

    def requeue(self, ids: Sequence[str] | None = None) -> list[str]:
        """Makes letters (None: all) ready again with no attempts counted; returns the ids of those that are.

        A start URL that could not be read stays.
        """
        return self._apply(_REQUEUE, ids)

    def drop(self, ids: Sequence[str] | None = None) -> list[str]:
        """Removes letters (None: all) for good; returns the ids of those that there were."""
        return self._apply(_DROP, ids)

    def _read(self, times: Sequence[tuple[bytes, float]]) -> list[DeadLetter]:
        if not times:
            return []
        letters = self._scripts.redis.hmget(self._dead, [request_id for request_id, _ in times])
        return [_letter(one, int(ms), text) for (one, ms), text in zip(times, letters, strict=True) if text is not None]

    def _forget(self, died: Sequence[tuple[bytes, float]]) -> None:
        for some in portions(died):
            self._scripts.run(Call(_NOTED, [argument for one, ms in some for argument in (one, int(ms))]))

    def _apply(self, script: Script, ids: Sequence[str] | None) -> list[str]:
        run: Callable[[Call], list[bytes]] = self._scripts.run
        chosen = self._all_ids() if ids is None else portions(ids)
        return [one.decode() for some in chosen for one in run(Call(script, list(some)))]

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

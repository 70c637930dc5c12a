"""Between Python and the Lua scripts: what they take, cut into portions, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from immobe.crawling.leases_records import Claimed, Claims, Entry, Finished
from immobe.crawling.leases_scripts import Argument

T = TypeVar("T")

MOST_IDS = 1000
"""Requests in one call: Lua cannot unpack much more than a few thousand values."""
MOST_BYTES = 4 * 1024 * 1024
"""Bytes of payload in one call or answer; a single request may have more."""
_DEATH = 1000  # what lua/library.lua counts for an expired lease, against 1 for a retry


def parse_claims(answer: list[Any]) -> Claims:
    """The answer of claim.lua."""
    epoch, requests, searches, scouts, unnoted, expired, buried, fields = answer
    claimed = []
    parts = iter(fields)
    for request_id, tries, stored in zip(parts, parts, parts, strict=True):
        score, _, payload = stored.partition(b"|")
        deaths, retries = divmod(int(tries), _DEATH)
        claimed.append(Claimed(request_id.decode(), deaths + retries, payload, float(score), deaths))
    return Claims(claimed, epoch, requests, searches, scouts, unnoted, expired, buried)


def portions(items: Sequence[T], size: Callable[[T], int] = lambda _: 0) -> list[Sequence[T]]:
    """`items` in order, cut where one call would hold too many of them or too many bytes.

    >>> portions("abc", lambda one: 3_000_000)
    ['a', 'b', 'c']
    """
    cut, begin, total = [], 0, 0
    for position, item in enumerate(items):
        total += size(item)
        if position > begin and (total > MOST_BYTES or position - begin == MOST_IDS):
            cut.append(items[begin:position])
            begin, total = position, size(item)
    return [*cut, items[begin:]] if len(items) else []


def children_bytes(finished: Finished) -> int:
    """What a finished request adds to a call; a child counts a kilobyte more, for each takes the server its time."""
    return sum(len(child.payload) + 1024 for child in finished.children)


def flat(entries: Sequence[Entry]) -> list[Argument]:
    """What enqueue.lua takes, for each entry."""
    flat: list[Argument] = []
    for entry in entries:
        flat += (entry.id, entry.fingerprint, number(entry.score), entry.payload, entry.delay_ms)
    return flat


def number(score: float) -> str:
    """
    >>> number(-100.0), number(0.5)
    ('-100', '0.5')
    """
    return str(int(score)) if score == int(score) else repr(score)


def clean_reason(text: str) -> str:
    """A reason as it stands before the first `|` of a dead letter."""
    return " ".join(text.replace("|", "/").split())[:300] or "no reason given"

"""What was asked for and what was answered badly, counted in bounded memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable
from typing import Generic, TypeVar

from immobe.replica.faults_pages import Page, PageKind

K = TypeVar("K", bound=Hashable)
MOST_KEYS = 250_000  # every listing that the market can have, and searches


class BoundedCounter(Generic[K]):
    """Counts keys; beyond `most` of them it forgets the one that was counted longest ago."""

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._counts: dict[K, int] = {}
        self._most = most

    def __getitem__(self, key: K) -> int:
        return self._counts.get(key, 0)

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, key: K) -> None:
        self._counts[key] = self._counts.pop(key, 0) + 1
        if len(self._counts) > self._most:
            del self._counts[next(iter(self._counts))]

    def highest(self) -> int:
        return max(self._counts.values(), default=0)


class RequestBook:
    """Requests by platform and kind of page, and how often each listing was asked for."""

    def __init__(self) -> None:
        self._kinds: dict[str, Counter[PageKind]] = defaultdict(Counter)
        self._listings: dict[str, BoundedCounter[str]] = defaultdict(BoundedCounter)

    def note(self, page: Page) -> None:
        self._kinds[page.platform][page.kind] += 1
        if page.kind is PageKind.LISTING:
            self._listings[page.platform].add(page.key)

    def report(self) -> dict[str, dict[str, int]]:
        """{platform: {kind: requests, "different_listings": n, "most_a_listing": requests}}"""
        return {
            platform: {
                **{kind.value: kinds[kind] for kind in PageKind},
                "different_listings": len(self._listings[platform]),
                "most_a_listing": self._listings[platform].highest(),
            }
            for platform, kinds in self._kinds.items()
        }

"""A portal that shows a window of the market, with searches, robots.txt and a truth: what remains is its format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from immobe.replica.market import MarketDay
from immobe.replica.reply import Reply
from immobe.replica.search_index import SearchIndex
from immobe.replica.window import Assortment, Window


class WindowPortal(ABC):
    """The portal on one day. Subclasses say what it takes, answer its pages, and tell the truth of one listing."""

    platform: str
    hosts: tuple[str, ...]
    doors: tuple[str, ...]
    assortment: ClassVar[Assortment]
    last_page: ClassVar[int] = 100_000
    disallowed: ClassVar[tuple[str, ...]]
    """Paths that robots.txt forbids."""

    def __init__(self, day: MarketDay, last_page: int | None = None) -> None:
        self.window = Window(day, self.assortment)
        self.index = SearchIndex(self.window, last_page or self.last_page)

    def count(self) -> int:
        return self.window.count

    def truth(self) -> Iterator[dict[str, Any]]:
        return map(self.truth_of, self.window.present())

    @abstractmethod
    def truth_of(self, index: int) -> dict[str, Any]:
        """What must end stored of an advert, by the canonical record's names."""

    def reply(self, path: str, query: str) -> Reply:
        if path == "/robots.txt":
            rules = "".join(f"Disallow: {forbidden}\n" for forbidden in self.disallowed)
            return Reply(200, (f"User-agent: *\n{rules}".encode(),), b"text/plain; charset=UTF-8")
        return self.answer(path, query)

    @abstractmethod
    def answer(self, path: str, query: str) -> Reply:
        """The answer to any address but that of robots.txt."""

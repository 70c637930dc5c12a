"""What a portal answers to a request, and the shape of a portal; no server in sight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

HTML = b"text/html; charset=UTF-8"
JSON = b"application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """`parts` together are the body. A page shares its large constant parts with every other page, and copies none."""

    status: int
    parts: tuple[bytes, ...] = ()
    content_type: bytes = HTML
    location: bytes | None = None

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)

    def headers(self) -> list[tuple[bytes, bytes]]:
        length = sum(map(len, self.parts))
        found = [(b"content-type", self.content_type), (b"content-length", b"%d" % length)]
        return found if self.location is None else [*found, (b"location", self.location)]


class Portal(Protocol):
    """One portal on one day of the market."""

    platform: str
    hosts: tuple[str, ...]
    """The first one is in its pages' links; the others answer alike."""
    doors: tuple[str, ...]
    """Paths where a person may begin to look."""

    def reply(self, path: str, query: str) -> Reply:
        """Answers GET `path` (without the host) with its raw query string."""

    def count(self) -> int:
        """How many listings a complete crawl ends with."""

    def truth(self) -> Iterator[dict[str, Any]]:
        """Each of those listings, by the canonical record's names."""

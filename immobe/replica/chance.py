"""Stable pseudo-randomness: the same draws from the same key on every machine and Python version."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
_unpack = struct.Struct("<16I").unpack


class Draws:
    """An endless row of draws that depends on its key alone.

    >>> Draws(42, "core", 7).below(1000) == Draws(42, "core", 7).below(1000)
    True
    """

    __slots__ = ("_key", "_round", "_words")

    def __init__(self, *key: int | str) -> None:
        self._key = repr(key).encode()
        self._round = 0
        self._words: list[int] = []

    def word(self) -> int:
        """32 random bits."""
        if not self._words:
            self._words = list(_unpack(blake2b(self._key + b"%d" % self._round).digest()))
            self._round += 1
        return self._words.pop()

    def unit(self) -> float:
        """A number in [0, 1)."""
        return self.word() / 4294967296

    def chance(self, probability: float) -> bool:
        return self.word() < probability * 4294967296

    def below(self, limit: int) -> int:
        """An integer in [0, limit)."""
        return self.word() * limit >> 32

    def between(self, low: int, high: int) -> int:
        """An integer in [low, high]."""
        return low + (self.word() * (high - low + 1) >> 32)

    def pick(self, values: Sequence[T]) -> T:
        return values[self.word() * len(values) >> 32]

    def maybe(self, probability: float, value: T) -> T | None:
        """`value`, or None when chance decides that the advert does not say it."""
        return value if self.word() < probability * 4294967296 else None

    def hex(self, digits: int) -> str:
        """A row of hexadecimal digits, as in a file name."""
        return "".join(f"{self.word():08x}" for _ in range(-(-digits // 8)))[:digits]

"""Answers of the database that are kept for some seconds, in this process: who asks the same again asks it nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from time import monotonic
from typing import TypeVar, TypeVarTuple

KEPT_SECONDS = 20
"""No answer is older."""

Arguments = TypeVarTuple("Arguments")
T = TypeVar("T")


def kept(most: int) -> Callable[[Callable[[*Arguments], T]], Callable[[*Arguments], T]]:
    """For functions whose answers nobody changes: the `most` latest ones are kept, each for its arguments."""

    def of(ask: Callable[[*Arguments], T]) -> Callable[[*Arguments], T]:
        @lru_cache(most)
        def asked(_moment: int, *arguments: *Arguments) -> T:
            return ask(*arguments)

        @wraps(ask)
        def answer(*arguments: *Arguments) -> T:
            return asked(int(monotonic() // KEPT_SECONDS), *arguments)

        return answer

    return of

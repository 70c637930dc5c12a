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
_forgetting: list[Callable[[], None]] = []


def kept(most: int) -> Callable[[Callable[[*Arguments], T]], Callable[[*Arguments], T]]:
    """For functions whose answers nobody changes: the `most` latest ones are kept, each for its arguments."""

    def of(ask: Callable[[*Arguments], T]) -> Callable[[*Arguments], T]:
        @lru_cache(most)
        def asked(_moment: int, *arguments: *Arguments) -> T:
            return ask(*arguments)

        _forgetting.append(asked.cache_clear)

        @wraps(ask)
        def answer(*arguments: *Arguments) -> T:
            return asked(int(monotonic() // KEPT_SECONDS), *arguments)

        return answer

    return of


def forget() -> None:
    """Everything that is kept: for whoever measures what asking costs."""
    for forget_one in _forgetting:
        forget_one()

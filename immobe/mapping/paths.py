"""The path language of the mappings: where in a platform's object a value sits.

    property.land.surface       a key in a key in a key
    customers[0].name           an element of a list
    media.pictures[].largeUrl   every element of a list: the answer is the list of non-null values

A path never fails: what is absent, null or of another shape answers None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

Step = str | int | None  # a key, an index, or every element
_TOKEN = re.compile(r"\.?([A-Za-z_][\w-]*)|\[(\d*)\]")

Find = Callable[[object], object]


@cache
def path(text: str) -> Find:
    """Compiles a path to a function `object -> value | None`. Raises ValueError for a malformed path.

    >>> path("a.b")({"a": {"b": 0}}), path("a.b")({"a": None}), path("a.b")(["a"])
    (0, None, None)
    >>> path("p[].u")({"p": [{"u": 1}, None, {"u": None}, {"u": 2}]}), path("p[1].u")({"p": [{}, {"u": 5}]})
    ([1, 2], 5)
    """
    steps = _steps(text)

    def find(value: object) -> object:
        return _follow(value, steps)

    return find


def first(value: object, *paths: str) -> object:
    """The first non-null answer of several paths.

    >>> first({"old": None, "new": False}, "old", "new", "newer")
    False
    """
    for text in paths:
        found = path(text)(value)
        if found is not None:
            return found
    return None


def _steps(text: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise ValueError(f"malformed path {text!r} at {position}")
        key, index = token.groups()
        steps.append(key if key else int(index) if index else None)
        position = token.end()
    return tuple(steps)


def _follow(value: object, steps: tuple[Step, ...]) -> object:
    for position, step in enumerate(steps):
        if step is None:
            if not isinstance(value, list):
                return None
            found = (_follow(element, steps[position + 1 :]) for element in value)
            return [element for element in found if element is not None]
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and step < len(value) else None
        if value is None:
            return None
    return value

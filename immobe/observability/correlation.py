"""The correlation id: every line about a listing carries it, in whatever process, thread or task it is written.

It is born with a listing's request (or with an API call), travels in the request's meta, in items and in rows, and is
bound here while a process works on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import uuid4


@dataclass(slots=True)
class Work:
    """What log lines shall name while it is worked on.

    Tasks and timers inherit a context, also those that outlive the work or have nothing to do with it: once `over` is
    set, none of them names it any more.
    """

    fields: Mapping[str, str]
    over: bool = False


_work: ContextVar[Work | None] = ContextVar("immobe_work", default=None)


_USABLE = re.compile(r"[0-9A-Za-z_-]{8,64}")


def is_correlation_id(given: object) -> bool:
    """Whether somebody else's id can stand in our lines, keys and rows.

    >>> is_correlation_id("3f2a-90aa"), is_correlation_id("a b"), is_correlation_id(None)
    (True, False, False)
    """
    return isinstance(given, str) and _USABLE.fullmatch(given) is not None


def new_correlation_id() -> str:
    """For whatever begins a chain of work: a scout's find, an API call."""
    return uuid4().hex


def begin_work(**fields: str) -> Work:
    """From now on lines of this task name these fields; the caller sets `over` at the end."""
    work = Work(fields)
    _work.set(work)
    return work


def resume_work(work: Work) -> None:
    """Lines of this task, too, name the work that another task began."""
    _work.set(work)


@contextmanager
def working_on(**fields: str) -> Iterator[Work]:
    """Lines written in the block name these fields, as in `with working_on(correlation_id=…, platform=…):`."""
    work = Work(fields)
    token = _work.set(work)
    try:
        yield work
    finally:
        work.over = True
        _work.reset(token)


def current_fields() -> Mapping[str, str]:
    """What lines of this task name now.

    >>> with working_on(correlation_id="c1"):
    ...     current_fields()
    {'correlation_id': 'c1'}
    >>> current_fields()
    {}
    """
    work = _work.get()
    return {} if work is None or work.over else work.fields

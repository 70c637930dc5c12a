"""The place for deliberate faults: refused, slow, cut or dirty answers. None is known yet.

A fault wraps the whole application, so that no portal and no truth knows of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from immobe.errors import ConfigError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Fault = Callable[[App], App]


def parse_faults(spec: str) -> tuple[Fault, ...]:
    """From the text of `--faults` to the faults to play. Raises ConfigError for anything but an empty text."""
    if spec.strip():
        raise ConfigError(f"--faults is wrong: no faults are known yet; got {spec!r}. Leave it empty.")
    return ()

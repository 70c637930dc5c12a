"""What we refuse on purpose ends a crawl with one clear message, not with a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from immobe.errors import ImmobeError


@contextmanager
def clear_failure() -> Iterator[None]:
    """Ends the process with exit code 1 and the error's text on stderr when the block raises an ImmobeError."""
    try:
        yield
    except ImmobeError as error:
        sys.exit(f"immobe: {error}")

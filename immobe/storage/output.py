"""Where an export goes: standard output, or a file that appears only when it is whole."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def output(path: Path) -> Iterator[BinaryIO]:
    """Bytes to `path`, or to standard output for `-`. Raises OSError, BrokenPipeError among them."""
    if path == Path("-"):
        with _standard_output() as out:
            yield out
    elif path.exists() and not path.is_file():  # a device or a pipe cannot be replaced
        with path.open("wb") as out:
            yield out
    else:
        with _whole_file(path.resolve()) as out:
            yield out


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    out = sys.stdout.buffer
    try:
        yield out
        out.flush()
    except BrokenPipeError:
        # Python flushes standard output once more at its end: let that succeed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


@contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    """A neighbour that takes the file's name at the end, and is removed when something goes wrong."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as out:
            yield out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)

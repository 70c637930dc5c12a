"""Folders of data files as real folders, also where the code is imported from a zipped egg.

Single files are read with `importlib.resources`; this is for libraries that want a folder's path.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


@cache
def folder_of(package: str, name: str) -> Path:
    """The folder `name` of `package`; out of a zip it is copied once a process, and removed at its end."""
    source = files(package) / name
    if isinstance(source, Path):
        return source
    copy = Path(tempfile.mkdtemp(prefix=f"immobe-{name}-"))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    _copy(source, copy)
    return copy


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for entry in source.iterdir():
        if entry.is_dir():
            _copy(entry, target / entry.name)
        else:
            (target / entry.name).write_bytes(entry.read_bytes())

"""Opening and locking the journal's file: ours alone, no link, and one process at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from immobe.errors import ServiceError

_POLL_SECONDS = 0.01


class JournalError(ServiceError):
    """The journal cannot be used. The text says why, and how to mend it."""


class JournalFull(JournalError):  # noqa: N818 - reads as what happened
    """No room: disk, quota, file size limit, or the journal's own limit. Nothing of the batch was kept."""


class JournalBusy(JournalError):  # noqa: N818
    """Another process has it locked for longer than we wait."""


def journal_error(path: Path, error: OSError) -> JournalError:
    """The error for people."""
    text = f"journal {path}: {error.strerror or error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return JournalFull(f"{text}. Make room, or point REDIS_FALLBACK_QUEUE to another disk")
    if error.errno == errno.ELOOP:
        return JournalError(f"journal {path} is a symbolic link, which could lead anywhere. Remove it")
    return JournalError(f"{text}. REDIS_FALLBACK_QUEUE names the file")


def open_private(path: Path, flags: int) -> int:
    """A descriptor of a regular file that is ours, mode 0600, and has no other name. Raises JournalError or OSError."""
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise JournalError(f"journal {path} is not a regular file. REDIS_FALLBACK_QUEUE names the file")
        if found.st_uid != os.geteuid():
            raise JournalError(f"journal {path} belongs to another user. Let REDIS_FALLBACK_QUEUE name another file")
        if found.st_nlink > 1:
            raise JournalError(f"journal {path} has another name (a hard link). Remove it")
        if found.st_mode & 0o077:
            os.fchmod(descriptor, 0o600)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def locked(path: Path, flags: int, seconds: float) -> Iterator[int]:
    """The open file, locked against other processes and threads. Raises JournalError when it stays busy too long."""
    descriptor = open_private(path, flags)
    try:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise JournalBusy(f"journal {path} is in use by another process") from None
            time.sleep(_POLL_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


def write_all(descriptor: int, text: bytes) -> None:
    """Writes all of `text` where the descriptor stands. Raises OSError."""
    rest = memoryview(text)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_folder(path: Path) -> None:
    """Makes the name of a new file last through a power cut."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

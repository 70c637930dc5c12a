"""From what a server wrote to its log to what a person can do about it."""

from __future__ import annotations

import re

_MENDS = (
    (
        r"No space left on device|Disk quota exceeded|Check free disk space",
        "The disk is full: free space, or set IMMOBE_DATA_DIR to another disk.",
    ),
    (
        r"has wrong ownership",
        "The data folder belongs to another user: run as that user, or give the folder to the one who runs the server.",
    ),
    (
        r"Permission denied|Read-only file system",
        "The server's user may not use these files: check owner and mode of the data folder, or set IMMOBE_DATA_DIR.",
    ),
    (
        r"could not \w+ (anonymous )?shared memory|could not create semaphores|Cannot allocate memory|/dev/shm",
        "Memory or shared memory is short: free some, give the container more (--shm-size=256m), "
        "or lower shared_buffers in postgresql.conf.",
    ),
    (r"[Aa]ddress already in use", "Every port that was tried got taken in between: run it again."),
    (
        r"error while loading shared libraries|GLIBC_",
        "This system lacks a library the wheel needs: install PostgreSQL and Redis otherwise and set DATABASE_URL "
        "and REDIS_URL.",
    ),
    (
        r"checkpoint record|invalid page|Bad file format|Wrong signature|Unexpected end of file|"
        r"Can't handle RDB format|Unrecoverable error|PANIC",
        "The data is damaged: restore a backup, or move the data folder away to start empty.",
    ),
)


def mend(log: str, log_path: object) -> str:
    """How to mend the last thing that `log` tells.

    >>> mend("FATAL: could not write lock file: No space left on device", "server.log")
    'The disk is full: free space, or set IMMOBE_DATA_DIR to another disk.'
    >>> mend("something new", "server.log")
    'Read server.log for what happened before.'
    """
    for pattern, advice in _MENDS:
        if re.search(pattern, log):
            return advice
    return f"Read {log_path} for what happened before."

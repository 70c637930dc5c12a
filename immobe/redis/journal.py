"""The fallback queue: what could not reach Redis waits in a file, and returns in order and once.

One JSON record a line, each with a checksum. The first line is of fixed width and says how far records were restored:

    {"crc":"3f2a1b0c","restored_to":"000000000051"}
    {"crc":"89abcdef","record":{…}}

Processes that share the path take turns by a lock. A batch is on disk (fsync) when `append` returns.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

from immobe.redis.journal_file import (
    JournalBusy,
    JournalError,
    JournalFull,
    journal_error,
    locked,
    open_private,
    sync_folder,
    write_all,
)

__all__ = ["FallbackQueue", "JournalBusy", "JournalError", "JournalFull"]

Record = dict[str, Any]
Handler = Callable[[Sequence[Record]], Iterable[int] | None]
"""Takes records in order; returns the positions of those it will never be able to use. Raises: try again later."""

_log = logging.getLogger(__name__)

_BATCH_BYTES = 4 * 1024 * 1024
_LONGEST_LINE = 64 * 1024 * 1024


def _header(restored_to: int) -> bytes:
    digits = f"{restored_to:012d}"
    return b'{"crc":"%08x","restored_to":"%s"}\n' % (crc32(digits.encode()), digits.encode())


_HEADER_LENGTH = len(_header(0))


def encode_record(record: Mapping[str, Any]) -> bytes:
    """A line of the journal."""
    text = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()
    return b'{"crc":"%08x","record":%s}\n' % (crc32(text), text)


def decode_record(line: bytes) -> Record | None:
    """The record of a whole line, or None when the line is torn or damaged.

    >>> decode_record(encode_record({"id": 7})), decode_record(encode_record({"id": 7})[:-5])
    ({'id': 7}, None)
    """
    start, text, end = line[:27], line[27:-2], line[-2:]
    if start != b'{"crc":"%08x","record":' % crc32(text) or end != b"}\n":
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


class _HandlerFailed(Exception):  # noqa: N818
    """Keeps a handler's error, which may be an OSError too, apart from those of the file."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class FallbackQueue:
    """A journal at `path`. Opens it anew for each use, so an object can be kept for ever and shared between threads.

    All methods raise JournalError, with a text for people, when the file cannot be used.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        max_bytes: int = 256 * 1024 * 1024,
        lock_seconds: float = 5.0,
        crash_point: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.path = Path(path)
        self.corrupt = 0
        """Lines that this object found damaged, or that a handler refused; they are in `<path>.corrupt`."""
        self._max_bytes, self._lock_seconds, self._crash_point = max_bytes, lock_seconds, crash_point
        self._counted: tuple[tuple[int, int, int], int] | None = None

    def append(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Adds a batch and waits until it is on disk. On an error, JournalFull among them, nothing of it is kept."""
        text = b"".join(encode_record(record) for record in records)
        if not text:
            return
        with self._open(os.O_RDWR | os.O_CREAT) as descriptor:
            before = os.fstat(descriptor).st_size
            if before + len(text) > self._max_bytes:
                raise JournalFull(f"journal {self.path} would be larger than its limit of {self._max_bytes} bytes")
            try:
                self._write(descriptor, before, text)
            except OSError:
                os.ftruncate(descriptor, before)
                raise
            if before == 0:
                sync_folder(self.path)

    def restore(self, handler: Handler, batch: int = 200) -> int:
        """Gives all records to `handler`, in batches, in order; returns how many it took.

        A batch is taken off when the handler has returned: a crash in between gives the same batch once more. When the
        handler raises, its batch and the rest stay. The lock is free between batches.
        """
        restored = 0
        while True:
            try:
                with self._open(os.O_RDWR) as descriptor:
                    taken = self._restore_batch(descriptor, handler, batch)
            except FileNotFoundError:
                return restored
            except _HandlerFailed as failed:
                raise failed.error from None
            if taken is None:
                return restored
            restored += taken

    def size(self) -> int:
        """Records (lines) that wait; asks without the lock, so it never waits and may be a batch behind."""
        try:
            descriptor = open_private(self.path, os.O_RDONLY)
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise journal_error(self.path, error) from error
        try:
            found = os.fstat(descriptor)
            state = (found.st_ino, found.st_size, found.st_mtime_ns)
            if self._counted is None or self._counted[0] != state:
                self._counted = state, sum(1 for _ in _lines(descriptor, _position(descriptor)))
            return self._counted[1]
        finally:
            os.close(descriptor)

    @contextmanager
    def _open(self, flags: int) -> Iterator[int]:
        try:
            with locked(self.path, flags, self._lock_seconds) as descriptor:
                yield descriptor
        except FileNotFoundError:
            if flags & os.O_CREAT:
                raise JournalError(f"journal {self.path}: its folder does not exist") from None
            raise
        except OSError as error:
            raise journal_error(self.path, error) from error

    def _write(self, descriptor: int, size: int, text: bytes) -> None:
        if size == 0:
            text = _header(_HEADER_LENGTH) + text
        elif os.pread(descriptor, 1, size - 1) != b"\n":
            text = b"\n" + text  # a torn line of a process that died: it must not swallow ours
        os.lseek(descriptor, size, os.SEEK_SET)
        half = len(text) // 2
        write_all(descriptor, text[:half])
        self._crash_point("during_journal")
        write_all(descriptor, text[half:])
        os.fsync(descriptor)

    def _restore_batch(self, descriptor: int, handler: Handler, most: int) -> int | None:
        """How many records the handler took; None when there were no lines left."""
        begin = end = _position(descriptor)
        records: list[Record] = []
        lines: list[bytes] = []
        damaged: list[bytes] = []
        for line in _lines(descriptor, begin):
            record = decode_record(line)
            end += len(line)
            if record is None:
                damaged.append(line)
            else:
                records.append(record)
                lines.append(line)
            if len(records) >= most or end - begin > _BATCH_BYTES:
                break
        try:
            positions = handler(records) if records else None
        except Exception as error:
            raise _HandlerFailed(error) from error
        refused = [lines[position] for position in positions or ()]
        self._set_aside([*damaged, *refused])
        if end >= os.fstat(descriptor).st_size:
            os.ftruncate(descriptor, 0)
        else:
            os.pwrite(descriptor, _header(end), 0)  # one sector: it is written whole or not at all
        os.fsync(descriptor)
        return len(records) - len(refused) if end > begin else None

    def _set_aside(self, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        self.corrupt += len(lines)
        aside = self.path.with_name(self.path.name + ".corrupt")
        _log.error("journal %s: %d unusable lines go to %s", self.path, len(lines), aside)
        try:
            with locked(aside, os.O_WRONLY | os.O_CREAT | os.O_APPEND, self._lock_seconds) as descriptor:
                write_all(descriptor, b"".join(line.removesuffix(b"\n") + b"\n" for line in lines))
                os.fsync(descriptor)
        except (OSError, JournalError) as error:  # the sound records matter more than these
            _log.error("journal %s: they cannot be kept (%s); the first: %r", self.path, error, lines[0][:300])


def _position(descriptor: int) -> int:
    """Where the first record that waits begins; 0 when the first line is damaged: then all are given once more."""
    header = os.pread(descriptor, _HEADER_LENGTH, 0)
    digits = header[-15:-3]
    if not digits.isdigit() or header != _header(int(digits)):
        return 0
    return int(digits)


def _lines(descriptor: int, position: int) -> Iterator[bytes]:
    with open(descriptor, "rb", closefd=False) as file:
        file.seek(position)
        while line := file.readline(_LONGEST_LINE):
            yield line

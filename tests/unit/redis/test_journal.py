import errno
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from immobe.redis import FallbackQueue, JournalBusy, JournalError, JournalFull, journal_file
from immobe.redis.journal import decode_record, encode_record

Record = dict[str, Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fallback.json"


def records(*numbers: int) -> list[Record]:
    return [{"n": number, "text": f"é|\n{number}"} for number in numbers]


def restored(journal: FallbackQueue, **kwargs: int) -> list[int]:
    got: list[int] = []
    journal.restore(lambda batch: got.extend(record["n"] for record in batch), **kwargs)
    return got


def test_records_return_in_order_and_once(path: Path) -> None:
    journal = FallbackQueue(path)
    assert (journal.size(), restored(journal)) == (0, [])
    journal.append(records(*range(5)))
    journal.append(records(5, 6))
    assert journal.size() == 7
    assert restored(journal, batch=3) == [0, 1, 2, 3, 4, 5, 6]
    assert (journal.size(), restored(journal), path.stat().st_size) == (0, [], 0)
    journal.append(records(7))
    assert restored(FallbackQueue(path)) == [7]


def test_the_file_is_json_lines_for_us_alone(path: Path) -> None:
    FallbackQueue(path).append(records(1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    header, line = (json.loads(line) for line in path.read_bytes().splitlines())
    assert header["restored_to"] == f"{len(path.read_bytes().splitlines()[0]) + 1:012d}"
    assert line["record"] == records(1)[0]


def test_an_empty_batch_makes_no_file(path: Path) -> None:
    FallbackQueue(path).append([])
    assert not path.exists()


def test_a_handler_that_fails_keeps_its_batch_and_the_rest(path: Path) -> None:
    journal = FallbackQueue(path)
    journal.append(records(*range(10)))
    got: list[int] = []

    def handler(batch: Sequence[Record]) -> None:
        if batch[0]["n"] >= 4:
            raise ConnectionError("Redis is down again")
        got.extend(record["n"] for record in batch)

    with pytest.raises(ConnectionError):
        journal.restore(handler, batch=4)
    assert got == [0, 1, 2, 3]
    assert journal.size() == 6
    journal.append(records(10))
    assert restored(journal) == [4, 5, 6, 7, 8, 9, 10]


def test_refused_records_are_set_aside(path: Path) -> None:
    journal = FallbackQueue(path)
    journal.append(records(1, 2, 3))
    assert journal.restore(lambda batch: [1]) == 2
    assert journal.corrupt == 1
    assert json.loads(path.with_name("fallback.json.corrupt").read_text())["record"]["n"] == 2


@pytest.mark.parametrize("cut", [1, 2, 10, 40])
def test_a_torn_tail_swallows_neither_what_came_before_nor_what_comes_after(path: Path, cut: int) -> None:
    journal = FallbackQueue(path)
    journal.append(records(1, 2))
    torn = path.read_bytes().splitlines(keepends=True)[-1]
    path.write_bytes(path.read_bytes() + torn[:-cut])
    journal.append(records(3))
    # without its line end alone, a record is whole
    assert restored(journal) == ([1, 2, 2, 3] if cut == 1 else [1, 2, 3])
    assert journal.corrupt == (0 if cut == 1 else 1)
    if cut > 1:
        assert path.with_name("fallback.json.corrupt").read_bytes() == torn[:-cut] + b"\n"


def test_a_torn_last_line_is_set_aside(path: Path) -> None:
    journal = FallbackQueue(path)
    journal.append(records(1, 2))
    path.write_bytes(path.read_bytes()[:-7])
    assert restored(journal) == [1]
    assert journal.corrupt == 1
    assert path.stat().st_size == 0


def test_a_damaged_first_line_repeats_but_loses_nothing(path: Path) -> None:
    journal = FallbackQueue(path)
    journal.append(records(1, 2, 3))
    text = bytearray(path.read_bytes())
    text[5] ^= 1
    path.write_bytes(text)
    assert restored(journal) == [1, 2, 3]
    assert journal.corrupt == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_happens_to_the_bytes_no_false_record_comes_back(path: Path, data: st.DataObject) -> None:
    path.unlink(missing_ok=True)
    path.with_name("fallback.json.corrupt").unlink(missing_ok=True)
    journal = FallbackQueue(path)
    journal.append(records(*range(6)))
    text = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(text[: data.draw(st.integers(0, len(text)))])
    got: list[Record] = []
    journal.restore(lambda batch: got.extend(batch))
    assert all(one in records(*range(6)) for one in got)
    assert [one["n"] for one in got] == sorted(one["n"] for one in got)
    journal.append(records(9))
    assert restored(journal) == [9]


@settings(deadline=None)  # the first example pays for imports
@given(st.dictionaries(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists), max_size=5))
def test_any_record_survives_its_line(record: Record) -> None:
    line = encode_record(record)
    assert decode_record(line) == record
    assert line.count(b"\n") == 1


def test_what_is_no_file_of_ours_is_refused(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    path.symlink_to(victim)
    for use in (lambda: FallbackQueue(path).append(records(1)), lambda: restored(FallbackQueue(path))):
        with pytest.raises(JournalError, match="symbolic link"):
            use()
    path.unlink()
    path.hardlink_to(victim)
    with pytest.raises(JournalError, match="hard link"):
        FallbackQueue(path).append(records(1))
    path.unlink()
    path.mkdir()
    with pytest.raises(JournalError, match="directory"):
        FallbackQueue(path).append(records(1))
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(JournalError, match="regular file"):
        FallbackQueue(path).append(records(1))
    path.unlink()
    with pytest.raises(JournalError, match="folder does not exist"):
        FallbackQueue(tmp_path / "nowhere" / "x").append(records(1))
    path.write_text("")
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(JournalError, match="another user"):
        FallbackQueue(path).append(records(1))
    assert victim.read_text() == "precious"


def test_a_corrupt_file_that_is_a_link_does_not_stop_the_others(path: Path, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    path.with_name("fallback.json.corrupt").symlink_to(tmp_path / "victim")
    journal = FallbackQueue(path)
    journal.append(records(1))
    path.write_bytes(path.read_bytes() + b"rubbish\n")
    assert restored(journal) == [1]
    assert (tmp_path / "victim").read_text() == "precious"


def test_open_rights_are_closed(path: Path) -> None:
    path.touch(mode=0o666)
    path.chmod(0o666)
    FallbackQueue(path).append(records(1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_keeps_nothing_of_the_batch(path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    journal = FallbackQueue(path)
    journal.append(records(1))
    before = path.read_bytes()
    room = 50

    def write(descriptor: int, text: memoryview) -> int:
        nonlocal room
        if not room:
            raise OSError(code, os.strerror(code))
        written = real(descriptor, text[:room])
        room -= written
        return written

    real = os.write
    monkeypatch.setattr(journal_file.os, "write", write)
    with pytest.raises(JournalFull, match="REDIS_FALLBACK_QUEUE"):
        journal.append(records(2, 3, 4))
    monkeypatch.undo()
    assert path.read_bytes() == before
    journal.append(records(5))
    assert restored(journal) == [1, 5]


def test_a_real_file_size_limit(path: Path) -> None:
    """EFBIG from the kernel, in a process of its own, since the limit holds for all files of a process."""
    code = f"""
import resource
from immobe.redis import FallbackQueue, JournalFull
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
journal, count = FallbackQueue({str(path)!r}), 0
try:
    while True:
        journal.append([{{"n": count, "text": "x" * 300}}])
        count += 1
except JournalFull as error:
    print(count)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert restored(FallbackQueue(path)) == list(range(int(done.stdout)))
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_its_own_limit(path: Path) -> None:
    journal = FallbackQueue(path, max_bytes=300)
    journal.append(records(1))
    with pytest.raises(JournalFull, match="limit"):
        journal.append(records(*range(2, 20)))
    assert restored(journal) == [1]


def test_a_death_while_writing_leaves_whole_records_only(path: Path) -> None:
    code = f"""
import os, signal
from immobe.redis import FallbackQueue
FallbackQueue({str(path)!r}).append([{{"n": 1, "text": "a"}}])
die = lambda name: os.kill(os.getpid(), signal.SIGKILL)
FallbackQueue({str(path)!r}, crash_point=die).append([{{"n": n, "text": "b" * 50}} for n in range(2, 9)])
"""
    done = subprocess.run([sys.executable, "-c", code], timeout=30)
    assert done.returncode == -signal.SIGKILL
    journal = FallbackQueue(path)
    journal.append(records(100))
    got = restored(journal)
    assert got == [*range(1, len(got)), 100]
    assert 1 < len(got) < 9


def test_a_death_while_restoring_repeats_one_batch_at_most(path: Path, tmp_path: Path) -> None:
    FallbackQueue(path).append(records(*range(10)))
    out = tmp_path / "out"
    code = f"""
import os, signal
from immobe.redis import FallbackQueue
def handler(batch):
    with open({str(out)!r}, "a") as file:
        print(*(record["n"] for record in batch), file=file)
    if batch[0]["n"] == 4:
        os.kill(os.getpid(), signal.SIGKILL)
FallbackQueue({str(path)!r}).restore(handler, batch=2)
"""
    subprocess.run([sys.executable, "-c", code], timeout=30)
    first = [int(word) for word in out.read_text().split()]
    assert first == [0, 1, 2, 3, 4, 5]
    assert restored(FallbackQueue(path)) == [4, 5, 6, 7, 8, 9]


def test_processes_take_turns(path: Path) -> None:
    code = """
import sys
from immobe.redis import FallbackQueue
journal = FallbackQueue(sys.argv[1], lock_seconds=30)
for n in range(20):
    journal.append([{"n": n, "who": int(sys.argv[2])}])
"""
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), str(who)]) for who in range(3)]
    got: list[Record] = []
    journal = FallbackQueue(path, lock_seconds=30)
    while any(writer.poll() is None for writer in writers):
        journal.restore(lambda batch: got.extend(batch), batch=3)
    journal.restore(lambda batch: got.extend(batch))
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    for who in range(3):
        assert [record["n"] for record in got if record["who"] == who] == list(range(20))


def test_a_busy_file_is_not_waited_for_for_ever(path: Path) -> None:
    journal = FallbackQueue(path, lock_seconds=0.05)
    journal.append(records(1))
    held, free = threading.Event(), threading.Event()

    def handler(batch: Sequence[Record]) -> None:
        held.set()
        free.wait(10)

    thread = threading.Thread(target=journal.restore, args=(handler,))
    thread.start()
    assert held.wait(10)
    with pytest.raises(JournalBusy, match="in use"):
        journal.append(records(2))
    free.set()
    thread.join(10)
    journal.append(records(2))
    assert restored(journal) == [2]

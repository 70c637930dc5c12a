import subprocess
import sys
from typing import Any
from unittest.mock import MagicMock

import pytest

from immobe.config import CRASH_POINTS
from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_records import Entry, Finished, Verdict
from immobe.crawling.leases_scripts import load_script
from immobe.crawling.worker_queue_crash import CrashPoints
from immobe.crawling.worker_queue_journal import done_record, push_record, replay
from immobe.crawling.worker_queue_options import WorkerOptions
from immobe.redis.journal import decode_record, encode_record

ENTRY = Entry("id1", "é|x".encode(), -100, b"\xff\x00", 50)
BINARY = Entry("id2", b"\xff\xfe", 0.5)


@pytest.fixture
def replayed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setattr(LeasedQueue, "enqueue", lambda queue, entries: calls.append((queue.run_id, "enqueue", entries)))
    monkeypatch.setattr(
        LeasedQueue, "done", lambda queue, owner, ends, epoch: calls.append((queue.run_id, owner, epoch, ends))
    )
    return calls


def through_the_journal(record: dict[str, Any]) -> dict[str, Any]:
    found = decode_record(encode_record(record))
    assert found is not None
    return found


def test_records_come_back_as_they_were_and_in_order(replayed: list[tuple[Any, ...]]) -> None:
    queue = LeasedQueue(MagicMock(), "site:requests", "site:dupefilter", "r1")
    other = LeasedQueue(MagicMock(), "other:requests", "other:dupefilter", "r2")
    finished = Finished("id3", Verdict.RETRY, 7, "why", [BINARY, ENTRY])
    records = [
        push_record(queue, ENTRY),
        push_record(queue, BINARY),
        done_record(queue, "owner", b"\xe9poch", finished),
        push_record(other, ENTRY),
        push_record(queue, BINARY),
    ]
    assert replay(MagicMock(), [through_the_journal(record) for record in records]) == []
    assert replayed == [
        ("r1", "enqueue", [ENTRY, BINARY]),
        ("r1", "owner", b"\xe9poch", [finished]),
        ("r2", "enqueue", [ENTRY]),
        ("r1", "enqueue", [BINARY]),
    ]


def test_what_it_cannot_read_is_refused_and_stops_nothing(replayed: list[tuple[Any, ...]]) -> None:
    queue = LeasedQueue(MagicMock(), "site:requests", "site:dupefilter")
    good = push_record(queue, ENTRY)
    newer = good | {"v": 2}
    assert replay(MagicMock(), [{}, good, newer, {**good, "entry": [1]}, {**good, "entry": None}, good]) == [0, 2, 3, 4]
    assert replayed == [("", "enqueue", [ENTRY, ENTRY])]


def test_crash_points() -> None:
    with pytest.raises(ValueError, match="after_claim, before_done"):
        CrashPoints("nowhere:1")
    nothing = CrashPoints()
    for name in CRASH_POINTS:
        nothing(name)
    counted = CrashPoints("before_done:3")
    assert [counted.reached(name) for name in ("before_done", "after_claim", "before_done", "before_done")] == [
        False, False, False, True,
    ]  # fmt: skip
    code = "from immobe.crawling.worker_queue_crash import CrashPoints; CrashPoints('after_claim')('after_claim')"
    assert subprocess.run([sys.executable, "-c", code], timeout=30).returncode == -9


@pytest.mark.parametrize(("concurrency", "prefetch"), [(1, 16), (16, 16), (40, 40), (500, 64)])
def test_prefetch(concurrency: int, prefetch: int) -> None:
    assert WorkerOptions(concurrency=concurrency).prefetch == prefetch


def test_scripts_say_whether_they_may_grow_beyond_maxmemory() -> None:
    assert load_script("beat", under_full_memory=True).text.startswith("#!lua flags=allow-oom\n")
    assert load_script("claim").text.startswith("#!lua\n")
    assert load_script("done").digest != load_script("done", under_full_memory=True).digest

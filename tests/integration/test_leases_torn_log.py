"""The server's log, torn at every place inside one transaction, then two restarts: nothing is lost."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_log import mend_log
from immobe.crawling.leases_records import Entry, Finished
from tests.faults.queue_servers import ValkeyServer

pytestmark = [pytest.mark.integration, pytest.mark.faults]

CHILDREN = [Entry(f"child {n}", b"child %d" % n, 0, b"%d" % n) for n in range(3)]
EXPECTED = {b"parent", b"child 0", b"child 1", b"child 2"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    with ValkeyServer(tmp_path / "valkey") as server:
        yield server


def processed_by_heirs(queue: LeasedQueue) -> set[bytes]:
    """What workers still get after the restarts."""
    cursor: tuple[str, str] | None = ("0", "0")
    while cursor:
        cursor, _ = queue.sweep(cursor)
    got: set[bytes] = set()
    deadline = time.monotonic() + 5
    while (claims := queue.claim("heir", 100, 60_000, 100, last_chances=100)).requests:
        assert time.monotonic() < deadline
        got |= {one.payload for one in claims.claimed}
        queue.done("heir", [Finished(one.id) for one in claims.claimed], claims.epoch)
    return got


def cuts(log: bytes) -> list[int]:
    """Places inside the last transaction: at each command's beginning, in its middle, before its last byte."""
    begin = log.rindex(b"*1\r\n$5\r\nMULTI\r\n")
    assert b"EXEC" in log[begin:]
    starts = [position for position in range(begin + 1, len(log)) if log[position : position + 1] == b"*"]
    places = [place for start in starts for place in (start, start + 7)] + [len(log) - 1, len(log)]
    return [place for place in places if place <= len(log)]


@pytest.mark.parametrize("rewritten", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_torn_at_every_place_of_an_acknowledgement(server: ValkeyServer, rewritten: bool) -> None:
    with server.client() as client:
        queue = LeasedQueue(client, "site:requests", "site:dupefilter")
        queue.enqueue([Entry("parent", b"parent")])
        epoch = queue.claim("me", 1, 1, 100).epoch
        queue.done("me", [Finished("parent", children=CHILDREN)], epoch)
        time.sleep(1.2)  # everysec: what is cut below is all there is
        server.kill()
        name = server.log_file().name
        log = server.log_file().read_bytes()
        whole = server.folder.with_name("whole")
        shutil.copytree(server.folder, whole)
        for place in cuts(log):
            shutil.rmtree(server.folder)
            shutil.copytree(whole, server.folder)
            (server.folder / "appendonlydir" / name).write_bytes(log[:place])
            server.start()
            if rewritten:
                mend_log(client, "site:requests")  # as a worker does that sees a new server
            server.restart()
            got = processed_by_heirs(queue)
            server.kill()
            assert b"parent" in got or got == EXPECTED - {b"parent"}, f"cut at {place - len(log)}"


@pytest.mark.slow
def test_a_log_torn_in_a_transaction_keeps_it_open_on_some_servers(server: ValkeyServer) -> None:
    """Why a worker has the log rewritten. Whatever this server does, both restarts leave a sound queue."""
    with server.client() as client:
        queue = LeasedQueue(client, "site:requests", "site:dupefilter")
        queue.enqueue([Entry("parent", b"parent")])
        queue.claim("me", 1, 1, 100)
        queue.done("me", [Finished("parent", children=CHILDREN)])
        time.sleep(1.2)
        server.kill()
        log = server.log_file().read_bytes()
        server.log_file().write_bytes(log[: log.rindex(b"HDEL") + 2])
        server.start()
        first = queue.pending()
        queue.enqueue([Entry("later", b"later")])  # its transaction would end the open one
        time.sleep(1.2)
        server.restart()
        got = processed_by_heirs(queue)
    assert first.requests == 1, "the torn transaction does not count"
    assert got in (EXPECTED | {b"later"}, {b"parent", b"later"}, EXPECTED - {b"parent"} | {b"later"})

"""When a batch is committed, and what its callers hear."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from immobe.errors import ServiceError
from immobe.items import DetectedListing
from immobe.storage import batching
from immobe.storage.batching import BatchWriter
from immobe.storage.deliveries import Writable

PATIENCE = 10.0


def item(listing_id: str = "1") -> DetectedListing:
    return DetectedListing("immoweb", listing_id, "u", datetime(2026, 1, 1, tzinfo=UTC), "c")


class FakeWriter:
    """Notes the batches; fails as told; holds each batch until `gate` opens."""

    def __init__(self, failures: Sequence[Exception] = ()) -> None:
        self.batches: list[list[str]] = []
        self.failures = list(failures)
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)

    def write(self, items: Sequence[Writable]) -> list[Exception | None]:
        self.entered.release()
        assert self.gate.wait(PATIENCE)
        if self.failures:
            raise self.failures.pop(0)
        ids = [i.platform_listing_id for i in items if isinstance(i, DetectedListing)]
        self.batches.append(ids)
        return [ValueError("bad") if listing_id == "bad" else None for listing_id in ids]

    async def has_entered(self) -> None:
        assert await asyncio.to_thread(self.entered.acquire, timeout=PATIENCE)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "_FIRST_PAUSE_SECONDS", 0.001)


async def test_a_full_batch_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "_SILENCE_SECONDS", 3600)
    writer = FakeWriter()
    batches = BatchWriter(writer, batch_size=4, batch_seconds=3600)
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(batches.write(item(str(n))) for n in range(8)))
        await batches.close()
    assert writer.batches == [["0", "1", "2", "3"], ["4", "5", "6", "7"]]


async def test_a_lone_item_waits_no_longer_than_its_age_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "_SILENCE_SECONDS", 3600)
    batches = BatchWriter(FakeWriter(), batch_size=100, batch_seconds=0.01)
    async with asyncio.timeout(PATIENCE):
        await batches.write(item())
        await batches.close()


async def test_silence_ends_a_batch_early() -> None:
    batches = BatchWriter(FakeWriter(), batch_size=100, batch_seconds=3600)
    async with asyncio.timeout(PATIENCE):
        await batches.write(item())
        await batches.close()


async def test_nobody_is_told_before_the_commit() -> None:
    writer = FakeWriter()
    writer.gate.clear()
    batches = BatchWriter(writer, batch_size=1, batch_seconds=1)
    waiting = asyncio.create_task(batches.write(item()))
    await writer.has_entered()
    assert not waiting.done()
    writer.gate.set()
    await asyncio.wait_for(waiting, PATIENCE)
    await batches.close()


async def test_items_that_arrive_during_a_commit_form_the_next_batch() -> None:
    writer = FakeWriter()
    writer.gate.clear()
    batches = BatchWriter(writer, batch_size=100, batch_seconds=1)
    tasks = [asyncio.create_task(batches.write(item("0")))]
    await writer.has_entered()
    tasks += [asyncio.create_task(batches.write(item(str(n)))) for n in range(1, 6)]
    writer.gate.set()
    await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)
    await batches.close()
    assert writer.batches == [["0"], ["1", "2", "3", "4", "5"]]


async def test_only_the_caller_of_the_bad_row_hears_of_it() -> None:
    batches = BatchWriter(FakeWriter(), batch_size=3, batch_seconds=1)
    results = await asyncio.gather(*(batches.write(item(n)) for n in ("a", "bad", "c")), return_exceptions=True)
    await batches.close()
    assert [type(result) for result in results] == [type(None), ValueError, type(None)]


async def test_an_outage_is_waited_out_and_told_once() -> None:
    writer = FakeWriter([ServiceError("down"), ServiceError("down"), ServiceError("down")])
    batches = BatchWriter(writer, batch_size=2, batch_seconds=1)
    with capture_logs() as logs:
        await asyncio.wait_for(asyncio.gather(batches.write(item("a")), batches.write(item("b"))), PATIENCE)
    await batches.close()
    assert writer.batches == [["a", "b"]]
    assert [entry["log_level"] for entry in logs] == ["warning", "info"]


async def test_a_surprise_reaches_every_caller_and_the_writer_goes_on() -> None:
    writer = FakeWriter([RuntimeError("a mistake")])
    batches = BatchWriter(writer, batch_size=2, batch_seconds=1)
    results = await asyncio.gather(batches.write(item("a")), batches.write(item("b")), return_exceptions=True)
    assert [type(result) for result in results] == [RuntimeError, RuntimeError]
    await batches.write(item("c"))
    await batches.close()
    assert writer.batches == [["c"]]


async def test_a_cancelled_caller_takes_nobody_along() -> None:
    writer = FakeWriter()
    writer.gate.clear()
    batches = BatchWriter(writer, batch_size=2, batch_seconds=1)
    leaving, staying = (asyncio.create_task(batches.write(item(n))) for n in ("a", "b"))
    await writer.has_entered()
    leaving.cancel()
    writer.gate.set()
    await asyncio.wait_for(staying, PATIENCE)
    await batches.close()
    assert leaving.cancelled()
    assert writer.batches == [["a", "b"]]


async def test_two_threads_commit_at_once() -> None:
    writer = FakeWriter()
    writer.gate.clear()
    batches = BatchWriter(writer, batch_size=1, batch_seconds=1, threads=2)
    tasks = [asyncio.create_task(batches.write(item(n))) for n in ("a", "b")]
    await writer.has_entered()
    await writer.has_entered()
    writer.gate.set()
    await asyncio.wait_for(asyncio.gather(*tasks), PATIENCE)
    await batches.close()


async def test_close_commits_what_is_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "_SILENCE_SECONDS", 3600)
    writer = FakeWriter()
    batches = BatchWriter(writer, batch_size=100, batch_seconds=3600)
    tasks = [asyncio.create_task(batches.write(item(str(n)))) for n in range(3)]
    await asyncio.sleep(0)  # lets the three calls begin
    await asyncio.wait_for(batches.close(), PATIENCE)
    await asyncio.gather(*tasks)
    assert writer.batches == [["0", "1", "2"]]


async def test_close_without_a_database_ends_and_says_what_was_not_stored() -> None:
    writer = FakeWriter([ServiceError("down")] * 1000)
    batches = BatchWriter(writer, batch_size=1, batch_seconds=1)
    waiting = asyncio.create_task(batches.write(item()))
    await writer.has_entered()
    await asyncio.wait_for(batches.close(patience=0), PATIENCE)
    with pytest.raises(ServiceError, match="down"):
        await waiting


async def test_a_long_pause_ends_when_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "_FIRST_PAUSE_SECONDS", 3600)
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    writer = FakeWriter([ServiceError("down")])
    batches = BatchWriter(writer, batch_size=1, batch_seconds=1)
    waiting = asyncio.create_task(batches.write(item()))
    await writer.has_entered()
    await asyncio.wait_for(batches.close(), PATIENCE)
    await waiting
    assert writer.batches == [["1"]]


async def test_a_closed_writer_takes_nothing() -> None:
    batches = BatchWriter(FakeWriter(), batch_size=1, batch_seconds=1)
    await batches.close()
    with pytest.raises(ServiceError):
        await batches.write(item())

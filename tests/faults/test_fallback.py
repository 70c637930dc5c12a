"""The fallback queue itself has no room, or is damaged: pages are fetched again, and none is lost."""

from collections.abc import Callable

import pytest

from tests.faults.crawl_harness import HELD, MarketCrawl
from tests.faults.crawl_servers import SmallDisks
from tests.faults.queue_servers import ValkeyServer

pytestmark = [pytest.mark.integration, pytest.mark.faults]
Sound = Callable[..., None]


@pytest.mark.slow
def test_its_disk_is_full(crawl: MarketCrawl, valkey: ValkeyServer, small_disks: SmallDisks, sound: Sound) -> None:
    crawl.variables["REDIS_FALLBACK_QUEUE"] = str(small_disks.mount("fallback", "4k") / "queue.json")
    crawl.begin(2)
    crawl.let_and_store(60, rows=20)
    valkey.freeze()
    crawl.let(80)
    crawl.until(lambda: "nothing is lost, but pages will be fetched again" in crawl.log(), "the disk is full")
    assert all(worker.runs for worker in crawl.workers)
    valkey.thaw()
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F17 the fallback queue's disk full", refetched=2 * HELD)


@pytest.mark.slow
def test_it_is_damaged(crawl: MarketCrawl, valkey: ValkeyServer, sound: Sound) -> None:
    """A flipped bit and a torn tail, between the death of all workers and their next start."""
    crawl.begin(2)
    crawl.let_and_store(60, rows=20)
    valkey.kill()
    crawl.let(40)
    crawl.until(lambda: crawl.fallback.is_file() and crawl.fallback.read_bytes().count(b"\n") > 5, "it is filled")
    crawl.kill(*crawl.workers)
    lines = crawl.fallback.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"do":"done"', b'"do":"dune"')
    lines[-1] = lines[-1][: len(lines[-1]) // 2]
    crawl.fallback.write_bytes(b"".join(lines))
    valkey.start()
    crawl.begin(1)
    crawl.faults = 1
    crawl.recover()
    sound(crawl.run_to_end(), fault="F18 the fallback queue damaged", refetched=2 * HELD)
    set_aside = crawl.fallback.with_name(f"{crawl.fallback.name}.corrupt").read_bytes()
    assert set_aside.splitlines() == [lines[2].strip(), lines[-1].strip()]

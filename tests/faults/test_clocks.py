"""Clocks jump by an hour. Leases follow Redis' clock alone, so a worker's own may show anything.

The clocks are those of libfaketime (Debian: `apt-get install faketime`); without it these tests are skipped.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.crawl_harness import CONCURRENCY, HELD, LONG_LEASE, MarketCrawl
from tests.faults.queue_servers import ValkeyServer

pytestmark = [pytest.mark.integration, pytest.mark.faults, pytest.mark.slow]
Sound = Callable[..., None]
HOUR = 3600


class FakeClock:
    """The wall clock of processes that are started with `variables`; the monotonic one stays true."""

    def __init__(self, library: Path, folder: Path) -> None:
        self._offset = folder / "clock"
        self.jump(0)
        self.variables = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._offset),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def jump(self, seconds: int) -> None:
        """From now on it is so many seconds fast; negative: slow."""
        fresh = self._offset.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}s")
        fresh.replace(self._offset)


@pytest.fixture
def clock(tmp_path: Path) -> FakeClock:
    found = sorted(Path("/usr/lib").glob("**/faketime/libfaketime.so.1"))
    if not found:
        pytest.skip("libfaketime is not installed (apt-get install faketime)")
    return FakeClock(found[0], tmp_path)


@pytest.mark.parametrize("seconds", [HOUR, -HOUR])
def test_of_a_worker(crawl: MarketCrawl, clock: FakeClock, sound: Sound, seconds: int) -> None:
    """Its leases last. Twisted's timers go by this clock, so an hour ahead ends what it downloads at that moment."""
    crawl.begin(1, **LONG_LEASE, **clock.variables)
    crawl.begin(1, **LONG_LEASE)
    crawl.let_and_store(60, rows=20)
    clock.jump(seconds)
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F24 worker's clock jumps by 1 h", refetched=CONCURRENCY)
    assert crawl.total("stale") == crawl.total("lost_leases") == crawl.total("expired") == 0


@pytest.mark.parametrize("seconds", [HOUR, -HOUR])
def test_of_redis(crawl: MarketCrawl, valkey: ValkeyServer, clock: FakeClock, sound: Sound, seconds: int) -> None:
    """An hour ahead, all leases have expired at once; an hour back, they are renewed as ever."""
    valkey.variables = clock.variables
    valkey.restart()
    crawl.begin(2, **LONG_LEASE)
    crawl.let_and_store(60, rows=20)
    before = crawl.client.time()[0]
    clock.jump(seconds)
    crawl.until(lambda: abs(crawl.client.time()[0] - before) > HOUR / 2, "Redis' clock has jumped")
    crawl.fault_is_over()
    sound(crawl.run_to_end(), fault="F24 Redis' clock jumps by 1 h", refetched=2 * HELD)

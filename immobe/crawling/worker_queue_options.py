"""Settings and numbers of a worker's queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from immobe.crawling.leases_records import ALL_PAGES, Band, Entry


@dataclass(frozen=True)
class WorkerOptions:
    """How a worker uses the queue. Durations are seconds."""

    concurrency: int = 16
    """Requests that the worker has in work at a time."""
    band: Band = ALL_PAGES
    lease_seconds: float = 60.0
    """How long after a worker's death its requests go to others: more than the longest block of the whole process."""
    longest_work_seconds: float = 3600.0
    """A request in work for longer is given up to others: its page hangs, or its item waits for a dead database."""
    max_attempts: int = 5
    """A request whose worker died so often is a dead letter."""
    push_seconds: float = 0.02
    """A request found outside any page waits at most so long."""
    acknowledge_seconds: float = 0.25
    """A finished request waits at most so long for others; not at all when the worker has nothing else to do."""
    first_poll_seconds: float = 0.05
    longest_poll_seconds: float = 1.0
    buffer_bytes: int = 64 * 1024 * 1024
    """Payloads held in memory while neither Redis nor the journal takes them; beyond, pages are fetched again."""

    @property
    def prefetch(self) -> int:
        """Claimed requests that wait in memory at most."""
        return min(max(self.concurrency, 16), 64)

    @property
    def lease_ms(self) -> int:
        return int(self.lease_seconds * 1000)

    @property
    def beat_seconds(self) -> float:
        """Three heartbeats may be missed."""
        return self.lease_seconds / 4


@dataclass(frozen=True)
class RunSeeds:
    """The run that a worker works on: joined, or created with these seeds."""

    scope: str
    run_id: str
    seeds: Sequence[Entry]
    band: Band = ALL_PAGES
    """SEARCH_PAGES: a run that ends when its search pages do."""


@dataclass
class WorkerStats:
    """Numbers since the worker began, and the last that Redis told. Written by one thread; read by any."""

    claimed: int = 0
    finished: int = 0
    queued: int = 0
    """Found requests that were new."""
    seen: int = 0
    """Found requests that the run had seen before."""
    stale: int = 0
    """Finished requests that were not ours any more."""
    lost_leases: int = 0
    expired: int = 0
    """Leases of dead workers that this one found."""
    buried: int = 0
    """Requests that became dead letters for it."""
    unnoted: int = 0
    """Dead letters that PostgreSQL had not heard of at the last claim."""
    swept: int = 0
    """Requests mended after a server start."""
    journaled: int = 0
    """Records written to the journal."""
    restored: int = 0
    """Records that came back from it."""
    forgotten: int = 0
    """Finished pages that have to be fetched again, because nothing took what they held."""
    failures: int = 0
    """Times Redis could not be used."""
    state_lost: int = 0
    """Times Redis came back empty."""
    start_urls: int = 0
    bad_start_urls: int = 0
    memory_full: bool = False
    """Redis refuses to grow (maxmemory)."""
    requests: int = -1
    """Requests that existed at the last claim; -1: not known."""
    searches: int = -1
    round_trips: int = 0
    breaker_state: int = 0
    journal_size: int = 0

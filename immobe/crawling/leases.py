"""The leased queue: a shared queue of requests that loses none, whoever dies.

A request is claimed for a time (a lease), not taken. It leaves the queue when its worker says that it is done, in the
same atomic step in which the requests found on its page are queued. A worker that dies says nothing: its leases expire
and others claim the requests. All of it is Lua (lua/*.lua), and Redis' clock alone counts.
docs/decisions/006-leased-queue.md tells why. Keys, with Q = `<spider>:requests`:

    Q           zset  id -> score          ready            Q:x         hash  id -> reason|score|payload, dead letters
    Q:d         hash  id -> score|payload  all that exist   Q:x:times   zset  id -> ms when it died
    Q:l         zset  id -> lease end, ms                   Q:s         set   ids of search pages that exist
    Q:o         hash  id -> owner                           Q:w         zset  worker -> ms of its last heartbeat
    Q:t         hash  id -> attempts in vain                Q:epoch     random; missing or changed: Redis lost its data
    Q:z         zset  id -> not before, ms                  Q:w:s       zset  worker on search pages -> ms it counts
    Q:x:new     set   ids of dead letters that PostgreSQL   <spider>:runs  hash  scope -> run
                      has not heard of
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from redis import Redis

from immobe.crawling.leases_arguments import (
    MOST_BYTES,
    MOST_IDS,
    children_bytes,
    clean_reason,
    flat,
    number,
    parse_claims,
    portions,
)
from immobe.crawling.leases_records import (
    ALL_PAGES,
    SEARCH_PAGES,
    Acknowledged,
    Band,
    Claimed,
    Claims,
    Entry,
    Finished,
    Pending,
)
from immobe.crawling.leases_scripts import Argument, Call, Scripts, load_script

FORGET_SECONDS = 7 * 24 * 3600
"""How long the fingerprints of a run are kept after the last one was added."""
MOST_SEEDS = 10_000

_ENQUEUE = load_script("enqueue")
_CLAIM = load_script("claim")
_DONE = load_script("done")
_DONE_CHILDLESS = load_script("done", under_full_memory=True)
_BEAT = load_script("beat", under_full_memory=True)
_RELEASE = load_script("release", under_full_memory=True)
_HOLD = load_script("hold")
_SWEEP = load_script("sweep")
_START_RUN = load_script("start_run")
_END_RUN = load_script("end_run")


class LeasedQueue:
    """The queue of one spider. Synchronous, one round trip a call unless said otherwise; raises redis' errors.

    `key` is Q above; fingerprints are kept under `<dupefilter_key>:<run>`, a set a run.
    """

    def __init__(self, redis: Redis, key: str, dupefilter_key: str, run_id: str = "") -> None:
        self.key, self.dupefilter_key = key, dupefilter_key
        self._runs_key = f"{key.removesuffix(':requests')}:runs"
        parts = ("d", "l", "o", "t", "z", "x", "x:times", "s")
        rest = ("epoch", "w", "x:new", "w:s")
        keys = [key, *(f"{key}:{part}" for part in parts), dupefilter_key, *(f"{key}:{part}" for part in rest)]
        self.scripts = Scripts(redis, keys)
        self.use_run(run_id)

    @property
    def round_trips(self) -> int:
        """Round trips to Redis so far."""
        return self.scripts.round_trips

    def use_run(self, run_id: str) -> None:
        """Fingerprints are from now on those of this run."""
        self.run_id = run_id
        self.scripts.keys[9] = f"{self.dupefilter_key}:{run_id}" if run_id else self.dupefilter_key

    def enqueue(self, entries: Sequence[Entry]) -> list[bool]:
        """Queues requests; False for each that the run has seen before, or whose id is queued. One trip a 1,000."""
        added: list[bool] = []
        for some in portions(entries, lambda entry: len(entry.payload)):
            added += [bool(one) for one in self.scripts.run(self.enqueue_call(some))]
        return added

    def claim(
        self,
        owner: str,
        count: int,
        lease_ms: int,
        max_attempts: int,
        band: Band = ALL_PAGES,
        *,
        last_chances: int = 1,
    ) -> Claims:
        """Leases at most `count` (up to 1,000) ready requests of the band to `owner`, lowest score and oldest first.

        Expired leases and due delayed requests are put back first; a request whose lease expires for the
        `max_attempts`th time becomes a dead letter. Of those that have one chance left, at most `last_chances`.
        """
        call = self.claim_call(owner, count, lease_ms, max_attempts, band, last_chances)
        return parse_claims(self.scripts.run(call))

    def done(self, owner: str, finished: Sequence[Finished], epoch: bytes = b"") -> Acknowledged:
        """Queues the children of finished requests and ends these by their verdicts: one atomic step each.

        `epoch`: as the owner knows it. May be repeated with the same ids: what is not the owner's any more is left.
        """
        total = Acknowledged(0, 0, 0)
        for some in portions(finished, children_bytes):
            answer = Acknowledged(*self.scripts.run(self.done_call(owner, some, epoch)))
            total = Acknowledged(*(a + b for a, b in zip(total, answer, strict=True)))
        return total

    def beat(self, owner: str, lease_ms: int, ids: Sequence[str], *, scouting: bool = True) -> list[str]:
        """Renews leases, and notes that the worker lives; returns the ids that are not the owner's any more.

        `scouting`: the worker takes search pages, so that harvesters wait for what it finds.
        """
        lost: list[str] = []
        for some in portions(ids) or [[]]:
            lost += [one.decode() for one in self.scripts.run(Call(_BEAT, [owner, lease_ms, int(scouting), *some]))]
        return lost

    def release(self, owner: str, ids: Sequence[str], *, leaving: bool = False) -> int:
        """Puts the owner's requests back, no attempt counted; `leaving` strikes the owner from the workers."""
        return sum(
            int(self.scripts.run(Call(_RELEASE, [owner, int(leaving), *some]))) for some in portions(ids) or [[]]
        )

    def hold(self, owner: str, lease_ms: int, held: Sequence[Claimed]) -> int:
        """After Redis lost its data: requests that the owner still holds exist again, leased to it."""
        count = 0
        for some in portions(held, lambda one: len(one.payload)):
            arguments: list[Argument] = [owner, lease_ms]
            for one in some:
                arguments += (one.id, number(one.score), one.payload)
            count += int(self.scripts.run(Call(_HOLD, arguments)))
        return count

    def epoch(self) -> bytes:
        """Random text that lives as long as Redis' data does; made when it is missing."""
        self.scripts.round_trips += 1
        pipeline = self.scripts.redis.pipeline(transaction=True)
        pipeline.set(f"{self.key}:epoch", secrets.token_hex(8), nx=True)
        pipeline.get(f"{self.key}:epoch")
        found: bytes = pipeline.execute()[1]
        return found

    def start_run(self, scope: str, run_id: str, seeds: Sequence[Entry], band: Band = ALL_PAGES) -> tuple[str, bool]:
        """The run of a scope, and whether it is new: then its seeds were queued in the same atomic step.

        A run that is there and has pages left is joined. For a run of search pages alone (`band=SEARCH_PAGES`), listing
        pages that still wait do not count. From now on this queue uses that run's fingerprints. At most 10,000 seeds.
        """
        if len(seeds) > MOST_SEEDS:
            raise ValueError(f"a run has at most {MOST_SEEDS} seeds")
        before = self.run_id
        self.use_run(run_id)  # the seeds' fingerprints belong to the new run
        try:
            arguments = [scope, run_id, int(band == SEARCH_PAGES), FORGET_SECONDS, *flat(seeds)]
            found, created = self.scripts.run(Call(_START_RUN, arguments, (self._runs_key,)))
        except BaseException:
            self.use_run(before)
            raise
        self.use_run(found.decode())
        return self.run_id, bool(created)

    def end_run(self, scope: str, run_id: str) -> bool:
        """The next start of the scope is a new run; False when it has another run already."""
        return bool(self.scripts.run(Call(_END_RUN, [scope, run_id], (self._runs_key,))))

    def seen_by_a_run(self, fingerprints: Sequence[bytes]) -> list[bool]:
        """For each fingerprint, whether a run that was started and not ended has queued it."""
        self.scripts.round_trips += 2
        runs: list[bytes] = self.scripts.redis.hvals(self._runs_key)
        if not runs or not fingerprints:
            return [False] * len(fingerprints)
        pipeline = self.scripts.redis.pipeline(transaction=False)
        for run in runs:
            pipeline.smismember(f"{self.dupefilter_key}:{run.decode()}", list(fingerprints))
        return [any(answers) for answers in zip(*pipeline.execute(), strict=True)]

    def pending(self) -> Pending:
        """How much there is to do."""
        self.scripts.round_trips += 1
        pipeline = self.scripts.redis.pipeline(transaction=True)
        pipeline.hlen(f"{self.key}:d").zcard(self.key).zcard(f"{self.key}:l").zcard(f"{self.key}:z")
        pipeline.hlen(f"{self.key}:x").scard(f"{self.key}:s").zcount(self.key, *SEARCH_PAGES)
        return Pending(*pipeline.execute())

    def finished(self) -> bool:
        """True when no request exists: none ready, leased or delayed, for any worker."""
        self.scripts.round_trips += 1
        return int(self.scripts.redis.hlen(f"{self.key}:d")) == 0

    def sweep(self, cursor: tuple[str, str] = ("0", "0"), count: int = 1000) -> tuple[tuple[str, str] | None, int]:
        """Mends one portion of what a torn write left. Returns the next cursor, None after the last, and how many."""
        requests, searches, mended = self.scripts.run(Call(_SWEEP, [*cursor, count]))
        following = (requests.decode(), searches.decode())
        return (None if following == ("end", "end") else following), int(mended)

    def enqueue_call(self, entries: Sequence[Entry]) -> Call:
        """For `Scripts.run_together`: at most one portion."""
        return Call(_ENQUEUE, [FORGET_SECONDS, *flat(entries)])

    def claim_call(
        self, owner: str, count: int, lease_ms: int, max_attempts: int, band: Band, last_chances: int
    ) -> Call:
        """For `Scripts.run_together`; answered to `parse_claims`."""
        return Call(_CLAIM, [owner, min(count, MOST_IDS), lease_ms, max_attempts, *band, MOST_BYTES, last_chances])

    def done_call(self, owner: str, finished: Sequence[Finished], epoch: bytes) -> Call:
        """For `Scripts.run_together`: at most one portion. Answered to `Acknowledged`."""
        arguments: list[Argument] = [owner, epoch, FORGET_SECONDS]
        childless = True
        for one in finished:
            childless = childless and not one.children
            arguments += (one.id, one.verdict.value, one.delay_ms, clean_reason(one.reason), len(one.children))
            arguments += flat(one.children)
        return Call(_DONE_CHILDLESS if childless else _DONE, arguments)

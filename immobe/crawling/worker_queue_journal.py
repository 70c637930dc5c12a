"""Queue operations as records of the fallback queue, and back. A record says whose it is: any process can replay it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from redis import Redis

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_records import Entry, Finished, Verdict

_VERSION = 1
Record = dict[str, Any]


def push_record(queue: LeasedQueue, entry: Entry) -> Record:
    """A request to queue."""
    return {**_target(queue), "do": "enqueue", "entry": _packed(entry)}


def done_record(queue: LeasedQueue, owner: str, epoch: bytes, finished: Finished) -> Record:
    """A finished request with its children."""
    children = [_packed(child) for child in finished.children]
    what = [finished.id, finished.verdict.value, finished.delay_ms, finished.reason, children]
    return {**_target(queue), "do": "done", "owner": owner, "epoch": epoch.decode("latin-1"), "finished": what}


def replay(redis: Redis, records: Sequence[Record]) -> list[int]:
    """Carries records out, in order; doing so again changes nothing. Returns positions of those it cannot read.

    Raises redis' errors: then nothing may be taken as done.
    """
    refused: list[int] = []
    readable: list[tuple[tuple[str, ...], Any]] = []
    for position, record in enumerate(records):
        try:
            readable.append(_unpacked_record(record))
        except (KeyError, ValueError, TypeError, IndexError, AttributeError):
            refused.append(position)
    for (do, key, dupefilter_key, run, owner, epoch), group in groupby(readable, key=itemgetter(0)):
        queue = LeasedQueue(redis, key, dupefilter_key, run)
        parts = [part for _, part in group]
        if do == "enqueue":
            queue.enqueue(parts)
        else:
            queue.done(owner, parts, epoch.encode("latin-1"))
    return refused


def _target(queue: LeasedQueue) -> Record:
    return {"v": _VERSION, "queue": queue.key, "dupefilter": queue.dupefilter_key, "run": queue.run_id}


def _unpacked_record(record: Record) -> tuple[tuple[str, ...], Entry | Finished]:
    if record["v"] != _VERSION:
        raise ValueError("a record of another version")
    where = (record["do"], record["queue"], record["dupefilter"], record["run"])
    if record["do"] == "enqueue":
        return (*where, "", ""), _unpacked(record["entry"])
    request_id, verdict, delay_ms, reason, children = record["finished"]
    finished = Finished(request_id, Verdict(verdict), int(delay_ms), reason, [_unpacked(child) for child in children])
    return (*where, record["owner"], record["epoch"]), finished


def _packed(entry: Entry) -> list[Any]:
    """[id, score, fingerprint in hex, delay_ms, payload]; a payload that is not UTF-8 comes in base64 after these."""
    start: list[Any] = [entry.id, entry.score, entry.fingerprint.hex(), entry.delay_ms]
    try:
        return [*start, entry.payload.decode("utf-8")]
    except UnicodeDecodeError:
        return [*start, "", base64.b64encode(entry.payload).decode("ascii")]


def _unpacked(packed: Sequence[Any]) -> Entry:
    request_id, score, fingerprint, delay_ms, text, *binary = packed
    payload = base64.b64decode(binary[0]) if binary else text.encode("utf-8")
    return Entry(request_id, payload, float(score), bytes.fromhex(fingerprint), int(delay_ms))


def records_of(
    queue: LeasedQueue, owner: str, epoch: bytes, pushes: Iterable[Entry], finished: Iterable[Finished]
) -> list[Record]:
    """Records of one flush, in the order in which they would have gone to Redis."""
    return [
        *(push_record(queue, entry) for entry in pushes),
        *(done_record(queue, owner, epoch, one) for one in finished),
    ]

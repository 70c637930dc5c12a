"""Work that has come is told at once: else the engine finds it at its next heartbeat, 5 s later."""

import threading

import pytest

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_records import Entry, RequestIds
from immobe.crawling.worker_queue import Callbacks, RunSeeds, WorkerQueue
from immobe.redis import make_redis
from tests.faults.queue_servers import ValkeyServer

pytestmark = [pytest.mark.integration, pytest.mark.faults]


def test_a_claim_that_loads_its_script_wakes_the_owner(valkey: ValkeyServer) -> None:
    """The first claim on a server that has just started, or after SCRIPT FLUSH."""
    woken = threading.Event()
    seeds = [Entry(RequestIds().new(), b"a page")]
    with make_redis(valkey.url) as redis:
        queue = WorkerQueue(
            LeasedQueue(redis, "site:requests", "site:dupefilter"),
            run=RunSeeds("all", "r1", seeds),
            callbacks=Callbacks(wake=woken.set),
        )
        queue.start()
        try:
            assert woken.wait(30)
            claimed = queue.pop()
            assert claimed is not None
            assert claimed.payload == b"a page"
        finally:
            queue.close()

"""Requests that no worker can deal with: they alone become dead letters, with their reasons."""

import json
import signal
from collections.abc import Callable

import pytest

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_records import Entry, RequestIds
from tests.faults.crawl_harness import HELD, LONG_LEASE, MarketCrawl

pytestmark = [pytest.mark.integration, pytest.mark.faults]
Sound = Callable[..., None]


def test_a_page_that_kills_its_worker(crawl: MarketCrawl, sound: Sound) -> None:
    """Two workers die of it; the third one does all the rest, though most of it was leased to the two."""
    singles = sorted(number for number, facts in crawl.replica.truth.items() if facts["listing_kind"] == "single")
    poison = singles[len(singles) // 2]
    crawl.variables |= {"FAULT_ABORT_ON": poison, "QUEUE_MAX_ATTEMPTS": "2"}
    crawl.begin(3)
    crawl.faults = 2
    outcome = crawl.run_to_end()
    assert sorted(worker.process.returncode for worker in crawl.workers) == [-signal.SIGABRT, -signal.SIGABRT, 0]
    sound(outcome, fault="F20 a page that kills its worker", refetched=2 * HELD, dead=(poison,))


@pytest.mark.slow
def test_requests_that_cannot_be_read(crawl: MarketCrawl, sound: Sound) -> None:
    queue = LeasedQueue(crawl.client, "immoweb:requests", "immoweb:dupefilter")
    ids = RequestIds()
    payloads = (
        b"{",
        b"[1]",
        b'{"v":1,"url":7}',
        b'{"v":1,"url":"https://www.immoweb.be/","callback":"no_such"}',
        b"\xff",
    )
    messages = ("123", "no JSON", json.dumps({"url": "https://example.org/"}), json.dumps({"link": "x"}))
    known = crawl.replica.truth[min(crawl.replica.truth)]["url"]
    crawl.begin(2, **LONG_LEASE)
    queue.enqueue([Entry(ids.new(), payload) for payload in payloads])
    crawl.client.lpush("immoweb:start_urls", *messages, json.dumps({"url": known}))
    crawl.faults = len(payloads) + len(messages)
    outcome = crawl.run_to_end()
    reasons, outcome.dead = outcome.dead, type(outcome.dead)()
    # What people push is always fetched, also when the crawl had found it.
    sound(outcome, fault="F19 requests that cannot be read", refetched=1)
    assert reasons.total() == len(payloads) + len(messages), reasons
    assert sum(count for reason, count in reasons.items() if reason.startswith("unreadable request")) == len(payloads)

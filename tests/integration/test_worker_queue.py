"""A worker's queue in this process, on a real server."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_dead import DeadLetters
from immobe.crawling.leases_records import LISTING_PAGES, SEARCH_PAGES, Entry, RequestIds, Verdict
from immobe.crawling.leases_scripts import load_script
from immobe.crawling.leases_start_urls import StartUrls
from immobe.crawling.worker_queue import Callbacks, RunSeeds, WorkerOptions, WorkerQueue
from immobe.crawling.worker_queue_journal import push_record
from immobe.redis import CircuitBreaker, FallbackQueue, make_redis

pytestmark = pytest.mark.integration

IDS = RequestIds()


def entry(payload: bytes, score: float = 0, fingerprint: bytes = b"") -> Entry:
    return Entry(IDS.new(), payload, score, fingerprint)


def eventually(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not come true"
        time.sleep(0.005)


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    with make_redis(redis_url) as client:
        yield client


class Workers:
    """Makes worker queues, and closes them after the test."""

    def __init__(self, url: str) -> None:
        self._url, self._made = url, []

    def queue(self) -> LeasedQueue:
        return LeasedQueue(make_redis(self._url), "site:requests", "site:dupefilter")

    def __call__(self, options: WorkerOptions | None = None, **kwargs: Any) -> WorkerQueue:
        worker = WorkerQueue(self.queue(), options, **kwargs)
        worker.start()
        self._made.append(worker)
        return worker

    def close(self) -> None:
        for worker in self._made:
            assert worker.close(5)
            worker._worker.queue.scripts.redis.close()


@pytest.fixture
def workers(redis_url: str) -> Iterator[Workers]:
    workers = Workers(redis_url)
    yield workers
    workers.close()


def pop(worker: WorkerQueue) -> Any:
    found: list[Any] = []
    eventually(lambda: found.append(worker.pop()) or found[-1])
    return found[-1]


def test_a_crawl_from_seed_to_end(workers: Workers, client: Redis) -> None:
    worker = workers(run=RunSeeds("all", "r1", [entry(b"seed", -100)]))
    assert worker.has_pending(), "before the first answer nobody knows"
    seed = pop(worker)
    assert (seed.payload, worker.run_id) == (b"seed", "r1")
    for number in range(100):
        worker.push(entry(b"%d" % number, fingerprint=b"%d" % (number % 50)), seed.id)
    worker.finish(seed.id)
    for number in range(50):
        one = pop(worker)
        assert one.payload == b"%d" % number
        assert worker.has_pending()
        worker.finish(one.id)
    eventually(lambda: not worker.has_pending())
    stats = worker.stats
    assert (stats.claimed, stats.finished, stats.queued, stats.seen, stats.stale) == (51, 51, 50, 50, 0)
    assert client.zcard("site:requests:w") == 1
    assert worker.close()
    assert client.zcard("site:requests:w") == 0


def test_at_most_a_fifth_of_a_round_trip_a_request(workers: Workers) -> None:
    queue = workers.queue()
    queue.enqueue([entry(b"x") for _ in range(2000)])
    worker = workers()
    done = 0
    while worker.has_pending():
        claimed = worker.pop()
        if claimed:
            worker.finish(claimed.id)
            done += 1
        else:
            time.sleep(0.0005)
    assert done == 2000
    assert worker.stats.round_trips / done <= 0.2


def test_requests_of_nobody_are_queued_soon(workers: Workers) -> None:
    worker, queue = workers(), workers.queue()
    eventually(lambda: not worker.has_pending())
    worker.pause()
    worker.push(entry(b"a", fingerprint=b"f"))
    worker.push(entry(b"b", fingerprint=b"f"))
    assert worker.has_pending()
    eventually(lambda: queue.pending().ready == 1, 1)
    assert worker.has_pending()


def test_the_end_is_exact_across_workers(workers: Workers) -> None:
    """Nobody ends while another works on a page that may bring more."""
    first = workers(run=RunSeeds("all", "r1", [entry(b"seed")]))
    seed = pop(first)
    woken = threading.Event()
    second = workers(callbacks=Callbacks(wake=woken.set))
    eventually(lambda: second.stats.requests == 1)
    assert second.has_pending()
    assert second.pop() is None
    first.push(entry(b"child"), seed.id)
    first.finish(seed.id)
    child = pop(first)
    assert second.has_pending()
    woken.clear()
    first.finish(child.id)
    eventually(lambda: not first.has_pending() and not second.has_pending())
    assert woken.is_set(), "the end wakes those who wait for work"


def test_the_end_is_exact_when_scripts_are_loaded_again(workers: Workers, client: Redis) -> None:
    """The server may know one script of a round trip and not another, which then runs later than it was sent."""
    worker = workers()
    eventually(lambda: not worker.has_pending())
    client.script_flush()
    client.script_load(load_script("claim").text)
    worker.push(entry(b"a"))
    while not (claimed := worker.pop()):
        assert worker.has_pending()
    assert claimed.payload == b"a"


def test_scouts_end_with_the_search_pages(workers: Workers) -> None:
    scout = workers(WorkerOptions(band=SEARCH_PAGES), run=RunSeeds("all", "r1", [entry(b"s", -100)], SEARCH_PAGES))
    harvester = workers(WorkerOptions(band=LISTING_PAGES))
    search = pop(scout)
    scout.push(entry(b"listing"), search.id)
    assert scout.has_pending()
    assert harvester.pop() is None
    scout.finish(search.id)
    listing = pop(harvester)
    assert listing.payload == b"listing"
    eventually(lambda: not scout.has_pending())
    assert harvester.has_pending()
    harvester.finish(listing.id)
    eventually(lambda: not harvester.has_pending())


def test_a_harvester_does_not_wait_for_search_pages_that_nobody_works_on(
    workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    queue = workers.queue()
    queue.enqueue([entry(b"search", -100), entry(b"listing")])
    harvester = workers(WorkerOptions(band=LISTING_PAGES, lease_seconds=0.5))
    one = pop(harvester)
    began = time.monotonic()
    harvester.finish(one.id)
    assert harvester.has_pending()
    eventually(lambda: not harvester.has_pending())
    assert time.monotonic() - began > 0.2, "a scout may be about to start"
    assert caplog.text.count("1 search pages wait, but no scout") == 1
    assert queue.pending().searches == 1, "it is left for scouts"


def test_a_harvester_waits_for_a_scout_that_lives(workers: Workers) -> None:
    options = WorkerOptions(band=LISTING_PAGES, lease_seconds=0.4)
    scout = workers(WorkerOptions(band=SEARCH_PAGES, lease_seconds=0.4), run=RunSeeds("all", "r1", [entry(b"s", -100)]))
    search = pop(scout)
    harvester = workers(options)
    time.sleep(1.2)  # three leases
    assert harvester.has_pending()
    scout.push(entry(b"listing"), search.id)
    scout.finish(search.id)
    harvester.finish(pop(harvester).id)
    eventually(lambda: not harvester.has_pending() and not scout.has_pending())


def test_the_owner_hears_of_dead_letters_until_they_are_noted(workers: Workers) -> None:
    queue, heard = workers.queue(), threading.Event()
    worker = workers(callbacks=Callbacks(on_dead_letters=heard.set))
    queue.enqueue([entry(b"a")])
    worker.finish(pop(worker).id, Verdict.DEAD, reason="http_500")
    assert heard.wait(10)
    assert worker.stats.unnoted == 1
    heard.clear()
    assert heard.wait(10), "again: it may have been in vain"
    letters = DeadLetters(queue)
    letters.noted(letters.unnoted())
    eventually(lambda: worker.stats.unnoted == 0)


def test_verdicts(workers: Workers) -> None:
    worker, queue = workers(), workers.queue()
    queue.enqueue([entry(b"retry", 1), entry(b"dead", 2), entry(b"newer", 3)])
    retry, dead, newer = (pop(worker) for _ in range(3))
    worker.finish(retry.id, Verdict.RETRY, delay_ms=10)
    worker.finish(dead.id, Verdict.DEAD, reason="http 410")
    worker.finish(newer.id, Verdict.GIVE_BACK, delay_ms=3_600_000)
    worker.finish("nobody knows this")
    again = pop(worker)
    assert (again.payload, again.attempts) == (b"retry", 1)
    assert [(letter.payload, letter.reason) for letter in DeadLetters(queue).page()] == [(b"dead", "http 410")]
    assert queue.pending().delayed == 1
    assert worker.has_pending()


def test_a_pause_stops_claims_and_keeps_leases(workers: Workers) -> None:
    worker, queue = workers(WorkerOptions(lease_seconds=0.4)), workers.queue()
    worker.pause()
    queue.enqueue([entry(b"a"), entry(b"b")])
    worker.resume()
    eventually(lambda: queue.pending().leased == 2)
    first = pop(worker)
    worker.pause()
    assert worker.pop() is None
    queue.enqueue([entry(b"c")])
    time.sleep(0.9)  # two leases
    assert queue.claim("other", 0, 1000, 5).expired == 0
    assert queue.pending().ready == 1
    worker.resume()
    worker.finish(first.id)
    assert [pop(worker).payload for _ in range(2)] == [b"b", b"c"]


def test_start_urls_are_taken_in(workers: Workers, client: Redis) -> None:
    queue = workers.queue()
    urls = StartUrls(queue, "site:start_urls", lambda found: entry(found["url"].encode()))
    client.lpush("site:start_urls", "http://x/1", "rubbish")
    worker = workers(start_urls=urls)
    one = pop(worker)
    assert one.payload == b"http://x/1"
    assert (worker.stats.start_urls, worker.stats.bad_start_urls) == (1, 1)
    client.lpush("site:start_urls", '{"url": "http://x/2"}')
    assert pop(worker).payload == b"http://x/2"
    queue.scripts.redis.close()


def test_closing_flushes_and_releases(workers: Workers) -> None:
    worker, queue = workers(), workers.queue()
    queue.enqueue([entry(b"%d" % n) for n in range(20)])
    held = [pop(worker) for _ in range(3)]
    worker.push(entry(b"child"), held[0].id)
    worker.push(entry(b"alone"))
    worker.finish(held[0].id)
    assert worker.close(5)
    assert worker.close(5), "twice does no harm"
    pending = queue.pending()
    assert (pending.requests, pending.ready, pending.leased) == (21, 21, 0)
    assert {one.attempts for one in queue.claim("other", 100, 1000, 5).claimed} == {0}


def test_a_failing_callback_changes_nothing(workers: Workers, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*arguments: object) -> None:
        raise ZeroDivisionError

    worker = workers(callbacks=Callbacks(fail, fail, fail), run=RunSeeds("all", "r1", [entry(b"seed")]))
    worker.finish(pop(worker).id)
    eventually(lambda: not worker.has_pending())
    assert "callback" in caplog.text


def test_lost_data_is_queued_again(workers: Workers, client: Redis, caplog: pytest.LogCaptureFixture) -> None:
    lost = threading.Event()
    worker = workers(callbacks=Callbacks(on_state_lost=lost.set), run=RunSeeds("all", "r1", [entry(b"seed", -100)]))
    queue = workers.queue()
    seed = pop(worker)
    worker.push(entry(b"child"), seed.id)
    worker.finish(seed.id)
    child = pop(worker)
    client.flushall()
    assert lost.wait(10)
    assert worker.stats.state_lost == 1
    assert "Redis has lost its data" in caplog.text
    assert pop(worker).payload == b"seed", "the run begins anew, since nobody knows what else was lost"
    assert queue.pending().leased == queue.pending().requests == 2, "what was held is still leased to us"
    worker.push(entry(b"grandchild"), child.id)
    worker.finish(child.id)
    assert pop(worker).payload == b"grandchild"
    assert worker.stats.stale == 0


def test_what_others_left_in_the_journal_comes_back(workers: Workers, tmp_path: Path) -> None:
    path = tmp_path / "fallback.json"
    FallbackQueue(path).append([push_record(workers.queue(), entry(b"from a dead process"))])
    worker = workers(journal=path)
    assert pop(worker).payload == b"from a dead process"
    assert worker.stats.restored == 1
    assert worker.stats.journal_size == FallbackQueue(path).size() == 0


def test_an_unusable_journal_does_not_stop_the_crawl(
    workers: Workers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    worker = workers(journal=tmp_path, run=RunSeeds("all", "r1", [entry(b"seed")]))
    worker.finish(pop(worker).id)
    eventually(lambda: not worker.has_pending())
    assert "REDIS_FALLBACK_QUEUE" in caplog.text


def test_an_outage_is_no_end_and_costs_the_caller_nothing(workers: Workers, tmp_path: Path) -> None:
    """Redis is not there at all: nothing raises, nothing waits, all is in the journal in the end."""
    path = tmp_path / "fallback.json"
    queue = LeasedQueue(make_redis("redis://127.0.0.1:1/0"), "site:requests", "site:dupefilter")
    worker = WorkerQueue(queue, breaker=CircuitBreaker(threshold=2, timeout=60), journal=path)
    worker.start()
    longest = 0.0
    for number in range(200):
        began = time.monotonic()
        worker.push(entry(b"%d" % number))
        assert worker.pop() is None
        assert worker.has_pending()
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.005)
    assert longest < 0.1
    eventually(lambda: worker.stats.journal_size == 200)
    assert worker.stats.breaker_state == 2
    assert worker.has_pending()
    assert worker.close(5)
    again = workers(journal=path)
    assert [pop(again).payload for _ in range(200)] == [b"%d" % number for number in range(200)]

"""The leased queue on a real server."""

import time
from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import OutOfMemoryError

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_arguments import portions
from immobe.crawling.leases_dead import DeadLetters
from immobe.crawling.leases_records import (
    LISTING_PAGES,
    SEARCH_PAGES,
    Acknowledged,
    Entry,
    Finished,
    RequestIds,
    Verdict,
)
from immobe.crawling.leases_start_urls import StartUrls, Taken
from immobe.redis import make_redis

pytestmark = pytest.mark.integration

IDS = RequestIds()


@pytest.fixture
def client(redis_url: str) -> Iterator[Redis]:
    with make_redis(redis_url) as client:
        yield client


@pytest.fixture
def queue(client: Redis) -> LeasedQueue:
    return LeasedQueue(client, "site:requests", "site:dupefilter")


def entry(payload: bytes = b"p", score: float = 0, fingerprint: bytes = b"", delay_ms: int = 0) -> Entry:
    return Entry(IDS.new(), payload, score, fingerprint, delay_ms)


def payloads(queue: LeasedQueue, owner: str = "me", count: int = 100, lease_ms: int = 60_000, **kwargs: object) -> list:
    return [one.payload for one in queue.claim(owner, count, lease_ms, 5, **kwargs).claimed]


def finish_all(queue: LeasedQueue, owner: str = "me") -> None:
    claims = queue.claim(owner, 1000, 60_000, 5)
    queue.done(owner, [Finished(one.id) for one in claims.claimed])


def test_lowest_score_first_and_first_come_first_served(queue: LeasedQueue) -> None:
    queue.enqueue([entry(b"1"), entry(b"2", 0.5), entry(b"3", -100), entry(b"4"), entry(b"5", -100)])
    assert payloads(queue, count=2) == [b"3", b"5"]
    assert payloads(queue) == [b"1", b"4", b"2"]
    assert payloads(queue) == []


def test_bands(queue: LeasedQueue, client: Redis) -> None:
    queue.enqueue([entry(b"search", -100), entry(b"border", -50), entry(b"listing", -49), entry(b"late", 0)])
    assert client.zcard("site:requests") == 4, "dashboards read this"
    assert payloads(queue, count=1, band=LISTING_PAGES) == [b"listing"]
    assert payloads(queue, band=SEARCH_PAGES) == [b"search", b"border"]
    pending = queue.pending()
    assert (pending.requests, pending.ready, pending.leased, pending.searches, pending.ready_searches) == (
        4,
        1,
        3,
        2,
        0,
    )
    assert payloads(queue) == [b"late"]


def test_the_payload_comes_back_byte_for_byte(queue: LeasedQueue) -> None:
    payload = bytes(range(256)) + b"|" * 3
    queue.enqueue([entry(payload, -7)])
    claimed = queue.claim("me", 1, 1000, 5).claimed[0]
    assert (claimed.payload, claimed.score, claimed.attempts) == (payload, -7.0, 0)


def test_equal_requests_without_fingerprint_are_two(queue: LeasedQueue) -> None:
    assert queue.enqueue([entry(), entry()]) == [True, True]
    assert queue.enqueue([entry(fingerprint=b"f"), entry(fingerprint=b"f")]) == [True, False]
    assert queue.pending().ready == 3


def test_queueing_again_changes_nothing(queue: LeasedQueue) -> None:
    one = entry(b"x", fingerprint=b"f")
    assert queue.enqueue([one]) == [True]
    assert queue.enqueue([one, one._replace(fingerprint=b"")]) == [False, False]
    assert payloads(queue) == [b"x"]


def test_fingerprints_belong_to_a_run_and_are_forgotten(queue: LeasedQueue, client: Redis) -> None:
    queue.use_run("r1")
    assert queue.enqueue([entry(fingerprint=b"f")]) == [True]
    queue.use_run("r2")
    assert queue.enqueue([entry(fingerprint=b"f")]) == [True]
    assert queue.enqueue([entry(fingerprint=b"f")]) == [False]
    for run in ("r1", "r2"):
        assert 0 < client.ttl(f"site:dupefilter:{run}") <= 7 * 24 * 3600


def test_children_and_acknowledgement_are_one_step(queue: LeasedQueue) -> None:
    parent = entry(b"parent")
    queue.enqueue([parent])
    queue.claim("me", 1, 60_000, 5)
    children = [entry(b"a", fingerprint=b"a"), entry(b"b", fingerprint=b"a"), entry(b"c")]
    assert queue.done("me", [Finished(parent.id, children=children)]) == Acknowledged(2, 1, 0)
    assert not queue.finished()
    assert payloads(queue) == [b"a", b"c"]


def test_a_repeated_acknowledgement_changes_nothing(queue: LeasedQueue) -> None:
    """Its answer was lost, so the worker says it again; meanwhile the children were done."""
    parent, children = entry(b"parent"), [entry(b"a", fingerprint=b"a"), entry(b"no fingerprint")]
    queue.enqueue([parent])
    claims = queue.claim("me", 1, 60_000, 5)
    queue.done("me", [Finished(parent.id, children=children)], claims.epoch)
    finish_all(queue)
    assert queue.done("me", [Finished(parent.id, children=children)], claims.epoch) == Acknowledged(0, 2, 1)
    assert queue.finished()


def test_a_late_worker_adds_what_it_found_and_ends_nothing(queue: LeasedQueue) -> None:
    parent, children = entry(b"parent"), [entry(b"a", fingerprint=b"a"), entry(b"no fingerprint")]
    queue.enqueue([parent])
    queue.claim("late", 1, 0, 5)
    assert payloads(queue, "other") == [b"parent"]
    assert queue.done("late", [Finished(parent.id, Verdict.DEAD, children=children)]) == Acknowledged(1, 1, 1)
    assert queue.pending().leased == 1, "the other's lease stands"
    assert queue.done("other", [Finished(parent.id, children=[entry(b"no fingerprint")])]) == Acknowledged(1, 0, 0)
    assert payloads(queue) == [b"a", b"no fingerprint"]


def test_children_of_a_buried_request_are_all_added(queue: LeasedQueue) -> None:
    parent = entry(b"parent")
    queue.enqueue([parent])
    queue.claim("late", 1, 0, 1)
    queue.claim("other", 1, 0, 1)
    assert queue.pending().dead == 1
    assert queue.done("late", [Finished(parent.id, children=[entry(b"a")])]) == Acknowledged(1, 0, 1)


def test_after_lost_data_children_are_all_added(queue: LeasedQueue, client: Redis) -> None:
    epoch = queue.epoch()
    assert queue.epoch() == epoch
    client.flushall()
    assert queue.done("me", [Finished("gone", children=[entry(b"a")])], epoch) == Acknowledged(1, 0, 1)
    assert queue.claim("me", 0, 1, 5).epoch == b""
    assert queue.epoch() != epoch


def test_expired_leases_go_to_others_and_to_the_dead_in_the_end(queue: LeasedQueue) -> None:
    queue.enqueue([entry(b"killer", -100)])
    for deaths in range(3):
        claims = queue.claim(f"victim {deaths}", 1, 0, 3)
        assert [(one.attempts, one.deaths) for one in claims.claimed] == [(deaths, deaths)]
    claims = queue.claim("heir", 1, 0, 3)
    assert (claims.claimed, claims.expired, claims.buried, claims.requests, claims.searches) == ([], 1, 1, 0, 0)
    assert [letter.reason for letter in DeadLetters(queue).page()] == ["lease expired 3 times"]


def test_one_last_chance_at_a_time(queue: LeasedQueue) -> None:
    queue.enqueue([entry(b"%d" % n) for n in range(5)])
    queue.claim("victim", 5, 0, 2)
    queue.enqueue([entry(b"new")])
    assert payloads(queue, "a", lease_ms=0) == [b"0", b"1", b"2", b"3", b"4", b"new"], "of five chances four are left"
    queue.claim("b", 0, 0, 2)
    assert queue.pending().dead == 5
    assert [one.payload for one in queue.claim("b", 9, 0, 2).claimed] == [b"new"]


def test_last_chances_do_not_hide_what_comes_after_them(queue: LeasedQueue) -> None:
    queue.enqueue([entry(b"%d" % n) for n in range(40)])
    queue.claim("victim", 40, 0, 2)
    queue.enqueue([entry(b"new")])
    claims = queue.claim("b", 4, 60_000, 2)
    assert [one.payload for one in claims.claimed] == [b"0", b"new"]
    assert [one.payload for one in queue.claim("b", 4, 60_000, 2, last_chances=0).claimed] == []
    assert [one.payload for one in queue.claim("c", 4, 60_000, 2).claimed] == [b"1"]


def test_retries_count_but_do_not_kill(queue: LeasedQueue) -> None:
    one = entry(b"x")
    queue.enqueue([one])
    for attempts in range(7):
        claimed = queue.claim("me", 1, 60_000, 2).claimed[0]
        assert (claimed.attempts, claimed.deaths) == (attempts, 0)
        queue.done("me", [Finished(one.id, Verdict.RETRY)])
    queue.claim("me", 1, 60_000, 2)
    queue.done("me", [Finished(one.id, Verdict.GIVE_BACK)])
    assert queue.claim("me", 1, 60_000, 2).claimed[0].attempts == 7, "giving back is no attempt"


def test_delays_are_kept_by_redis(queue: LeasedQueue) -> None:
    queue.enqueue([entry(b"later", delay_ms=80), entry(b"much later", delay_ms=3_600_000)])
    assert payloads(queue) == []
    assert (queue.pending().delayed, queue.finished()) == (2, False)
    time.sleep(0.1)
    assert payloads(queue) == [b"later"]


def test_heartbeats_renew_and_tell_what_is_lost(queue: LeasedQueue, client: Redis) -> None:
    queue.enqueue([entry(b"a"), entry(b"b")])
    mine, other = queue.claim("me", 1, 0, 5).claimed[0], queue.claim("other", 0, 0, 5)
    assert other.requests == 2
    mine = queue.claim("me", 1, 60_000, 5).claimed[0]
    assert queue.beat("me", 60_000, [mine.id, "unknown"]) == ["unknown"]
    assert queue.beat("thief", 60_000, [mine.id]) == [mine.id]
    assert queue.beat("idle", 60_000, []) == []
    assert client.zcard("site:requests:w") == 3


def test_workers_that_take_search_pages_are_counted_while_they_live(queue: LeasedQueue) -> None:
    def scouts() -> int:
        return queue.claim("anybody", 0, 60_000, 5).scouts

    queue.beat("harvester", 60_000, [], scouting=False)
    assert scouts() == 0
    queue.beat("scout", 60_000, [])
    queue.beat("dying", 20, [])
    assert scouts() == 2
    time.sleep(0.03)
    assert scouts() == 1
    queue.release("scout", [], leaving=True)
    assert scouts() == 0


def test_release_gives_back_what_is_ours(queue: LeasedQueue, client: Redis) -> None:
    queue.enqueue([entry(b"a", 1), entry(b"b", 2)])
    first, second = queue.claim("me", 2, 60_000, 5).claimed
    queue.beat("me", 60_000, [])
    assert queue.release("thief", [first.id]) == 0
    assert queue.release("me", [first.id, second.id, "unknown"], leaving=True) == 2
    assert client.zcard("site:requests:w") == 0
    again = queue.claim("other", 2, 60_000, 5).claimed
    assert [(one.payload, one.attempts) for one in again] == [(b"a", 0), (b"b", 0)]
    assert queue.done("me", [Finished(first.id)]).stale == 1


def test_runs_are_joined_or_begun(queue: LeasedQueue, client: Redis) -> None:
    other = LeasedQueue(client, "site:requests", "site:dupefilter")
    assert queue.start_run("all", "r1", [entry(b"s", -100, b"s")]) == ("r1", True)
    assert other.start_run("all", "r2", [entry(b"s", -100, b"s")]) == ("r1", False)
    assert other.start_run("namur", "r3", [entry(b"n", -100, b"s")]) == ("r3", True)
    assert queue.run_id == "r1"
    assert client.hgetall("site:runs") == {b"all": b"r1", b"namur": b"r3"}
    finish_all(queue)
    assert queue.start_run("all", "r4", [entry(b"s", -100, b"s")]) == ("r4", True)
    assert not queue.end_run("all", "r1")
    assert queue.end_run("all", "r4")
    assert queue.start_run("all", "r5", []) == ("r5", True)


def test_a_scouts_run_ends_with_its_search_pages(queue: LeasedQueue) -> None:
    search = entry(b"s", -100)
    queue.start_run("scout all", "r1", [search], SEARCH_PAGES)
    claims = queue.claim("scout", 1, 60_000, 5, SEARCH_PAGES)
    assert queue.start_run("scout all", "r2", [search], SEARCH_PAGES) == ("r1", False)
    queue.done("scout", [Finished(claims.claimed[0].id, children=[entry(b"listing")])])
    assert queue.claim("scout", 1, 60_000, 5, SEARCH_PAGES).searches == 0
    assert queue.start_run("scout all", "r3", [entry(b"s", -100)], SEARCH_PAGES) == ("r3", True)


def test_dead_letters_are_looked_at_requeued_and_dropped(queue: LeasedQueue) -> None:
    letters = DeadLetters(queue)
    queue.enqueue([entry(b"%d" % n, n) for n in range(5)])
    for one in queue.claim("me", 5, 60_000, 5).claimed:
        queue.done("me", [Finished(one.id, Verdict.DEAD, reason=f"http 404 | {one.payload.decode()}\n")])
    assert len(letters) == 5
    newest, *_ = letters.page(0, 2)
    assert (newest.payload, newest.reason, newest.score) == (b"4", "http 404 / 4", 4.0)
    assert abs(newest.died_ms / 1000 - time.time()) < 60
    assert [letter.payload for letter in letters.page(2, 50)] == [b"2", b"1", b"0"]
    assert letters.among([newest.id, "unknown"]) == {newest.id}
    assert letters.drop([newest.id, "unknown"]) == [newest.id]
    fourth = letters.page()[0].id
    assert letters.requeue([fourth, "unknown"]) == [fourth]
    assert payloads(queue) == [b"3"]
    assert len(letters.requeue()) == 3
    assert payloads(queue) == [b"0", b"1", b"2"]
    assert (letters.drop(), len(letters), letters.page()) == ([], 0, [])


def bury(queue: LeasedQueue, owner: str = "me") -> None:
    """The next ready request becomes a dead letter."""
    queue.done(owner, [Finished(queue.claim(owner, 1, 60_000, 5).claimed[0].id, Verdict.DEAD, reason="http_500")])


def test_dead_letters_wait_to_be_noted_whoever_buried_them(queue: LeasedQueue, client: Redis) -> None:
    letters = DeadLetters(queue)
    queue.enqueue([entry(b"given up"), entry(b"killer")])
    assert queue.claim("other", 0, 60_000, 1).unnoted == 0
    bury(queue)
    queue.claim("victim", 1, 0, 5)
    client.sadd("site:requests:x:new", "torn")  # what a burial leaves that was cut off
    assert (buried := queue.claim("other", 0, 60_000, 1)).buried == 1
    assert buried.unnoted == 3
    found = letters.unnoted()
    assert {one.payload: one.reason for one in found} == {b"given up": "http_500", b"killer": "lease expired 1 times"}
    letters.noted(found)
    assert letters.unnoted() == []
    assert queue.claim("other", 0, 60_000, 1).unnoted == 0


def test_a_letter_that_was_queued_again_is_noted_when_it_dies_again(queue: LeasedQueue) -> None:
    letters = DeadLetters(queue)
    queue.enqueue([entry(b"a")])
    bury(queue)
    found = letters.unnoted()
    letters.requeue()
    assert letters.unnoted() == []
    time.sleep(0.002)  # two deaths are told apart by their milliseconds
    bury(queue)
    letters.noted(found)
    assert [one.payload for one in letters.unnoted()] == [b"a"]


@pytest.mark.parametrize("kind", ["list", "set", "zset"])
def test_start_urls(queue: LeasedQueue, client: Redis, kind: str) -> None:
    messages = [
        "http://x/1",
        '{"url": "https://x/2", "meta": {"a": 1}}',
        "123",
        "[]",
        '{"url": 5}',
        "\udcff",
        "ftp://x",
    ]
    raw = [message.encode("utf-8", "surrogateescape") for message in messages]
    if kind == "list":
        client.rpush("site:start_urls", *raw)
    elif kind == "set":
        client.sadd("site:start_urls", *raw)
    else:
        client.zadd("site:start_urls", {message: -position for position, message in enumerate(raw)})
    got = []
    urls = StartUrls(queue, "site:start_urls", lambda found: got.append(found) or entry(found["url"].encode()))
    assert urls.take(100) == Taken(2, 5)
    assert sorted(payloads(queue)) == [b"http://x/1", b"https://x/2"]
    assert {"url": "https://x/2", "meta": {"a": 1}} in got
    assert {letter.payload for letter in DeadLetters(queue).page()} == set(raw[2:])
    assert DeadLetters(queue).requeue() == [], "a message that cannot be read is no request"
    assert urls.take() == Taken(0, 0)


def test_start_urls_in_batches_and_by_several_workers(queue: LeasedQueue, client: Redis) -> None:
    client.rpush("site:start_urls", *(f"http://x/{n}" for n in range(50)))
    client.rpush("site:start_urls", "http://x/49")  # pushed twice is fetched twice, as ever
    first, second = (StartUrls(queue, "site:start_urls", lambda found: entry(found["url"].encode())) for _ in range(2))
    read = first._read(10)
    assert second.take(10) == Taken(10, 0)
    first._read = lambda count: read  # both had read the same messages
    assert first.take(10) == Taken(0, 0)
    while sum(second.take(16)):
        pass
    assert len(payloads(queue)) == 51


def test_what_is_pushed_is_fetched_also_when_the_run_has_seen_it(queue: LeasedQueue, client: Redis) -> None:
    queue.use_run("r1")
    queue.enqueue([entry(b"found", fingerprint=b"f")])
    urls = StartUrls(queue, "site:start_urls", lambda found: entry(b"pushed", fingerprint=found["url"][-1].encode()))
    for _ in range(2):
        client.lpush("site:start_urls", "http://x/f", '{"url": "http://x/g"}')
        assert urls.take() == Taken(2, 0)
    assert payloads(queue) == [b"found", *[b"pushed"] * 4]
    assert queue.enqueue([entry(fingerprint=b"g")]) == [False], "a page that links to it need not bring it again"
    assert client.ttl("site:dupefilter:r1") > 0


def test_a_converter_that_fails_harms_only_its_message(queue: LeasedQueue, client: Redis) -> None:
    client.rpush("site:start_urls", "http://x/1", "http://bad", "http://x/2")

    def convert(found: dict) -> Entry:
        if "bad" in found["url"]:
            raise ZeroDivisionError("a bug in the converter")
        return entry(found["url"].encode())

    assert StartUrls(queue, "site:start_urls", convert).take() == Taken(2, 1)
    assert "ZeroDivisionError" in DeadLetters(queue).page()[0].reason


def test_large_batches_and_large_payloads(queue: LeasedQueue) -> None:
    assert len(queue.enqueue([entry(b"%d" % n) for n in range(2500)])) == 2500
    claims = queue.claim("me", 5000, 60_000, 5)
    assert len(claims.claimed) == 1000
    assert queue.beat("me", 60_000, [one.id for one in claims.claimed] * 2) == []
    assert queue.done("me", [Finished(one.id) for one in claims.claimed]).stale == 0
    finish_all(queue)
    finish_all(queue)
    big = b"x" * 3_000_000
    parent = entry(b"parent")
    queue.enqueue([parent, entry(big, 1), entry(big, 2), entry(big, 3)])
    assert payloads(queue, count=4) == [b"parent", big], "an answer is bounded"
    assert payloads(queue, count=4) == [big]
    queue.done("me", [Finished(parent.id, children=[entry(b"%d" % n) for n in range(3000)])])
    assert queue.pending().ready == 3001


def test_scripts_are_loaded_again(queue: LeasedQueue, client: Redis) -> None:
    queue.enqueue([entry(b"a")])
    client.script_flush()
    answers = queue.scripts.run_together(
        [queue.enqueue_call([entry(b"b")]), queue.claim_call("me", 9, 60_000, 5, SEARCH_PAGES, 1)]
    )
    assert answers[0] == [1]
    assert payloads(queue) == [b"a", b"b"]


def test_without_memory_leases_live_on(queue: LeasedQueue, client: Redis) -> None:
    queue.enqueue([entry(b"a"), entry(b"b"), entry(b"c")])
    a, b, c = queue.claim("me", 3, 60_000, 5).claimed
    client.config_set("maxmemory", 1)
    try:
        assert queue.beat("me", 60_000, [a.id, b.id]) == []
        assert queue.done("me", [Finished(a.id)]).stale == 0
        assert queue.release("me", [b.id]) == 1
        for refused in (
            lambda: queue.done("me", [Finished(c.id, children=[entry()])]),
            lambda: queue.enqueue([entry()]),
            lambda: queue.claim("me", 1, 60_000, 5),
        ):
            with pytest.raises(OutOfMemoryError):
                refused()
    finally:
        client.config_set("maxmemory", 0)
    assert queue.pending().requests == 2


def test_nothing_is_left_behind(queue: LeasedQueue, client: Redis) -> None:
    queue.enqueue([entry(b"%d" % n, -100 if n % 3 else 0) for n in range(20)])
    client.zadd("site:requests:l", {"torn": 1})
    client.hset("site:requests:o", "torn", "nobody")
    client.sadd("site:requests:s", "torn")
    finish_all(queue)
    queue.claim("me", 1, 60_000, 5)
    assert queue.finished()
    assert {one for one in client.scan_iter() if not one.endswith((b":w", b":epoch"))} == set()


def test_portions() -> None:
    assert [len(some) for some in portions(range(2500))] == [1000, 1000, 500]
    assert portions([]) == []


def test_ids_sort_by_time() -> None:
    clock = iter([5.0, 5.0, 4.0, 6.0])
    ids = RequestIds(clock=lambda: next(clock))
    made = [ids.new() for _ in range(4)]
    assert made == sorted(made)
    assert len(set(made)) == 4
    many = RequestIds(clock=lambda: 7.0)
    some = [many.new() for _ in range(0x100000 + 5)]
    assert some[-1] > some[0xFFFFF] > some[0]

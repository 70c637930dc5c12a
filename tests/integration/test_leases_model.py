"""The leased queue against a simple model, by random sequences of operations."""

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_dead import DeadLetters
from immobe.crawling.leases_records import ALL_PAGES, LISTING_PAGES, SEARCH_PAGES, Entry, Finished, Verdict
from immobe.redis import make_redis

pytestmark = pytest.mark.integration

MAX_ATTEMPTS = 3
FOREVER = 3_600_000  # ms: longer than any test
BANDS = {ALL_PAGES: (-1000, 1000), SEARCH_PAGES: (-1000, -50), LISTING_PAGES: (-49.999, 1000)}
owners = st.sampled_from(["ann", "bob"])
scores = st.sampled_from([-100, -50, -49, 0, 10])
fingerprints = st.sampled_from(["", "", "f", "g", "h"])


@dataclass
class Request:
    """A request as the model knows it."""

    score: float
    where: str = "ready"  # ready, leased, delayed (for ever), due (delayed, but not any more), dead
    owner: str = ""
    expired: bool = False
    retries: int = 0
    deaths: int = 0


@dataclass
class Model:
    """What the queue should hold."""

    requests: dict[str, Request] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def add(self, entry: Entry) -> bool:
        fingerprint = entry.fingerprint.decode()
        if fingerprint in self.seen or (entry.id in self.requests and self.requests[entry.id].where != "dead"):
            return False
        self.requests[entry.id] = Request(entry.score, "delayed" if entry.delay_ms else "ready")
        if fingerprint:
            self.seen.add(fingerprint)
        return True

    def put_back(self) -> None:
        for one in self.requests.values():
            if one.where == "leased" and one.expired:
                one.deaths += 1
                one.where = "dead" if one.deaths >= MAX_ATTEMPTS else "ready"
            elif one.where == "due":
                one.where = "ready"

    def claim(self, owner: str, count: int, band: tuple[float, float], expired: bool) -> list[str]:
        self.put_back()
        ready = sorted((one.score, key) for key, one in self.requests.items() if one.where == "ready")
        chosen, last_chances = [], 1
        for score, key in ready:
            one = self.requests[key]
            if not band[0] <= score <= band[1] or len(chosen) == count:
                continue
            if one.deaths >= MAX_ATTEMPTS - 1:
                if not last_chances:
                    continue
                last_chances -= 1
            one.where, one.owner, one.expired = "leased", owner, expired
            chosen.append(key)
        return chosen

    def holds(self, owner: str, key: str) -> bool:
        one = self.requests.get(key)
        return one is not None and one.where == "leased" and one.owner == owner

    def finish(self, owner: str, finished: Finished) -> tuple[int, int, int]:
        ours = self.holds(owner, finished.id)
        buried = finished.id in self.requests and self.requests[finished.id].where == "dead"
        fresh = sum(self.add(child) for child in finished.children if ours or buried or child.fingerprint)
        if ours:
            one = self.requests[finished.id]
            if finished.verdict is Verdict.ACCEPT:
                del self.requests[finished.id]
            elif finished.verdict is Verdict.DEAD:
                one.where = "dead"
            else:
                one.where = "delayed" if finished.delay_ms else "due"
                one.retries += finished.verdict is Verdict.RETRY
        return fresh, len(finished.children) - fresh, not ours

    def count(self, *places: str) -> int:
        return sum(one.where in places for one in self.requests.values())


class LeasedQueueMachine(RuleBasedStateMachine):
    """Does the same to both and compares."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.redis = make_redis(self.url, socket_timeout=10)
        self.redis.delete("x", *self.redis.keys())
        self.queue = LeasedQueue(self.redis, "site:requests", "site:dupefilter")
        self.model = Model()
        self.made = 0

    def teardown(self) -> None:
        self.redis.close()

    def entry(self, score: float, fingerprint: str, delayed: bool = False) -> Entry:
        self.made += 1
        return Entry(f"{self.made:06}", f"payload {self.made}".encode(), score, fingerprint.encode(), delayed * FOREVER)

    def some_id(self, data: st.DataObject) -> str:
        leased = sorted(key for key, one in self.model.requests.items() if one.where == "leased")
        if leased and data.draw(st.integers(0, 3)):  # mostly: what is not leased cannot do much
            return data.draw(st.sampled_from(leased))
        return data.draw(st.sampled_from(sorted(self.model.requests)))

    def some_owner(self, data: st.DataObject, key: str) -> str:
        holder = self.model.requests[key].owner or "ann"
        return holder if data.draw(st.integers(0, 3)) else data.draw(owners)

    @rule(items=st.lists(st.tuples(scores, fingerprints, st.booleans()), min_size=1, max_size=6))
    def enqueue(self, items: list[tuple[float, str, bool]]) -> None:
        entries = [self.entry(*item) for item in items]
        assert self.queue.enqueue(entries) == [self.model.add(entry) for entry in entries]

    @rule(owner=owners, count=st.integers(0, 6), band=st.sampled_from(list(BANDS)), expired=st.booleans())
    def claim(self, owner: str, count: int, band: tuple[str, str], expired: bool) -> None:
        claims = self.queue.claim(owner, count, 0 if expired else FOREVER, MAX_ATTEMPTS, band)
        assert [one.id for one in claims.claimed] == self.model.claim(owner, count, BANDS[band], expired)
        for one in claims.claimed:
            known = self.model.requests[one.id]
            assert (one.score, one.deaths, one.attempts) == (known.score, known.deaths, known.deaths + known.retries)
            assert one.payload == f"payload {int(one.id)}".encode()

    @precondition(lambda self: self.model.requests)
    @rule(
        data=st.data(),
        verdict=st.sampled_from(Verdict),
        delayed=st.booleans(),
        children=st.lists(st.tuples(scores, fingerprints), max_size=4),
    )
    def done(self, data: st.DataObject, verdict: Verdict, delayed: bool, children: list[tuple[float, str]]) -> None:
        key = self.some_id(data)
        owner = self.some_owner(data, key)
        finished = Finished(key, verdict, delayed * FOREVER, "x", [self.entry(*child) for child in children])
        assert tuple(self.queue.done(owner, [finished])) == self.model.finish(owner, finished)

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data(), expired=st.booleans())
    def beat(self, data: st.DataObject, expired: bool) -> None:
        key = self.some_id(data)
        owner = self.some_owner(data, key)
        held = self.model.holds(owner, key)
        assert self.queue.beat(owner, 0 if expired else FOREVER, [key]) == ([] if held else [key])
        if held:
            self.model.requests[key].expired = expired

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        key = self.some_id(data)
        owner = self.some_owner(data, key)
        held = self.model.holds(owner, key)
        assert self.queue.release(owner, [key]) == held
        if held:
            self.model.requests[key].where = "ready"

    @precondition(lambda self: self.model.count("dead"))
    @rule(data=st.data(), drop=st.booleans())
    def dead_letter(self, data: st.DataObject, drop: bool) -> None:
        key = data.draw(st.sampled_from(sorted(k for k, one in self.model.requests.items() if one.where == "dead")))
        letters = DeadLetters(self.queue)
        assert (letters.drop([key]) if drop else letters.requeue([key])) == [key]
        if drop:
            del self.model.requests[key]
        else:
            self.model.requests[key] = Request(self.model.requests[key].score)

    @rule()
    def sweep_finds_nothing_to_mend(self) -> None:
        cursor: tuple[str, str] | None = ("0", "0")
        while cursor:
            cursor, mended = self.queue.sweep(cursor, 3)
            assert mended == 0

    @invariant()
    def numbers_agree(self) -> None:
        pending = self.queue.pending()
        living = [one for one in self.model.requests.values() if one.where != "dead"]
        assert pending.requests == len(living)
        assert pending.ready == self.model.count("ready")
        assert pending.leased == self.model.count("leased")
        assert pending.delayed == self.model.count("delayed", "due")
        assert pending.dead == self.model.count("dead")
        assert pending.searches == sum(one.score <= -50 for one in living)
        assert self.queue.finished() == (not living)


@pytest.fixture
def machine(redis_url: str) -> type[LeasedQueueMachine]:
    LeasedQueueMachine.url = redis_url
    return LeasedQueueMachine


def run(machine: type[LeasedQueueMachine], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=examples < 100,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )


def test_it_behaves_like_its_model(machine: type[LeasedQueueMachine]) -> None:
    run(machine, 80, 50)


@pytest.mark.slow
def test_it_behaves_like_its_model_for_long(machine: type[LeasedQueueMachine]) -> None:
    run(machine, 600, 60)

from immobe.crawling.leases_records import Claimed, Entry, Finished, Verdict
from immobe.crawling.worker_queue_state import MOST_CHILDREN, Holdings


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def entry(name: str, size: int = 1) -> Entry:
    return Entry(name, b"x" * size)


def holding(*names: str, until: float = 60) -> tuple[Holdings, Clock]:
    clock = Clock()
    holdings = Holdings(clock)
    holdings.add([Claimed(name, 0, b"p", 0) for name in names], until)
    return holdings, clock


def popped(holdings: Holdings) -> list[str]:
    names = []
    while claimed := holdings.pop():
        names.append(claimed.id)
    return names


def test_requests_are_popped_in_order_and_once() -> None:
    holdings, _ = holding("a", "b")
    holdings.add([Claimed("b", 0, b"p", 0), Claimed("c", 0, b"p", 0)], 60)
    assert popped(holdings) == ["a", "b", "c"]
    holdings.add([Claimed("a", 0, b"p", 0)], 60)
    assert popped(holdings) == [], "it is in work already"


def test_children_leave_with_their_parent() -> None:
    holdings, _ = holding("a", "b")
    holdings.push(entry("child of a"), "a")
    holdings.push(entry("child of b"), "b")
    holdings.push(entry("of nobody"), None)
    holdings.push(entry("of a stranger"), "stranger")
    assert holdings.finish("a", Verdict.ACCEPT, 0, "")
    holdings.push(entry("too late for a"), "a")
    flush = holdings.next_flush()
    assert [one.id for one in flush.pushes] == ["of nobody", "of a stranger", "too late for a"]
    assert flush.finished == [Finished("a", children=[entry("child of a")])]
    assert holdings.bytes == 5
    holdings.pushed(3)
    holdings.acknowledged(flush.finished)
    assert holdings.bytes == 1
    assert not holdings.is_empty()
    assert holdings.finish("b", Verdict.ACCEPT, 0, "")
    holdings.acknowledged(holdings.next_flush().finished)
    assert holdings.is_empty()
    assert holdings.bytes == 0


def test_what_is_not_held_cannot_be_finished() -> None:
    holdings, _ = holding("a")
    assert holdings.finish("a", Verdict.DEAD, 5, "why")
    assert not holdings.finish("a", Verdict.ACCEPT, 0, "")
    assert not holdings.finish("x", Verdict.ACCEPT, 0, "")
    assert holdings.next_flush().finished == [Finished("a", Verdict.DEAD, 5, "why", [])]


def test_many_children_do_not_wait_for_their_parent() -> None:
    holdings, _ = holding("a", "b")
    for number in range(MOST_CHILDREN + 5):
        holdings.push(entry(str(number)), "a")
    assert len(holdings.next_flush().pushes) == MOST_CHILDREN
    holdings.push(entry("large", 1024 * 1024), "b")
    assert holdings.pushes == MOST_CHILDREN + 1
    holdings.finish("a", Verdict.ACCEPT, 0, "")
    assert [len(one.children) for one in holdings.next_flush().finished] == [5]


def test_a_flush_stays_until_it_is_safe_and_fits_into_one_call() -> None:
    holdings, _ = holding("a")
    for number in range(2500):
        holdings.push(entry(f"{number}"), None)
    assert holdings.next_flush() == holdings.next_flush()
    sizes = []
    while count := len(holdings.next_flush().pushes):
        sizes.append(count)
        holdings.pushed(count)
    assert sizes == [1000, 1000, 500]
    for number in range(3):
        holdings.push(entry(f"large {number}", 3_000_000), None)
    assert len(holdings.next_flush().pushes) == 1


def test_without_memory_only_childless_ends_go() -> None:
    holdings, _ = holding("a", "b")
    holdings.push(entry("child"), "a")
    holdings.push(entry("other"), None)
    holdings.finish("a", Verdict.ACCEPT, 0, "")
    holdings.finish("b", Verdict.ACCEPT, 0, "")
    flush = holdings.next_flush(childless_only=True)
    assert (flush.pushes, [one.id for one in flush.finished]) == ([], ["b"])


def test_nothing_is_begun_when_its_lease_may_be_over() -> None:
    holdings, clock = holding("a", "b", until=10)
    clock.now = 10
    assert holdings.pop() is None
    assert holdings.leased_ids(100) == ["a", "b"]
    holdings.renew(["a", "b"], ["a"], 20)
    assert popped(holdings) == ["b"]
    assert not holdings.finish("a", Verdict.ACCEPT, 0, "")


def test_work_that_hangs_is_given_up() -> None:
    holdings, clock = holding("a", "b")
    holdings.pop()
    clock.now = 50
    assert holdings.leased_ids(longest_work=60) == ["a", "b"]
    assert holdings.leased_ids(longest_work=50) == ["b"]


def test_what_is_in_work_is_finished_even_when_lost() -> None:
    holdings, _ = holding("a", "b")
    holdings.pop()
    holdings.renew(["a", "b"], ["a"], 20)
    assert holdings.finish("a", Verdict.ACCEPT, 0, "")
    assert [one.id for one in holdings.held()] == ["b", "a"]


def test_children_that_fit_nowhere_are_found_again() -> None:
    holdings, _ = holding("a", "b")
    holdings.push(entry("child", 100), "a")
    holdings.finish("a", Verdict.ACCEPT, 0, "")
    holdings.finish("b", Verdict.ACCEPT, 0, "")
    assert holdings.forget_children() == ["a"]
    assert holdings.bytes == 0
    verdicts = {one.id: (one.verdict, len(one.children)) for one in holdings.next_flush().finished}
    assert verdicts == {"a": (Verdict.GIVE_BACK, 0), "b": (Verdict.ACCEPT, 0)}
    assert holdings.forget_children() == []


def test_last_chances() -> None:
    holdings, _ = holding("a")
    assert not holdings.holds_last_chance(5)
    holdings.add([Claimed("b", 4, b"p", 0, 4)], 60)
    assert holdings.holds_last_chance(5)
    assert not holdings.holds_last_chance(6)
    holdings.finish("b", Verdict.ACCEPT, 0, "")
    assert holdings.holds_last_chance(5)
    assert not holdings.holds_last_chance(5, holdings.next_flush().finished)

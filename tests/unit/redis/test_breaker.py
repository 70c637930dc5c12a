import threading

import pytest
import redis.exceptions as errors

from immobe.redis import BreakerOpen, BreakerState, CircuitBreaker, full_jitter, means_down, retry

CLOSED, HALF_OPEN, OPEN = BreakerState.CLOSED, BreakerState.HALF_OPEN, BreakerState.OPEN


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def fail(breaker: CircuitBreaker, error: Exception) -> None:
    def call() -> None:
        raise error

    with pytest.raises(type(error)):
        breaker.call(call)


def opened(clock: Clock, **kwargs: object) -> CircuitBreaker:
    breaker = CircuitBreaker(threshold=2, timeout=60, clock=clock, **kwargs)
    for _ in range(2):
        fail(breaker, errors.TimeoutError())
    assert breaker.state is OPEN
    return breaker


def test_the_metric_values() -> None:
    assert [int(state) for state in (CLOSED, HALF_OPEN, OPEN)] == [0, 1, 2]


def test_it_opens_after_failures_in_a_row_only(clock: Clock) -> None:
    breaker = CircuitBreaker(threshold=3, clock=clock)
    for _ in range(4):
        fail(breaker, errors.ConnectionError())
        fail(breaker, errors.ConnectionError())
        breaker.call(lambda: None)
    assert breaker.state is CLOSED
    for _ in range(3):
        fail(breaker, errors.ConnectionError())
    assert breaker.state is OPEN


def test_open_it_calls_nothing_until_the_time_has_come(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now += 59
    with pytest.raises(BreakerOpen, match="next trial in 1 s"):
        breaker.call(lambda: pytest.fail("called"))
    assert breaker.seconds_to_trial() == 1
    clock.now += 1
    assert breaker.call(lambda: breaker.state) is HALF_OPEN
    assert breaker.state is CLOSED


def test_a_failed_trial_opens_it_again(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now += 60
    fail(breaker, errors.TimeoutError())
    assert breaker.state is OPEN
    assert breaker.seconds_to_trial() == 60


def test_there_is_one_trial_at_a_time(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now += 60
    assert [breaker.allow() for _ in range(3)] == [True, False, False]
    clock.now += 60
    assert breaker.allow(), "the trial's thread died; another may try"


def test_threads_agree_on_one_trial(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now += 60
    allowed: list[bool] = []
    barrier = threading.Barrier(8)

    def ask() -> None:
        barrier.wait()
        allowed.append(breaker.allow())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(allowed) == [False] * 7 + [True]


def test_late_failures_do_not_put_the_trial_off(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now += 59
    breaker.failure()
    clock.now += 1
    assert breaker.allow()


def test_the_listener_hears_each_change_once(clock: Clock) -> None:
    heard: list[tuple[BreakerState, BreakerState]] = []
    breaker = opened(clock, listener=lambda old, new: heard.append((old, new)))
    clock.now += 60
    breaker.call(lambda: None)
    breaker.call(lambda: None)
    assert heard == [(CLOSED, OPEN), (OPEN, HALF_OPEN), (HALF_OPEN, CLOSED)]


@pytest.mark.parametrize(
    ("error", "down"),
    [
        (errors.ConnectionError("reset"), True),
        (errors.TimeoutError(), True),
        (ConnectionRefusedError(), True),
        (errors.BusyLoadingError(), True),
        (errors.OutOfMemoryError("OOM command not allowed"), True),
        (errors.ReadOnlyError("READONLY You can't write"), True),
        (errors.ResponseError("MISCONF Redis is configured to save RDB snapshots"), True),
        (errors.ResponseError("MASTERDOWN Link with MASTER is down"), True),
        (errors.ResponseError("WRONGTYPE Operation against a key"), False),
        (errors.ResponseError("ERR unknown command"), False),
        (errors.NoScriptError("NOSCRIPT No matching script"), False),
        (errors.AuthenticationError("WRONGPASS"), False),
        (KeyError("ours"), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_what_counts_as_down(clock: Clock, error: Exception, down: bool) -> None:
    assert means_down(error) is down
    breaker = CircuitBreaker(threshold=1, clock=clock)
    fail(breaker, error)
    assert breaker.state is (OPEN if down else CLOSED)


def test_a_wrong_command_is_an_answer(clock: Clock) -> None:
    breaker = opened(clock)
    clock.now += 60
    fail(breaker, errors.ResponseError("WRONGTYPE"))
    assert breaker.state is CLOSED


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="threshold"):
        CircuitBreaker(threshold=0)


def test_jitter_is_spread_below_a_growing_cap() -> None:
    most = [full_jitter(attempt, base=0.1, cap=2.0, draw=lambda: 1.0) for attempt in range(7)]
    assert most == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0])
    assert full_jitter(5, base=0.1, cap=2.0, draw=lambda: 0.0) == 0.0
    assert full_jitter(10_000, base=0.1, cap=2.0, draw=lambda: 1.0) == 2.0


def test_retry_waits_between_attempts_and_gives_up() -> None:
    slept: list[float] = []
    calls = iter([errors.ConnectionError(), errors.TimeoutError(), "answer"])

    def call() -> str:
        one = next(calls)
        if isinstance(one, Exception):
            raise one
        return one

    assert retry(call, attempts=3, sleep=slept.append) == "answer"
    assert len(slept) == 2
    with pytest.raises(ZeroDivisionError):
        retry(lambda: 1 // 0, sleep=lambda _: pytest.fail("waits for nothing"))
    failing = iter([errors.ConnectionError("1"), errors.ConnectionError("2")])

    def fail_again() -> None:
        raise next(failing)

    with pytest.raises(errors.ConnectionError, match="2"):
        retry(fail_again, attempts=2, sleep=slept.append)

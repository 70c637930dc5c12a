"""What a middleware says about a request that it cannot answer now."""

from __future__ import annotations

from typing import Any

from middlewares.lease import give_back


def test_those_that_wait_for_the_same_moment_come_back_spread(request_of: Any) -> None:
    def delays(seconds: float, spread: float) -> list[float]:
        requests = [request_of() for _ in range(200)]
        for request in requests:
            give_back(request, "budget", seconds, spread=spread)
        return [request.meta["lease"]["delay_seconds"] for request in requests]

    assert min(delays(100, 60)) >= 100
    assert 140 < max(delays(100, 60)) <= 160
    assert max(delays(5, 60)) <= 10, "not longer than the delay itself"
    assert set(delays(0, 60)) == {0}
    assert set(delays(7, 0)) == {7}


def test_a_request_of_our_own_has_no_lease_to_note_it_in(request_of: Any) -> None:
    request = request_of()
    del request.meta["lease"]
    assert give_back(request, "budget", 5).reason == "budget"
    assert "lease" not in request.meta

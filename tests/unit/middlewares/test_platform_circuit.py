"""When a blocked platform is asked again."""

from __future__ import annotations

from typing import Any

from middlewares.platform_circuit import Circuit, Pauses

PAUSES = Pauses()


def test_pauses_grow_from_a_minute_to_six_hours() -> None:
    circuit, pauses, now = Circuit(), [], 0.0
    for _ in range(12):
        circuit = circuit.opened(now, "datadome", PAUSES)
        pauses.append(circuit.until - now)
        now = circuit.until
    assert pauses[:4] == [60, 120, 240, 480]
    assert pauses[-1] == 6 * 3600


def test_answers_to_what_was_sent_before_it_opened_change_nothing() -> None:
    circuit = Circuit().opened(0, "datadome", PAUSES)
    assert circuit.opened(30, "forbidden", PAUSES) is circuit


def test_one_probe_at_a_time() -> None:
    circuit = Circuit().opened(0, "datadome", PAUSES)
    assert circuit.asked(59, PAUSES) == (circuit, 1, False)
    probing, wait, probe = circuit.asked(60, PAUSES)
    assert (wait, probe) == (0, True)
    assert probing.asked(61, PAUSES) == (probing, 179, False)
    assert probing.asked(60 + 180, PAUSES)[2] is True


def test_a_probe_that_is_blocked_doubles_the_pause_and_one_that_is_answered_closes() -> None:
    probing, _, _ = Circuit().opened(0, "datadome", PAUSES).asked(60, PAUSES)
    again = probing.opened(61, "datadome", PAUSES)
    assert again.until == 61 + 120
    assert again.closed().asked(62, PAUSES) == (again.closed(), 0, False)


def test_a_platform_that_flaps_is_not_trusted_at_once() -> None:
    circuit = Circuit().opened(0, "x", PAUSES).opened(60, "x", PAUSES).opened(180, "x", PAUSES)
    assert circuit.closed().opened(500, "x", PAUSES).until == 500 + 240


def test_pauses_are_settings(make_crawler: Any) -> None:
    settings = {"BLOCK_FIRST_PAUSE": 5, "BLOCK_LONGEST_PAUSE": 12, "BLOCK_PROBE_SECONDS": 7}
    pauses = Pauses.of(make_crawler(**settings).settings)
    circuit, found, now = Circuit(), [], 0.0
    for _ in range(4):
        circuit = circuit.opened(now, "datadome", pauses)
        found.append(circuit.until - now)
        now = circuit.until
    assert found == [5, 10, 12, 12]
    assert circuit.asked(now, pauses)[0].probe_until == now + 7

"""When a blocked platform is asked again."""

from __future__ import annotations

from middlewares.platform_circuit import LONGEST_PAUSE, PROBE_SECONDS, Circuit


def test_pauses_grow_from_a_minute_to_six_hours() -> None:
    circuit, pauses, now = Circuit(), [], 0.0
    for _ in range(12):
        circuit = circuit.opened(now, "datadome")
        pauses.append(circuit.until - now)
        now = circuit.until
    assert pauses[:4] == [60, 120, 240, 480]
    assert pauses[-1] == LONGEST_PAUSE


def test_answers_to_what_was_sent_before_it_opened_change_nothing() -> None:
    circuit = Circuit().opened(0, "datadome")
    assert circuit.opened(30, "forbidden") is circuit


def test_one_probe_at_a_time() -> None:
    circuit = Circuit().opened(0, "datadome")
    assert circuit.asked(59) == (circuit, 1, False)
    probing, wait, probe = circuit.asked(60)
    assert (wait, probe) == (0, True)
    assert probing.asked(61) == (probing, PROBE_SECONDS - 1, False)
    assert probing.asked(60 + PROBE_SECONDS)[2] is True


def test_a_probe_that_is_blocked_doubles_the_pause_and_one_that_is_answered_closes() -> None:
    probing, _, _ = Circuit().opened(0, "datadome").asked(60)
    again = probing.opened(61, "datadome")
    assert again.until == 61 + 120
    assert again.closed().asked(62) == (again.closed(), 0, False)


def test_a_platform_that_flaps_is_not_trusted_at_once() -> None:
    circuit = Circuit().opened(0, "x").opened(60, "x").opened(180, "x")
    assert circuit.closed().opened(500, "x").until == 500 + 240

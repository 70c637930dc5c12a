"""Names, counting, and what may not be counted."""

import os

import pytest

from immobe.observability import metrics
from immobe.observability.metrics import COUNTERS, DELTAS, GAUGES, HISTOGRAMS, Deltas, ScrapeStatus

ALL = (*COUNTERS, *HISTOGRAMS, *GAUGES)


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    DELTAS.take()


def test_the_names_that_alerts_and_dashboards_know() -> None:
    known = {metric.name: metric.labels for metric in ALL}
    assert known["scrapes_total"] == ("platform", "status")
    assert known["scrape_duration_seconds"] == ("platform",)
    assert "scout_duration_seconds" in known
    assert known["queue_length"] == ("queue_name",)
    assert known["redis_circuit_breaker_state"] == ()
    assert known["listings_by_status"] == ("status",)
    assert list(ScrapeStatus) == ["SUCCESS", "FAILED", "TIMEOUT", "BLOCKED", "GONE"]


def test_every_name_once_and_every_definition_listed() -> None:
    assert len({metric.name for metric in ALL}) == len(ALL)
    defined = [value for value in vars(metrics).values() if isinstance(value, metrics.Metric)]
    assert {id(metric) for metric in defined} == {id(metric) for metric in ALL}
    assert all(counter.name.endswith("_total") for counter in COUNTERS)
    assert all(list(h.buckets) == sorted(set(h.buckets)) for h in HISTOGRAMS)


def test_counts_add_up_and_are_taken_once() -> None:
    metrics.SCRAPES.add(platform="immoweb", status=ScrapeStatus.SUCCESS)
    metrics.SCRAPES.add(2, status="SUCCESS", platform="immoweb")
    series = ("scrapes_total", (("platform", "immoweb"), ("status", "SUCCESS")))
    assert DELTAS.take() == {series: 3.0}
    assert DELTAS.take() == {}


@pytest.mark.parametrize(
    ("seconds", "bound"), [(0, "0.1"), (0.1, "0.1"), (0.100001, "0.25"), (120, "120"), (121, "+Inf"), (-1, "0.1")]
)
def test_a_duration_falls_into_one_bucket(seconds: float, bound: str) -> None:
    metrics.SCRAPE_DURATION.observe(seconds, platform="immoweb")
    assert DELTAS.take() == {
        ("scrape_duration_seconds_bucket", (("platform", "immoweb"), ("le", bound))): 1.0,
        ("scrape_duration_seconds_sum", (("platform", "immoweb"),)): max(0.0, seconds),
    }


def test_wrong_labels_and_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="has the labels"):
        metrics.SCRAPES.add(platform="immoweb")
    with pytest.raises(ValueError, match="cannot shrink"):
        metrics.SCRAPES.add(-1, platform="immoweb", status="SUCCESS")


def test_a_label_is_short_and_storable() -> None:
    metrics.RETRIES.add(platform="immoweb", reason="\x00\ud83c" + "x" * 500)
    [(_, labels)] = DELTAS.take()
    assert dict(labels)["reason"].startswith("?x")
    assert len(dict(labels)["reason"]) < 100


def test_label_values_out_of_hand_do_not_fill_memory() -> None:
    deltas = Deltas(most_series=2)
    for number in range(10):
        deltas.add({("x_total", (("reason", str(number)),)): 1.0})
    deltas.add({("x_total", (("reason", "1"),)): 1.0})
    assert deltas.take() == {("x_total", (("reason", "0"),)): 1.0, ("x_total", (("reason", "1"),)): 2.0}


def test_a_forked_child_does_not_count_its_parents_counts_again() -> None:
    metrics.SCRAPES.add(platform="immoweb", status="GONE")
    child = os.fork()
    if child == 0:
        os._exit(len(DELTAS.take()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(DELTAS.take()) == 1

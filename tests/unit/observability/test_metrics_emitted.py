"""Every metric that is declared is also counted, or looked up, somewhere; and has the name that alerts know."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from immobe.observability import metrics
from immobe.observability.metrics import COUNTERS, GAUGES, HISTOGRAMS, Gauge, Metric

ROOT = Path(__file__).parents[3]
DECLARED = {name: value for name, value in vars(metrics).items() if isinstance(value, Metric)}
COUNTED_BY = ("add", "observe", "amounts")
# Of the product's description: operators' alerts and dashboards use them.
NAMES = {
    "scrapes_total": ("platform", "status"),
    "scrape_duration_seconds": ("platform",),
    "scout_duration_seconds": ("platform",),
    "queue_length": ("queue_name",),
    "redis_circuit_breaker_state": (),
    "listings_by_status": ("status",),
}


def uses() -> set[tuple[str, str]]:
    """(metric's name in the code, what is done with it) of all our sources: a method's name, or `passed`."""
    found = set()
    for folder in ("immobe", "middlewares", "pipelines", "spiders"):
        for path in (ROOT / folder).rglob("*.py"):
            if path == Path(metrics.__file__):
                continue
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(call, ast.Call):
                    found |= {(name_of(argument), "passed") for argument in call.args}
                    if isinstance(call.func, ast.Attribute):
                        found.add((name_of(call.func.value), call.func.attr))
    return found


def name_of(node: ast.AST) -> str:
    """`SCRAPES` of `SCRAPES` and of `metrics.SCRAPES`."""
    return ast.unparse(node).rpartition(".")[2] if isinstance(node, ast.Name | ast.Attribute) else ""


USES = uses()


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_it_is_counted_or_looked_up(name: str) -> None:
    done = {what for metric, what in USES if metric == name}
    assert done & ({"passed"} if isinstance(DECLARED[name], Gauge) else set(COUNTED_BY)), f"{name} is only declared"


def test_what_is_declared_is_exposed() -> None:
    assert {id(metric) for metric in DECLARED.values()} == {id(m) for m in (*COUNTERS, *HISTOGRAMS, *GAUGES)}


def test_names_and_labels_are_those_of_the_product() -> None:
    known = {metric.name: metric.labels for metric in DECLARED.values()}
    assert {name: known.get(name) for name in NAMES} == NAMES


def test_every_metric_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "observability.md").read_text("utf-8")
    assert [metric.name for metric in DECLARED.values() if f"`{metric.name}`" not in guide] == []

"""Alert rules: valid, each proven to fire and not to fire, each with something to do in the guide."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from immobe.observability.condition_kinds import KINDS

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
}
# Of the product's description: (expression, for).
PROMISED = {
    "RedisDown": ("redis_circuit_breaker_state == 2", "5m"),
    "HighFailureRate": ('rate(scrapes_total{status="FAILED"}[5m]) > 0.5', "10m"),
    "QueueBacklog": ('queue_length{queue_name="scrape_queue"} > 1000', "30m"),
}
needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="needs Debian's package prometheus")


def anchors() -> set[str]:
    """Of the headings of docs/operations.md, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / "docs" / "operations.md").read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@needs_promtool
@pytest.mark.parametrize(
    "arguments",
    [("check", "config", "prometheus.yml"), ("check", "rules", "alerts.yml"), ("test", "rules", "alerts.test.yml")],
    ids=" ".join,
)
def test_promtool_finds_nothing_wrong(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(["promtool", *arguments], cwd=DEPLOY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_promised_rules_are_as_promised() -> None:
    assert {name: (RULES[name]["expr"], RULES[name]["for"]) for name in PROMISED} == PROMISED


def test_each_rule_is_proven_to_fire_and_not_to() -> None:
    fires, rests = set(), set()
    for case in yaml.safe_load((DEPLOY / "alerts.test.yml").read_text("utf-8"))["tests"]:
        for check in case["promql_expr_test"]:
            for name in re.findall(r'alertname="(\w+)"', check["expr"]):
                (fires if check["exp_samples"] else rests).add(name)
    assert fires == rests == RULES.keys()


@pytest.mark.parametrize("name", RULES)
def test_it_says_what_to_do(name: str) -> None:
    page, _, anchor = RULES[name]["annotations"]["runbook_url"].partition("#")
    assert page == "docs/operations.md"
    assert anchor in anchors()
    assert RULES[name]["labels"]["severity"] in ("critical", "warning")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_condition_has_its_chapter(kind: object) -> None:
    assert kind.name in anchors()  # type: ignore[attr-defined]

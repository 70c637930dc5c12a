"""Dashboards and alert rules ask for what a real crawl's /metrics has: names and labels, and through a Prometheus."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from immobe.config import child_environment, load_config
from immobe.observability.metrics import COUNTERS, GAUGES, HISTOGRAMS
from tests.integration.crawls import ROOT, replica_of, run_crawl

pytestmark = pytest.mark.integration
DEPLOY = ROOT / "deploy"
FILES = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
RULES = [rule for group in yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
# What has no sample after a crawl that has ended, without a browser and a break; it is declared all the same.
RARE = re.compile(
    r"browser_|runs_open|schedule_missed > 0|conditions > 0|monitor_alerts > 0|_success_timestamp_seconds > 0"
)
OF_PROMETHEUS = {"up": {"job", "instance"}}


def queries() -> Iterator[tuple[str, str, str]]:
    """(where, PromQL, legend) of every panel and rule."""
    for file in FILES:
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                yield f"{file.stem}: {panel['title']}", target["expr"], target["legendFormat"]
    for rule in RULES:
        yield rule["alert"], rule["expr"], " ".join(map(str, rule["annotations"].values()))


QUERIES = list(queries())


def named(query: str, legend: str) -> Iterator[tuple[str, set[str]]]:
    """(metric, labels that it must have): those of its matchers, and of groupings and the legend."""
    found: dict[str, set[str]] = {}
    grouped = set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", legend))

    def visit(node: Any) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            found.setdefault(node.name, set()).update(m.name for m in node.matchers.matchers)
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            grouped.update(node.modifier.labels)
        return True

    promql_parser.walk(promql_parser.parse(query), visit)
    yield from ((name, labels | grouped) for name, labels in found.items())


def declared() -> dict[str, set[str]]:
    """{sample: labels} by the code."""
    names = {metric.name: set(metric.labels) for metric in (*COUNTERS, *GAUGES)} | OF_PROMETHEUS
    for histogram in HISTOGRAMS:
        labels = set(histogram.labels)
        names |= {f"{histogram.name}_bucket": labels | {"le"}, f"{histogram.name}_sum": labels}
        names[f"{histogram.name}_count"] = labels
    return names


def test_dashboards_are_those_that_are_declared() -> None:
    spec = importlib.util.spec_from_file_location("dashboards", DEPLOY / "grafana" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    sys.modules["dashboards"] = build
    spec.loader.exec_module(build)
    assert {file.stem: file.read_text() for file in FILES} == {name: build.text(name) for name in build.DASHBOARDS}


@pytest.mark.parametrize(("where", "query", "legend"), QUERIES, ids=[where for where, _, _ in QUERIES])
def test_names_and_labels_are_those_of_the_code(where: str, query: str, legend: str) -> None:
    known = declared()
    for name, labels in named(query, legend):
        assert name in known, f"{where}: there is no {name}"
        assert labels <= known[name], f"{where}: {name} has no {labels - known[name]}"


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="needs Debian's package prometheus")
def test_every_query_is_answered_from_a_real_crawl(database_url: str, redis_url: str, tmp_path: Path) -> None:
    faults = "immoweb:listing:cut=10%,immoweb:listing:marker=10%/always,immoweb:listing:captcha=30%"
    quick = ("RETRY_BACKOFF", "BLOCK_FIRST_PAUSE", "BLOCK_LONGEST_PAUSE", "BLOCK_PROBE_SECONDS", "GATE_SPREAD")
    with replica_of(40, 3, f"--faults={faults}") as address:
        run_crawl(
            address, database_url, redis_url, tmp_path, "immoweb",
            THROTTLE_ENABLED="true", CRAWLER_DOWNLOAD_DELAY="0.05", **dict.fromkeys(quick, "1"),
        )  # fmt: skip
    with served(database_url, redis_url, tmp_path) as metrics, prometheus(metrics, tmp_path) as url:
        with urlopen(f"http://{metrics}/metrics") as answer:
            samples = {
                sample.name: set(sample.labels)
                for family in text_string_to_metric_families(answer.read().decode())
                for sample in family.samples
            } | OF_PROMETHEUS
        for where, query, legend in QUERIES:
            for name, labels in named(query, legend):
                assert RARE.search(query) or name in samples, f"{where}: nothing is called {name}"
                assert RARE.search(query) or labels <= samples[name], f"{where}: {name} {samples[name]}"
        until(lambda: ask(url, "increase(scrapes_total[1m])"), "Prometheus has seen it twice")
        empty = [where for where, query, _ in QUERIES[: -len(RULES)] if not ask(url, query) and not RARE.search(query)]
        assert empty == []
        with urlopen(f"{url}/api/v1/rules") as answer:
            groups = json.load(answer)["data"]["groups"]
    told = {rule["name"]: (rule["health"], rule.get("lastError")) for group in groups for rule in group["rules"]}
    assert told == {rule["alert"]: ("ok", None) for rule in RULES}


@contextmanager
def served(database_url: str, redis_url: str, folder: Path) -> Iterator[str]:
    """Host and port of /metrics."""
    config = load_config(None, database_url=database_url, redis_url=redis_url, immobe_data_dir=folder)
    command = [sys.executable, "-m", "immobe", "metrics", "--serve", "0"]
    environment = child_environment(config, REDIS_FALLBACK_QUEUE=str(folder / "fallback"))
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split("//")[1].split("/")[0]
        finally:
            process.terminate()


@contextmanager
def prometheus(target: str, folder: Path) -> Iterator[str]:
    """The address of one that reads `target` every second, with our rules."""
    config = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(DEPLOY / "alerts.yml")]
    config["scrape_configs"][0]["static_configs"][0]["targets"] = [target]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'tsdb'}",
               f"--web.listen-address={address}"]  # fmt: skip
    with (folder / "prometheus.log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        try:
            yield f"http://{address}"
        finally:
            process.terminate()


def ask(url: str, query: str) -> list[Any]:
    """The answer's series; [] while Prometheus is not there yet."""
    try:
        with urlopen(f"{url}/api/v1/query?{urlencode({'query': query})}") as answer:
            found: list[Any] = json.load(answer)["data"]["result"]
            return found
    except ConnectionError:
        return []
    except OSError as error:
        starting = isinstance(error, HTTPError) and error.code == 503
        if starting or isinstance(getattr(error, "reason", None), ConnectionError):
            return []
        raise


def until(found: Any, what: str) -> None:
    ends = time.monotonic() + 60
    while not found():
        assert time.monotonic() < ends, what
        time.sleep(0.2)

"""Writes the dashboards from the panels declared here: `python deploy/grafana/build.py`. A test keeps them equal.

Grafana's format: grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model (11, 2025).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("dashboards")
_SOURCE = {"type": "prometheus", "uid": "immobe-prometheus"}
_WIDTH, _COLUMNS = 24, {"stat": 6, "timeseries": 12, "table": 12, "heatmap": 12}
_HEIGHT = {"stat": 4, "timeseries": 8, "table": 8, "heatmap": 8}


@dataclass(frozen=True)
class Panel:
    """One picture. `queries`: {legend: PromQL}; `{{label}}` in a legend is that label's value."""

    title: str
    queries: dict[str, str]
    kind: str = "timeseries"
    unit: str = "short"
    help: str = ""
    red_from: float | None = None
    """A value from which on it is bad."""
    mappings: tuple[tuple[str, str, str], ...] = ()
    """(value, text, colour)."""


def _quantile(share: float, histogram: str, over: str) -> str:
    return f"histogram_quantile({share}, sum by (platform, le) (rate({histogram}_bucket[{over}])))"


_SUMS = ".*:.*|scrape_queue|in_flight|delayed|dead_letter|fallback"  # names that are no platform's
DASHBOARDS: dict[str, tuple[str, list[Panel]]] = {
    "operations": (
        "Operations",
        [
            Panel("What is wrong", {"{{condition}} {{platform}}": "conditions > 0"}, "table",
                  help="docs/operations.md says what to do about each"),
            Panel("Redis' circuit breaker", {"": "redis_circuit_breaker_state"}, "stat", red_from=2,
                  mappings=(("0", "closed", "green"), ("1", "half-open", "orange"), ("2", "open", "red"))),
            Panel("Sources", {"{{source}}": "metrics_source_up"}, "stat",
                  mappings=(("1", "up", "green"), ("0", "down", "red"))),
            Panel("Queues", {"ready": 'queue_length{queue_name="scrape_queue"}',
                             "in work": 'queue_length{queue_name="in_flight"}',
                             "delayed": 'queue_length{queue_name="delayed"}'}),
            Panel("Dead letters and fallback queue", {"dead letters": 'queue_length{queue_name="dead_letter"}',
                                                      "fallback": 'queue_length{queue_name="fallback"}'}),
            Panel("Workers of pools", {"{{state}}": "harvesters"}),
            Panel("Crawl processes at work", {"{{platform}} {{mode}}": "runs_open"}),
            Panel("Commits: 95 of 100 take less",
                  {"": "histogram_quantile(0.95, sum by (le) (rate(batch_commit_seconds_bucket[5m])))"}, unit="s"),
            Panel("Redis came back empty", {"{{platform}}": "increase(redis_state_lost_total[1h])"}),
            Panel("Jobs: hours since they ended well",
                  {"{{job}}": "(time() - (schedule_last_success_timestamp_seconds > 0)) / 3600"}, unit="h"),
            Panel("Jobs missed", {"{{job}}": "schedule_missed > 0"}, "table"),
            Panel("Backups: hours since the newest",
                  {"{{kind}}": "(time() - (backup_last_success_timestamp_seconds > 0)) / 3600"}, "stat", "h"),
        ],
    ),
    "crawl": (
        "Crawl",
        [
            Panel("Scrapes an hour", {"{{status}}": "sum by (status) (rate(scrapes_total[5m])) * 3600"}),
            Panel("Success", {"{{platform}}": 'sum by (platform) (rate(scrapes_total{status=~"SUCCESS|GONE"}[15m])) '
                                             "/ sum by (platform) (rate(scrapes_total[15m]))"}, unit="percentunit"),
            Panel("Scrapes that fail, an hour",
                  {"{{platform}} {{status}}":
                   'sum by (platform, status) (rate(scrapes_total{status=~"FAILED|TIMEOUT|BLOCKED"}[15m])) * 3600'}),
            Panel("A scrape: 95 of 100 take less",
                  {"{{platform}}": _quantile(0.95, "scrape_duration_seconds", "15m")}, unit="s",
                  help="120 s are allowed"),
            Panel("Pages an hour", {"{{platform}} {{kind}}": "sum by (platform, kind) (rate(pages_total[5m])) * 3600"}),
            Panel("Bytes", {"{{platform}}": "rate(downloaded_bytes_total[5m])"}, unit="Bps"),
            Panel("Attempts repeated, an hour",
                  {"{{platform}} {{reason}}": "sum by (platform, reason) (rate(retries_total[15m])) * 3600"}),
            Panel("Blocks, an hour",
                  {"{{platform}} {{reason}}": "sum by (platform, reason) (rate(blocked_total[15m])) * 3600"}),
            Panel("Quarantine, an hour",
                  {"{{platform}} {{reason}}": "sum by (platform, reason) (rate(quarantined_total[1h])) * 3600"}),
            Panel("Waiting for the politeness budget",
                  {"{{domain}}": "rate(budget_wait_seconds_sum[15m]) / rate(budget_wait_seconds_count[15m])"},
                  unit="s"),
            Panel("A scout: median",
                  {"{{platform}}": _quantile(0.5, "scout_duration_seconds", "1d")}, unit="s"),
            Panel("Ready, by platform", {"{{queue_name}}": f'queue_length{{queue_name!~"{_SUMS}"}}'}),
            Panel("Browser pages open", {"{{platform}}": "rate(browser_page_seconds_sum[5m])"}),
            Panel("Browsers started again", {"{{platform}}": "increase(browser_restarts_total[1h])"}),
        ],
    ),
    "market": (
        "Market",
        [
            Panel("Listings", {"{{status}}": "listings_by_status"}, "stat"),
            Panel("Listings by stage", {"{{status}}": "listings_by_status"}),
            Panel("Coverage", {"{{platform}} {{transaction}}": "avg by (platform, transaction) (coverage_ratio)"},
                  unit="percentunit", help="Adverts held of those the portal counts"),
            Panel("Least covered", {"{{platform}} {{transaction}} {{province}}": "bottomk(10, coverage_ratio)"},
                  "table", "percentunit"),
            Panel("Hours since the newest listing",
                  {"{{platform}}": "(time() - newest_listing_timestamp_seconds) / 3600"}, unit="h", red_from=48),
            Panel("Hours since the last run ended",
                  {"{{platform}} {{mode}}": "(time() - last_run_ended_timestamp_seconds) / 3600"}, unit="h"),
            Panel("Monitors' open alerts", {"{{platform}} {{monitor}}": "monitor_alerts > 0"}, "table"),
        ],
    ),
}  # fmt: skip


def dashboard(name: str) -> dict[str, Any]:
    """One of `DASHBOARDS`, as Grafana reads it."""
    title, panels = DASHBOARDS[name]
    placed, x, y, row_height = [], 0, 0, 0
    for number, panel in enumerate(panels, 1):
        width, height = _COLUMNS[panel.kind], _HEIGHT[panel.kind]
        if x + width > _WIDTH:
            x, y, row_height = 0, y + row_height, 0
        placed.append(_panel(number, panel, {"x": x, "y": y, "w": width, "h": height}))
        x, row_height = x + width, max(row_height, height)
    return {
        "uid": f"immobe-{name}",
        "title": title,
        "tags": ["immobe"],
        "timezone": "browser",
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "links": [{"type": "dashboards", "tags": ["immobe"], "title": "Immo-Bé", "asDropdown": False}],
        "panels": placed,
    }


def _panel(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    instant = panel.kind in ("stat", "table")
    targets = [
        {
            "refId": chr(ord("A") + index),
            "datasource": _SOURCE,
            "expr": query,
            "legendFormat": legend or panel.title,
            "instant": instant,
            "range": not instant,
            "format": "table" if panel.kind == "table" else "time_series",
        }
        for index, (legend, query) in enumerate(panel.queries.items())
    ]
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.red_from is not None:
        steps.append({"color": "red", "value": panel.red_from})
    mappings = [
        {"type": "value", "options": {value: {"text": shown, "color": colour, "index": index}}}
        for index, (value, shown, colour) in enumerate(panel.mappings)
    ]
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.help,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": steps}, "mappings": mappings},
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}} if panel.kind == "timeseries" else {},
        "targets": targets,
    }


def text(name: str) -> str:
    """The file's."""
    return json.dumps(dashboard(name), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for each in DASHBOARDS:
        (FOLDER / f"{each}.json").write_text(text(each), "utf-8")

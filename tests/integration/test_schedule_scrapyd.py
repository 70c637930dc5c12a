"""A scheduled scout through a real Scrapyd: it runs there to its end; one that Scrapyd does not take is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from immobe.scheduling.scouting import NOT_STARTED_EXIT
from immobe.storage.schema import migrate
from tests.integration.crawls import ROOT, replica_of, rows
from tests.integration.scrapyd_service import Service, scrapyd_of

pytestmark = pytest.mark.integration
ORDERS = "SELECT job, mode, scope, outcome FROM crawl_orders ORDER BY ordered_at"


def scheduled(service: Service) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "immobe", "schedule", "run", "scout-immoweb"],
        cwd=ROOT,
        env=service.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_scheduled_scout_runs_in_scrapyd(database_url: str, redis_url: str, tmp_path: Path) -> None:
    migrate(database_url)
    scope = "transaction=sale"
    with (
        replica_of(30) as replica,
        scrapyd_of(replica, database_url, redis_url, tmp_path, SCHEDULE_SCOPE=scope) as scrapyd,
    ):
        done = scheduled(scrapyd)
        assert done.returncode == 0, done.stdout + done.stderr
        listed = scrapyd.client().get("/listjobs.json", params={"project": "immobe"}).json()
        [job] = [one["id"] for one in listed["finished"]]
        assert done.stdout.splitlines() == [f"Scrapyd has the job {job}.", f"The job {job} has ended: done."]
        ordered = rows(database_url, ORDERS)
        assert [tuple(order.values()) for order in ordered] == [(job, "scout", scope, "done")]
        [run] = rows(database_url, "SELECT job, mode, finish_reason FROM scrape_runs")
        assert tuple(run.values()) == (job, "scout", "finished")
        assert {row["stage"] for row in rows(database_url)} == {"discovered"}

        scrapyd.stop()
        refused = scheduled(scrapyd)
    assert refused.returncode == NOT_STARTED_EXIT == 69
    assert "immobe: The scout of immoweb was not started. Scrapyd: [Errno 111] Connection refused" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert [order["outcome"] for order in rows(database_url, ORDERS)] == ["done", "refused"]
    codes = rows(database_url, "SELECT exit_code FROM schedule_runs ORDER BY id")
    assert [row["exit_code"] for row in codes] == [0, 69]

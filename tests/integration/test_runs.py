"""Run records: what a process leaves behind when it ends, when it dies, and what several of one run add up to."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import Connection, Engine, text

from immobe.config import load_config
from immobe.observability.condition_database import database_conditions
from immobe.observability.exposition import Local, render
from immobe.storage import runs
from immobe.storage.runs import RunCounts, RunIdentity

pytestmark = pytest.mark.integration
RUN = RunIdentity("p1", "run", "immoweb", "scout", "", "host-1", "host", 1)


def write(engine: Engine, process: str = "p1", run_id: str = "run", **how: Any) -> None:
    with engine.begin() as connection:
        runs.record(connection, replace(RUN, id=process, run_id=run_id), how.pop("counts", RunCounts()), **how)


def end(engine: Engine, process: str = "p1", run_id: str = "run", **how: Any) -> list[runs.Settled]:
    """As `immobe.extensions.runs` does it."""
    with engine.begin() as connection:
        runs.lock_closing(connection)
        runs.record(connection, replace(RUN, id=process, run_id=run_id), RunCounts(), **how)
        return runs.settle_scouts(connection, [run_id])


def rows(engine: Engine) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in runs.latest_runs(engine, silent_seconds=60)}


def silence(engine: Engine, process: str, seconds: int) -> None:
    """Makes it look as if the last heartbeat was so long ago."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE scrape_runs SET heartbeat_at = now() - make_interval(secs => :s) WHERE id = :id"),
            {"s": seconds, "id": process},
        )


def test_start_heartbeat_end_are_one_row(engine: Engine) -> None:
    write(engine, age=0)
    assert rows(engine)["p1"]["state"] == "running"
    write(engine, age=15, counts=RunCounts(page_count=3, stored_count=2))
    write(engine, age=20, counts=RunCounts(page_count=5, stored_count=4), finish_reason="finished", stats={"x": 1})
    [row] = rows(engine).values()
    assert (row["state"], row["page_count"], row["stored_count"], row["stats"]) == ("finished", 5, 4, {"x": 1})
    assert row["ended_at"] >= row["started_at"]


def test_a_row_that_could_not_be_written_at_the_start_still_has_its_start(engine: Engine) -> None:
    write(engine, age=3600)
    [row] = rows(engine).values()
    assert (row["heartbeat_at"] - row["started_at"]).total_seconds() == pytest.approx(3600)


def test_a_process_that_died_is_seen_and_marked_once(engine: Engine) -> None:
    write(engine, "dead", age=300)
    write(engine, "alive", age=300)
    silence(engine, "dead", 200)
    assert {name: row["state"] for name, row in rows(engine).items()} == {"dead": "silent", "alive": "running"}
    with engine.begin() as connection:
        assert runs.mark_lost(connection, 120) == ["run"]
        assert runs.mark_lost(connection, 120) == []
    dead = rows(engine)["dead"]
    assert (dead["state"], dead["ended_at"]) == ("lost", dead["heartbeat_at"])


@pytest.mark.parametrize("heartbeat_seconds", [1, 300])
@pytest.mark.parametrize(("missed", "is_silent"), [(6, False), (10, True)])
def test_everybody_agrees_when_a_process_is_silent(
    engine: Engine, redis: Redis, heartbeat_seconds: float, missed: int, is_silent: bool
) -> None:
    """Conditions, Prometheus, lists of runs, and whoever closes the runs of dead ones."""
    config = load_config(None, run_heartbeat_seconds=heartbeat_seconds)
    write(engine, age=20 * heartbeat_seconds)
    silence(engine, "p1", missed * int(heartbeat_seconds))
    assert ("worker-dead" in {found.name for found in database_conditions(engine, config)}) == is_silent
    at_work = b'runs_open{mode="scout",platform="immoweb"} 1.0' in render(redis, engine, Local(config=config))
    silent_seconds = runs.silent_seconds(heartbeat_seconds)
    [row] = runs.latest_runs(engine, silent_seconds=silent_seconds)
    with engine.begin() as connection:
        lost = runs.mark_lost(connection, silent_seconds)
    assert (at_work, row["state"] == "silent", lost == ["run"]) == (not is_silent, is_silent, is_silent)


def test_a_process_that_was_only_cut_off_comes_back(engine: Engine) -> None:
    write(engine, age=300)
    silence(engine, "p1", 200)
    with engine.begin() as connection:
        runs.mark_lost(connection, 120)
    write(engine, age=301)
    assert rows(engine)["p1"]["state"] == "running"
    assert rows(engine)["p1"]["ended_at"] is None


def test_scouting_lasts_from_the_first_start_to_the_last_search_page(engine: Engine) -> None:
    write(engine, "p1", age=100)
    write(engine, "p2", age=40)
    assert end(engine, "p1", age=100, last_search_age=30, finish_reason="finished") == [], "p2 still works"
    [settled] = end(engine, "p2", age=40, last_search_age=10, finish_reason="finished")
    assert (settled.run_id, settled.platform) == ("run", "immoweb")
    assert settled.seconds == pytest.approx(90, abs=2)
    assert {row["scout_seconds"] for row in rows(engine).values()} == {settled.seconds}
    assert end(engine, "p2", age=41, last_search_age=11, finish_reason="finished") == [], "once a run"


def test_processes_that_end_at_once_settle_once(engine: Engine) -> None:
    for process in range(8):
        write(engine, f"p{process}", age=10)

    def close(process: int) -> list[runs.Settled]:
        return end(engine, f"p{process}", age=10, last_search_age=1, finish_reason="finished")

    with ThreadPoolExecutor(8) as pool:
        settled = [one for found in pool.map(close, range(8)) for one in found]
    assert len(settled) == 1


def test_a_run_that_was_stopped_is_not_over(engine: Engine) -> None:
    write(engine, "p1", age=100)
    assert end(engine, "p1", age=100, last_search_age=50, finish_reason="shutdown") == []
    write(engine, "p2", age=0)
    [settled] = end(engine, "p2", age=0, last_search_age=0, finish_reason="finished")
    assert settled.seconds == pytest.approx(100, abs=2), "the run goes on where it was stopped"


def test_a_dead_process_does_not_keep_its_run_open(engine: Engine) -> None:
    write(engine, "p1", age=100)
    write(engine, "dead", age=90, last_search_age=5)
    assert end(engine, "p1", age=100, last_search_age=20, finish_reason="finished") == []
    silence(engine, "dead", 200)
    with engine.begin() as connection:
        runs.lock_closing(connection)
        [settled] = runs.settle_scouts(connection, runs.mark_lost(connection, 120))
    assert settled.seconds == pytest.approx(95, abs=2)


def test_harvesters_have_no_scouting(engine: Engine) -> None:
    write(engine, age=100)
    assert end(engine, age=100, finish_reason="finished") == []


def test_what_metrics_ask(engine: Engine) -> None:
    write(engine, "p1", age=1)
    write(engine, "p2", "other", age=1, finish_reason="finished")
    with engine.connect() as connection:
        _check(connection)


def _check(connection: Connection) -> None:
    assert runs.open_runs(connection, 60) == {("immoweb", "scout"): 1}
    assert list(runs.last_finished(connection)) == [("immoweb", "scout")]

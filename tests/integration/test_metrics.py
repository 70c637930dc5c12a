"""Counters over processes that come, go and are killed: never doubled, never less than before; and their text."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from immobe.config import load_config
from immobe.observability import metrics, totals
from immobe.observability.exposition import Local, render
from immobe.observability.flusher import Flusher
from immobe.observability.metrics import Deltas, Series
from immobe.redis import make_redis
from immobe.storage.engine import make_engine
from immobe.storage.runs import RunCounts, RunIdentity, record

pytestmark = pytest.mark.integration
SUCCESS = metrics.SCRAPES.amounts(platform="immoweb", status="SUCCESS")
[SERIES] = SUCCESS
UNREACHABLE = "postgresql+psycopg2://nobody@127.0.0.1:1/none"

# Counts one by one, and says each number before it counts it: what was counted is at most what was said.
WORKER = """
import sys
from immobe.config import load_config
from immobe.observability.flusher import Flusher
from immobe.observability.metrics import DELTAS, SCRAPES
from immobe.storage.engine import make_engine
engine = make_engine(load_config(None), sys.argv[1])
flusher = Flusher(engine, seconds=0.005)
flusher.start()
for number in range(1, int(sys.argv[2]) + 1):
    print(number, flush=True)
    SCRAPES.add(platform="immoweb", status="SUCCESS")
if len(sys.argv) > 3:
    while True: pass
flusher.close()
"""


def total(engine: Engine, series: Series = SERIES) -> float:
    with engine.connect() as connection:
        return totals.read(connection).get(series, 0.0)


def shown(answer: bytes) -> dict[str, dict[tuple[str, ...], float]]:
    """{sample: {label values: value}}; raises when the text is not valid, or a family comes twice."""
    families = list(text_string_to_metric_families(answer.decode()))
    assert len({family.name for family in families}) == len(families)
    assert all(family.documentation and family.type in ("counter", "gauge", "histogram") for family in families)
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for sample in (sample for family in families for sample in family.samples):
        assert tuple(sample.labels.values()) not in found.get(sample.name, {}), "a series twice"
        found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_a_delivery_whose_answer_was_lost_is_counted_once(engine: Engine) -> None:
    class AnswersLost:
        """Commits, and the connection breaks before it can say so."""

        @contextmanager
        def begin(self) -> Iterator[Connection]:
            with engine.begin() as connection:
                yield connection
            raise OperationalError("COMMIT", {}, OSError("connection reset"))

    deltas = Deltas()
    flusher = Flusher(AnswersLost(), deltas)  # type: ignore[arg-type]
    deltas.add(SUCCESS)
    assert not flusher.flush()
    deltas.add(SUCCESS)
    assert not flusher.flush(), "still under the same number"
    assert total(engine) == 1
    flusher._engine = engine
    assert flusher.flush(), "the first delivery, known by its number"
    assert flusher.flush(), "what was counted meanwhile"
    assert total(engine) == 2


def test_counts_wait_while_the_database_is_away(engine: Engine) -> None:
    deltas = Deltas()
    away = make_engine(load_config(None), UNREACHABLE)
    flusher = Flusher(away, deltas)
    for _ in range(3):
        deltas.add(SUCCESS)
        assert not flusher.flush()
    flusher._engine = engine
    flusher.close()
    assert total(engine) == 3
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM metric_flushes")).scalar() == 0, "it left nothing behind"


def test_what_cannot_be_stored_does_not_hold_up_the_rest(engine: Engine) -> None:
    deltas = Deltas()
    flusher = Flusher(engine, deltas)
    deltas.add({("x_total", (("reason", "\x00"),)): 1.0})
    assert flusher.flush()
    deltas.add(SUCCESS)
    assert flusher.flush()
    assert total(engine) == 1


def test_processes_that_end_and_processes_that_are_killed(engine: Engine, database_url: str, tmp_path: Path) -> None:
    """Six workers at once: three end, two are killed between any two instructions, one while it has nothing to do."""

    def start(name: str, count: int, *more: str) -> subprocess.Popen[bytes]:
        with (tmp_path / name).open("wb") as said:
            return subprocess.Popen([sys.executable, "-c", WORKER, database_url, str(count), *more], stdout=said)

    ending = [start(f"ending{number}", 3000) for number in range(3)]
    killed = [start("killed0", 10**6), start("killed1", 10**6), start("killed2", 500, "and stay")]
    seen, deadline = [0.0], time.monotonic() + 30
    while seen[-1] < 12_000 or not all(file.stat().st_size for file in tmp_path.iterdir()):
        assert time.monotonic() < deadline
        seen.append(total(engine))
    for worker in killed:
        worker.kill()
    assert [worker.wait(30) for worker in (*ending, *killed)] == [0, 0, 0, -9, -9, -9]
    said = sum(int(file.read_bytes().rpartition(b"\n")[0].split()[-1]) for file in tmp_path.iterdir())
    assert seen == sorted(seen), "never backwards"
    assert seen[-1] <= total(engine) <= said, "never doubled"
    assert total(engine) >= 9000, "whoever ended lost nothing"


def test_the_text_is_valid_and_says_what_was_counted(engine: Engine, redis: Redis) -> None:
    deltas = Deltas()
    for seconds in (0.05, 0.2, 3, 500):
        deltas.add(metrics.SCRAPE_DURATION.amounts(seconds, platform="immoweb"))
    deltas.add(metrics.RETRIES.amounts(2, platform="immoweb", reason='a "quoted"\nreason\\'))
    deltas.add(SUCCESS)
    Flusher(engine, deltas).flush()
    found = shown(render(redis, engine))
    assert found["scrapes_total"]["immoweb", "SUCCESS"] == 1
    assert found["scrapes_total"]["immoweb", "FAILED"] == 0, "there before the first failure"
    assert found["retries_total"]["immoweb", 'a "quoted"\nreason\\'] == 2
    buckets = [value for (platform, _), value in found["scrape_duration_seconds_bucket"].items()]
    assert (buckets[0], buckets[-1]) == (1, 4)
    assert buckets == sorted(buckets)
    assert found["scrape_duration_seconds_count"]["immoweb",] == 4
    assert found["scrape_duration_seconds_sum"]["immoweb",] == pytest.approx(503.25)
    assert set(found["listings_by_status"]) == {(s,) for s in ("discovered", "scraped", "rejected", "failed", "gone")}
    assert found["metrics_source_up"] == {("postgres",): 1, ("redis",): 1}


def test_queues_are_measured_where_they_are(engine: Engine, redis: Redis) -> None:
    redis.zadd("immoweb:requests", {"a": 0, "b": 0, "c": -100})
    redis.zadd("immoweb:requests:l", {"d": 1})
    redis.zadd("immoweb:requests:z", {"e": 1, "f": 2})
    redis.hset("immoweb:requests:x", "g", "reason|0|payload")
    lengths = shown(render(redis, engine, Local(fallback_length=lambda: 7)))["queue_length"]
    assert {name: lengths[name,] for name in ("scrape_queue", "immoweb", "in_flight", "delayed", "dead_letter")} == {
        "scrape_queue": 3, "immoweb": 3, "in_flight": 1, "delayed": 2, "dead_letter": 1,
    }  # fmt: skip
    assert (lengths["immoweb:delayed",], lengths["fallback",]) == (2, 7)


@pytest.mark.parametrize(
    ("local", "state"), [(None, 2), (Local(lambda: 1, lambda: 7), 1)], ids=["by asking", "by the breaker"]
)
def test_without_redis_the_rest_is_told(engine: Engine, local: Local | None, state: int) -> None:
    found = shown(render(make_redis("redis://127.0.0.1:1/0"), engine, local))
    assert found["redis_circuit_breaker_state"] == {(): state}
    assert found["metrics_source_up"] == {("postgres",): 1, ("redis",): 0}
    assert "scrapes_total" in found
    assert found.get("queue_length", {}) == ({("fallback",): 7} if local else {}), "what waits for Redis is a file"


def test_without_postgres_the_rest_is_told(redis: Redis) -> None:
    found = shown(render(redis, make_engine(load_config(None), UNREACHABLE)))
    assert found["metrics_source_up"] == {("postgres",): 0, ("redis",): 1}
    assert found["redis_circuit_breaker_state"] == {(): 0}
    assert found["queue_length"]["scrape_queue",] == 0
    assert "scrapes_total" not in found, "nothing rather than a wrong, smaller number"


@pytest.fixture
def command(database_url: str, redis_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    from typer import Typer
    from typer.testing import CliRunner

    from immobe.commands.metrics import metrics as metrics_command
    from immobe.commands.runs import runs as runs_command

    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", redis_url)
    app = Typer()
    app.command()(metrics_command)
    app.command()(runs_command)
    return lambda *arguments: CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_the_command_prints_the_text(command: Callable[..., Any]) -> None:
    result = command("metrics")
    assert result.exit_code == 0
    assert "scrapes_total" in shown(result.stdout_bytes)


def test_the_command_says_when_there_are_no_runs(command: Callable[..., Any]) -> None:
    assert "No runs yet" in command("runs").output


def test_the_command_shows_runs(command: Callable[..., Any], engine: Engine) -> None:
    with engine.begin() as connection:
        identity = RunIdentity("p1", "run", "immoweb", "scout", "transaction=sale", "host-1", "host", 1)
        record(connection, identity, RunCounts(stored_count=41), age=75, last_search_age=0, finish_reason="finished")
    shown_table = command("runs", "--platform", "immoweb", "-n", "5").output
    assert all(word in shown_table for word in ("immoweb scout", "finished", "1 min 15 s", "stored 41"))
    assert "No runs yet" in command("runs", "--platform", "zimmo").output
